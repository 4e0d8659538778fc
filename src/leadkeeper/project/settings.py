"""Django's settings, made from what the operator's environment says."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from leadkeeper.project import environment
from leadkeeper.project.secret_key import secret_key
from leadkeeper.web.packing import pack as packing

ENVIRONMENT = environment.read()
PACKAGE = Path(__file__).resolve().parent.parent
ROOMS = ("team", "directory", "clerk", "leads", "access", "live", "web", "project")

SECRET_KEY = secret_key(ENVIRONMENT)
DEBUG = False
ALLOWED_HOSTS = [ENVIRONMENT.host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.url]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "ninja",
    *(f"leadkeeper.{room}" for room in ROOMS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "leadkeeper.project.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadkeeper.web.compress.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "leadkeeper.web.problems.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "leadkeeper.access.csrf_cookie.CsrfCookieMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "leadkeeper.access.viewer.ViewerMiddleware",
    "leadkeeper.access.idempotency.IdempotencyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "leadkeeper.project.urls"
APPEND_SLASH = False

DATABASES = {"default": ENVIRONMENT.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["leadkeeper.access.backend.SessionBackend"]
LOGIN_URL = "sign_in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / room / "templates" for room in ROOMS],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "leadkeeper.project.jinja.make_environment",
            "context_processors": ["leadkeeper.project.shell.for_every_page"],
        },
    },
    # Only for the documentation page that django-ninja brings along.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]

LANGUAGE_CODE = ENVIRONMENT.language
LANGUAGES = [("en", _("English")), ("pt-br", _("Portuguese (Brazil)"))]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone

STATIC_URL = "/static/"
STATICFILES_DIRS = [packing.SOURCES]
STATIC_ROOT = packing.PACKED
STORAGES = {"staticfiles": {"BACKEND": "leadkeeper.web.packing.storage.PackedStaticFiles"}}
# The sources too: in a checkout somebody may edit them, and those of django-ninja's page are not packed.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = packing.IS_CHECKOUT

SESSION_ENGINE = "leadkeeper.access.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "leadkeeper_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_COOKIE_NAME = "leadkeeper_csrf"
CSRF_FAILURE_VIEW = "leadkeeper.web.pages.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
# Neighbours on the same domain are not ours to decide for (W005, W021); redirecting is the proxy's, and never the
# webhook door's (W008).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.is_https else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", *(f"https://{host}" for host in ENVIRONMENT.clerk_image_hosts)],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Bodies are read whole and counted before Django sees them (project/bodies.py); nothing of them goes to the disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Where nothing is configured, nothing is sent.
MAIL = ENVIRONMENT.mail or environment.Mail("django.core.mail.backends.dummy.EmailBackend", "leadkeeper@localhost")
SENDS_MAIL = ENVIRONMENT.mail is not None
EMAIL_BACKEND, DEFAULT_FROM_EMAIL, EMAIL_FILE_PATH = MAIL.backend, MAIL.sender, MAIL.folder
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.host, MAIL.port, MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = MAIL.is_tls, MAIL.is_ssl, 15

# What the rooms read. Names as in the operator's manual.
LEADKEEPER_URL = ENVIRONMENT.url
LEADKEEPER_COUNTRY = ENVIRONMENT.country
LEADKEEPER_TIME_ZONE = ENVIRONMENT.time_zone
CLERK_WEBHOOK_SECRETS = ENVIRONMENT.clerk_webhook_secrets
CLERK_SECRET_KEY = ENVIRONMENT.clerk_secret_key
CLERK_API_URL = ENVIRONMENT.clerk_api_url
CLERK_INSTANCE_ID = ENVIRONMENT.clerk_instance_id
CLERK_DEFAULT_ROLE = ENVIRONMENT.clerk_default_role
CLERK_IMAGE_HOSTS = ENVIRONMENT.clerk_image_hosts
DIRECTORY_PROVIDER = "leadkeeper.clerk.backend_api.ClerkDirectory"
DIRECTORY_DOOR = "leadkeeper.clerk.door.door"
DIRECTORY_RECONCILE_HOURS = ENVIRONMENT.reconcile_hours
DIRECTORY_CATCHUP_MINUTES = ENVIRONMENT.catchup_minutes

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "leadkeeper.project.log.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        # Strangers who scan addresses would fill the log with tracebacks.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
