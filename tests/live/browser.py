"""A browser's end of a stream, in this process without a server in between."""

import asyncio
import contextlib
import json

from django.db import connection

from leadkeeper.access.viewer import here_now, viewer_of_cookies
from leadkeeper.live.announce import announce
from leadkeeper.live.stream import LiveStream


class Stream:
    """What was sent so far, and the ways to wait for more."""

    def __init__(self, live, headers, method="GET"):
        self._sent = asyncio.Queue()
        self._disconnected = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.status, self.headers, self.text, self.ended = None, {}, "", False
        scope = {"type": "http", "path": "/live", "method": method, "headers": headers}
        self._task = asyncio.ensure_future(live(scope, self._receive, self._send))

    async def _receive(self):
        await self._disconnected.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        await self.reads.wait()
        self._sent.put_nowait(message)

    async def read(self, timeout=5.0):
        """Take the next message in."""
        async with asyncio.timeout(timeout):
            message = await self._sent.get()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.text += message["body"].decode()
            self.ended = not message.get("more_body", False)

    async def until(self, words, timeout=5.0):
        async with asyncio.timeout(timeout):
            while words not in self.text:
                await self.read(timeout)
        return self

    @property
    def events(self):
        """(id, topic) of each event so far; an id alone comes with no topic."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "id" in fields:
                topic = json.loads(fields["data"])["topic"] if "data" in fields else None
                found.append((int(fields["id"]), topic))
        return found

    @property
    def topics(self):
        return [topic for _, topic in self.events if topic is not None]

    async def until_end(self, timeout=5.0):
        async with asyncio.timeout(timeout):
            while not self.ended:
                await self.read(timeout)
            await self._task
        return self

    async def quiet(self, seconds=0.4):
        """Nothing more arrives for a while."""
        before = self.text
        with contextlib.suppress(TimeoutError):
            while True:
                await self.read(seconds)
        assert self.text == before
        return self

    async def leave(self):
        self._disconnected.set()
        async with asyncio.timeout(5):
            await self._task


@contextlib.asynccontextmanager
async def serving(viewer_of_headers, here_now):
    """A running LiveStream."""
    live = LiveStream(viewer_of_headers, here_now)
    live.start()
    try:
        yield live
    finally:
        await asyncio.to_thread(live.stop)
        await asyncio.sleep(0)


def play(story):
    """Run the story of a test with a running LiveStream."""

    async def run():
        async with serving(viewer_of_cookies, here_now) as live:
            await story(live)

    asyncio.run(run())


async def elsewhere(function, *arguments):
    """Run it in another thread with a connection of its own, which is closed."""

    def run():
        try:
            return function(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def tell(organization, *topics):
    await elsewhere(announce, organization.id, topics)
