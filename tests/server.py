"""`leadkeeper serve` as a process of its own, on an empty database: started, asked, ended and killed by tests."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

COMMAND = str(Path(sys.executable).with_name("leadkeeper"))


class Server:
    """One server. Further settings are given as `settings`."""

    def __init__(self, database_url, folder, **settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._environment = kept | {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "of the tests",
            "LEADKEEPER_URL": f"http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "leadkeeper.project.settings",
            **settings,
        }
        self._log = folder / "serve.log"

    def start(self):
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "--port", str(self.port), "--migrate"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def stop(self):
        """SIGTERM; answers how long it took in seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - started

    def kill(self):
        """SIGKILL, for it and its workers at once: as when the power goes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _answers(self):
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False

    def get(self, path, cookie=""):
        return self._ask("GET", path, {"Cookie": cookie})

    def post(self, path, fields, cookie=""):
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, headers, urlencode(fields))

    def _ask(self, method, path, headers, body=None):
        """The answer, its body read as `text`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer

    def run(self, *arguments):
        """The last line of another process's output."""
        done = subprocess.run(arguments, env=self._environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return (done.stdout.splitlines() or [""])[-1]

    def administrator(self, email):
        """The id of a new one, written by another process."""
        return self.run(COMMAND, "admin", "create", email)

    def cookie_of(self, id_):
        """The session cookie of a person, who pressed the button behind a one-time link."""
        link = urlsplit(self.run(COMMAND, "sign-in-link", id_)).path
        page = self.get(link)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        answer = self.post(link, {"csrfmiddlewaretoken": token}, "; ".join(cookies_set_by(page)))
        assert answer.status == 303
        return next(cookie for cookie in cookies_set_by(answer) if cookie.startswith("leadkeeper_session="))


def cookies_set_by(answer):
    """`name=value` of each."""
    return [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
