"""`leadkeeper serve` as a process of its own, on an empty database: started, asked, ended and killed by tests."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
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
        link = self.run(COMMAND, "sign-in-link", id_)
        answer = self.get(urlsplit(link).path)
        assert answer.status == 303
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return next(cookie for cookie in cookies if cookie.startswith("leadkeeper_session="))
