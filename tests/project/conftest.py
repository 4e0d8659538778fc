import pytest

from sandbox import Sandbox


@pytest.fixture
def sandbox(settings):
    """A Clerk of our own, to which the settings point."""
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = sandbox.url, sandbox.secret_key
        settings.CLERK_INSTANCE_ID = sandbox.instance_id
        yield sandbox
