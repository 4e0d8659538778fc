"""The stream of one process: who hears what."""

import asyncio
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.access.viewer import here_now, viewer_of_cookies
from leadkeeper.live.announce import announce, announce_privately
from leadkeeper.live.models import Notice
from leadkeeper.team.manage import PersonChanges, manage
from leadkeeper.team.policies import PolicyChanges, set_policies
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.live.browser import Stream, elsewhere, play, serving, tell

pytestmark = pytest.mark.django_db(transaction=True)


class TestHearing:
    def test_a_change_arrives(self, person, cookies, organization):
        headers = cookies(person())

        async def story(live):
            stream = Stream(live, headers)
            await stream.until("id: ")
            await tell(organization, "leads")
            await stream.until('data: {"topic": "leads"}\n\n')
            assert stream.status == 200
            assert stream.headers[b"content-type"] == b"text/event-stream"
            assert stream.headers[b"cache-control"] == b"no-cache"
            assert stream.headers[b"x-accel-buffering"] == b"no"
            assert "event: notice\n" in stream.text
            await stream.leave()

        play(story)
        assert Notice.objects.count() == 1

    def test_everybody_of_the_organization_hears_it_and_nobody_else(
        self, person, cookies, organization, other_organization
    ):
        ours, too = cookies(person()), cookies(person())
        theirs = cookies(person(organization=other_organization))

        async def story(live):
            first, second, other = Stream(live, ours), Stream(live, too), Stream(live, theirs)
            for stream in (first, second, other):
                await stream.until("id: ")
            await tell(organization, "leads")
            await first.until("leads")
            await second.until("leads")
            await other.quiet()
            await tell(other_organization, "directory")
            await other.until("directory")
            await first.quiet()
            for stream in (first, second, other):
                await stream.leave()

        play(story)

    def test_a_comment_now_and_then(self, person, cookies, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.stream._COMMENT_EVERY_S", 0.05)
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("\n:\n\n:\n\n")
            await stream.leave()

        play(story)

    def test_equal_topics_wait_once_for_a_slow_browser(self, person, cookies, organization):
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            stream.reads.clear()
            for _ in range(50):
                await tell(organization, "leads", "directory")
            await asyncio.sleep(0.3)
            stream.reads.set()
            await stream.until(f"id: {await elsewhere(lambda: Notice.objects.latest('id').id)}\n")
            assert 2 <= len(stream.topics) <= 4
            await stream.leave()

        play(story)

    def test_a_slow_browser_does_not_hold_others_up(self, person, cookies, organization):
        headers = cookies(person())

        async def story(live):
            slow, quick = Stream(live, headers), Stream(live, headers)
            await slow.until("id: ")
            await quick.until("id: ")
            slow.reads.clear()
            for _ in range(3):
                await tell(organization, "leads")
                await quick.until("leads")
                quick.text = ""
            await slow.leave()
            await quick.leave()

        play(story)


class TestHearingOnlyOnesOwn:
    """Where an organization shows sellers only their own leads, streams tell them of no others."""

    def narrow(self, organization, visibility="own_and_unassigned"):
        viewer = Viewer.system(organization)
        with transaction.atomic():
            set_policies(PolicyChanges(visibility=visibility), by=viewer)

    def announce_lead(self, organization, membership, topic):
        announce(organization.id, [topic], seen_by=[membership.user_id])

    def test_a_seller_hears_of_their_own_leads_and_a_manager_of_all(self, person, cookies, organization):
        self.narrow(organization)
        Notice.objects.all().delete()
        ana, bruno, carla = person("sdr"), person("member"), person("manager")
        headers = [cookies(each) for each in (ana, bruno, carla)]

        async def story(live):
            hers, his, all_of_them = [await Stream(live, each).until("id: ") for each in headers]
            await elsewhere(self.announce_lead, organization, ana, "lead:hers")
            await elsewhere(self.announce_lead, organization, bruno, "lead:his")
            await tell(organization, "lead:nobodys")
            for stream in (hers, his, all_of_them):
                await stream.until("lead:nobodys")
            assert hers.topics == ["lead:hers", "lead:nobodys"]
            assert his.topics == ["lead:his", "lead:nobodys"]
            assert all_of_them.topics == ["lead:hers", "lead:his", "lead:nobodys"]
            for stream in (hers, his, all_of_them):
                await stream.leave()

        play(story)

    def test_what_was_missed_is_as_narrow(self, person, cookies, organization):
        self.narrow(organization)
        ana, bruno = person("sdr"), person("sdr")
        announce(organization.id, ["start"])
        self.announce_lead(organization, bruno, "lead:his")
        self.announce_lead(organization, ana, "lead:hers")
        last = Notice.objects.get(topic="start").id
        headers = cookies(ana, last_event_id=last)

        async def story(live):
            stream = await Stream(live, headers).until("lead:hers")
            assert stream.topics == ["lead:hers"]
            await stream.leave()

        play(story)

    def test_an_open_stream_follows_the_policy_both_ways(self, person, cookies, organization):
        ana, bruno = person("sdr"), person("sdr")
        headers = cookies(ana)

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            await elsewhere(self.announce_lead, organization, bruno, "lead:1")
            await stream.until("lead:1")
            await elsewhere(self.narrow, organization)
            await elsewhere(self.announce_lead, organization, bruno, "lead:2")
            await tell(organization, "lead:3")
            await stream.until("lead:3")
            # Told of the policy's change itself: what is open is fetched again.
            assert stream.topics == ["lead:1", "team", "leads", "lead:3"]
            await elsewhere(self.narrow, organization, "all")
            await elsewhere(self.announce_lead, organization, bruno, "lead:4")
            await stream.until("lead:4")
            await stream.leave()

        play(story)

    def test_a_manager_who_becomes_a_seller_hears_less_at_once(self, person, cookies, organization):
        self.narrow(organization)
        ana, bruno = person("manager"), person("sdr")
        headers = cookies(ana)

        def demote():
            with transaction.atomic():
                manage(ana.user_id, PersonChanges(role=Role.SDR), by=Viewer.system(organization))

        async def story(live):
            stream = await Stream(live, headers).until("id: ")
            await elsewhere(demote)
            await elsewhere(self.announce_lead, organization, bruno, "lead:his")
            await tell(organization, "lead:nobodys")
            await stream.until("lead:nobodys")
            assert "lead:his" not in stream.topics
            await stream.leave()

        play(story)

    def test_a_policy_that_changes_while_a_stream_opens_holds(self, person, cookies, organization):
        ana, bruno = person("sdr"), person("sdr")
        headers = cookies(ana)

        def slow(headers):
            viewer = viewer_of_cookies(headers)
            self.narrow(organization)
            self.announce_lead(organization, bruno, "lead:his")
            return viewer

        async def run():
            async with serving(slow, here_now) as live:
                stream = await Stream(live, headers).until('"leads"')
                await tell(organization, "lead:nobodys")
                await stream.until("lead:nobodys")
                assert "lead:his" not in stream.topics
                await stream.leave()

        asyncio.run(run())


class TestWhatIsForOnePersonAlone:
    """Their inbox, their own views: not even those who hear of all leads are told that something changed there."""

    def test_nobody_else_hears_it(self, person, cookies, organization):
        ana, carla = person("sdr"), person("owner")
        headers = [cookies(ana), cookies(carla)]

        async def story(live):
            hers, others = [await Stream(live, each).until("id: ") for each in headers]
            await elsewhere(announce_privately, organization.id, "inbox", [ana.user_id])
            await elsewhere(announce_privately, organization.id, "views", [ana.user_id])
            await tell(organization, "leads")
            for stream in (hers, others):
                await stream.until('"leads"')
            assert hers.topics == [f"inbox:{ana.user_id}", f"views:{ana.user_id}", "leads"]
            assert others.topics == ["leads"]
            for stream in (hers, others):
                await stream.leave()

        play(story)

    def test_nor_when_they_come_back(self, person, cookies, organization):
        ana, carla = person("sdr"), person("owner")
        announce(organization.id, ["start"])
        last = Notice.objects.get(topic="start").id
        announce_privately(organization.id, "inbox", [ana.user_id])
        announce(organization.id, ["leads"])
        headers = [cookies(each, last_event_id=last) for each in (ana, carla)]

        async def story(live):
            hers, others = [await Stream(live, each).until('"leads"') for each in headers]
            assert hers.topics == [f"inbox:{ana.user_id}", "leads"]
            assert others.topics == ["leads"]
            for stream in (hers, others):
                await stream.leave()

        play(story)


class TestComingBack:
    def test_what_was_missed_is_told(self, person, cookies, organization):
        announce(organization.id, ["team", "leads", "leads"])
        first, _, third = Notice.objects.order_by("id").values_list("id", flat=True)
        headers = cookies(person(), last_event_id=first)

        async def story(live):
            stream = await Stream(live, headers).until("leads")
            assert stream.events == [(third, "leads")]
            await stream.quiet()
            await stream.leave()

        play(story)

    @pytest.mark.parametrize("last", ["999999999999", "-5", "never", "", "9" * 400])
    def test_what_cannot_be_known_is_everything(self, person, cookies, organization, last):
        announce(organization.id, ["team"])
        headers = cookies(person(), last_event_id=last)

        async def story(live):
            stream = await Stream(live, headers).until("data")
            assert stream.topics == ["*"]
            await stream.leave()

        play(story)

    def test_from_any_id_given_nothing_is_lost(self, person, cookies, organization):
        membership = person()
        headers = cookies(membership)

        async def story(live):
            await tell(organization, "before")
            await asyncio.sleep(0.2)
            stream = await Stream(live, headers).until("id: ")
            for number in range(6):
                await tell(organization, f"lead:{number}", "leads")
                await asyncio.sleep(0.03)
            await stream.until("lead:5")
            await stream.until('"leads"')
            await stream.leave()
            everything = {"leads", *(f"lead:{number}" for number in range(6))}
            for number, (id_, _) in enumerate(stream.events, start=1):
                again = Stream(live, [*headers, (b"last-event-id", str(id_).encode())])
                await again.until("id: ")
                heard = {topic for _, topic in stream.events[:number]} | set(again.topics)
                assert heard >= everything
                await again.leave()

        play(story)

    def test_a_page_just_loaded_hears_of_the_last_seconds(self, person, cookies, organization):
        announce(organization.id, ["old"])
        Notice.objects.update(at=timezone.now() - timedelta(seconds=20))
        announce(organization.id, ["leads"])
        headers = cookies(person())

        async def story(live):
            stream = await Stream(live, headers).until("leads")
            assert stream.topics == ["leads"]
            await stream.leave()

        play(story)
