"""When a stream is refused, and when it ends."""

import asyncio

import pytest
from django.contrib.sessions.models import Session

from leadkeeper.access.viewer import here_now
from leadkeeper.live.announce import announce
from tests.live.browser import Stream, elsewhere, play, serving, tell

pytestmark = pytest.mark.django_db(transaction=True)


def cookie_of(browser):
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items()).encode()


class TestRefused:
    @pytest.mark.parametrize(
        "headers", [[], [(b"cookie", b"leadkeeper_session=wrong")], [(b"authorization", b"Bearer lk_a")]]
    )
    def test_not_signed_in(self, headers):
        async def story(live):
            stream = await Stream(live, headers).until_end()
            assert (stream.status, stream.text) == (401, "")
            assert b"location" not in stream.headers

        play(story)

    def test_only_get(self, person, cookies):
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers, method="POST").until_end()
            assert stream.status == 405

        play(story)

    def test_a_database_that_cannot_be_asked_is_503(self):
        def broken(headers):
            raise RuntimeError("no database")

        async def run():
            async with serving(broken, here_now) as live:
                stream = await Stream(live, []).until_end()
                assert (stream.status, stream.text) == (503, "")

        asyncio.run(run())


class TestEnding:
    def departure(self, membership):
        membership.active = False
        membership.save()
        announce(membership.organization_id, ["team"])

    def test_a_departed_persons_stream_ends_at_once_without_telling_more(self, person, cookies):
        leaving, staying = person(), person()
        headers, others = cookies(leaving), cookies(staying)

        async def story(live):
            stream, other = Stream(live, headers), Stream(live, others)
            await stream.until("id: ")
            await other.until("id: ")
            await elsewhere(self.departure, leaving)
            await stream.until_end(2)
            assert stream.topics == []
            await other.until("team")
            again = await Stream(live, headers).until_end()
            assert again.status == 401
            await other.leave()

        play(story)

    def test_a_session_that_ended_is_found_out_at_the_next_comment(self, person, cookies, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.stream._COMMENT_EVERY_S", 0.1)
        monkeypatch.setattr("leadkeeper.live.stream._ASKED_EVERY_S", 0.1)
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            await elsewhere(Session.objects.all().delete)
            await stream.until_end(2)

        play(story)

    def test_a_session_that_ended_is_found_out_while_changes_come(self, person, cookies, organization, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.stream._ASKED_EVERY_S", 0.3)
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            await elsewhere(Session.objects.all().delete)

            async def changes_come():
                while True:
                    await tell(organization, "leads")
                    await asyncio.sleep(0.05)

            changing = asyncio.create_task(changes_come())
            await stream.until_end(3)
            changing.cancel()

        play(story)

    def test_signing_out_ends_that_browsers_streams_at_once_and_no_others(self, person, client_of, organization):
        membership, other = person(), person()
        browsers = [client_of(membership), client_of(membership), client_of(other)]

        async def story(live):
            signing_out, elsewhere_too, another = [
                await Stream(live, [(b"cookie", cookie_of(browser))]).until("id: ") for browser in browsers
            ]
            await elsewhere(browsers[0].post, "/sign-out")
            await tell(organization, "leads")
            await signing_out.until_end(2)
            assert signing_out.topics == []
            for stream in (elsewhere_too, another):
                await stream.until('"leads"')
                assert stream.topics == ["leads"]
                await stream.leave()

        play(story)

    def test_a_browser_that_takes_nothing_any_more_is_let_go(self, person, cookies, organization, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.stream._TAKEN_WITHIN_S", 0.1)
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            stream.reads.clear()
            await tell(organization, "leads")
            async with asyncio.timeout(5):
                while live._streams:
                    await asyncio.sleep(0.02)
            stream.reads.set()
            await stream.until_end()

        play(story)

    def test_of_too_many_streams_of_one_person_the_oldest_ends(self, person, cookies, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.open_streams.MOST_OF_ONE_PERSON", 3)
        membership, other = person(), person()
        theirs, others = cookies(membership), cookies(other)

        async def story(live):
            another = await Stream(live, others).until("id: ")
            streams = [await Stream(live, theirs).until("id: ") for _ in range(5)]
            for stream in streams[:2]:
                await stream.until_end(2)
            assert len(list(live._streams)) == 4
            for stream in (another, *streams[2:]):
                assert not stream.ended
                await stream.leave()

        play(story)

    def test_a_person_who_cannot_be_checked_is_let_go(self, person, cookies, organization, monkeypatch):
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")

            def broken(people):
                raise RuntimeError("no database")

            live._here_now = broken
            await tell(organization, "team")
            await stream.until_end(2)
            assert stream.topics == []

        play(story)

    def test_a_browser_that_goes_away_is_forgotten_at_once(self, person, cookies):
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            assert len(list(live._streams)) == 1
            await stream.leave()
            assert not live._streams

        play(story)

    def test_when_the_server_ends_all_end_and_new_ones_are_refused(self, person, cookies):
        headers = cookies(person())

        async def story(live):
            streams = [await Stream(live, headers).until("id: ") for _ in range(3)]
            live.end_streams()
            for stream in streams:
                await stream.until_end(1)
            late = await Stream(live, headers).until_end()
            assert late.status == 503

        play(story)
