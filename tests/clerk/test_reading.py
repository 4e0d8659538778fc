"""Nothing that a user may write decides whether a record, a page or a sweep is read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadkeeper.clerk.backend_api import ClerkDirectory
from leadkeeper.clerk.deliveries import read_message
from leadkeeper.clerk.reading import read_json
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.directory.people.change import Stated
from leadkeeper.team.models import User
from tests.clerk.door import deliver
from tests.clerk.records import UNUSUAL, banned_user, garbage, nested, updated
from tests.clerk.stub import serving

unusual = pytest.mark.parametrize("piece", UNUSUAL.values(), ids=UNUSUAL.keys())
part = pytest.mark.parametrize("part", ["unsafe", "public", "first_name"])


def ban_of(body):
    """What a delivery of this body says: whom it bans, and whether it does."""
    message = read_message("msg_1", body)
    assert isinstance(message.change, Stated), message.reason
    message.payload.encode()
    return message.change.clerk_id, message.change.record.suspended


class TestTheDoor:
    @unusual
    @part
    def test_reads_the_ban(self, part, piece):
        assert ban_of(updated(banned_user(**{part: piece}))) == ("user_a", True)

    @given(unsafe=garbage, public=garbage, first_name=garbage)
    @settings(max_examples=150, deadline=None)
    def test_reads_the_ban_whatever_stands_in_what_users_write(self, unsafe, public, first_name):
        body = updated(banned_user(unsafe=unsafe, public=public, first_name=first_name))
        assert ban_of(body) == ("user_a", True)

    @pytest.mark.django_db(transaction=True)
    def test_one_who_nests_deeply_is_banned_all_the_same(self):
        deliver(updated(banned_user().replace(b'"banned":true', b'"banned":false')))
        assert User.objects.get().is_active
        body = banned_user(unsafe=nested(1020)).replace(b"1763547208114", b"1763547208115")
        assert deliver(updated(body)) == [204]
        assert Delivery.objects.order_by("id").last().outcome == "applied"
        assert not User.objects.get().is_active

    @pytest.mark.django_db(transaction=True)
    def test_everything_unusual_can_be_stored(self):
        bodies = [
            updated(banned_user(first_name=piece, public=piece, unsafe=piece, id_=b"user_%d" % number))
            for number, piece in enumerate(UNUSUAL.values())
            if len(piece) < 300_000
        ]
        assert set(deliver(*bodies)) == {204}
        assert set(Delivery.objects.values_list("outcome", "reason")) == {("applied", "created")}
        assert set(User.objects.values_list("is_active", flat=True)) == {False}
        assert User.objects.count() == len(bodies)

    def test_what_is_read_the_hard_way_reads_the_same(self):
        plain = read_message("msg_1", updated(banned_user(public=b'{"role":"sdr"}')))
        hard = read_message("msg_1", updated(banned_user(public=b'{"role":"sdr"}', unsafe=nested(3000))))
        assert plain.change == hard.change
        assert plain.payload == hard.payload

    def test_a_byte_order_mark_before_the_body(self):
        assert ban_of(b"\xef\xbb\xbf" + updated(banned_user())) == ("user_a", True)

    def test_of_keys_twice_at_the_top_the_last_one_wins(self):
        user = banned_user(unsafe=nested(2000))
        assert ban_of(updated(user[:-1] + b',"banned":false}'))[1] is False
        assert ban_of(updated(user[:-1] + b',"id":"user_b"}'))[0] == "user_b"

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 200_000,
            b'{"a":' * 100_000,
            updated(banned_user(unsafe=nested(2000)))[:-1],
            updated(banned_user(unsafe=b"[" * 2000)),
            updated(banned_user(unsafe=b"]" * 2000)),
            updated(banned_user(unsafe=b'"' + b"[" * 2000)),
            nested(3000),
            b'{"type":"user.updated","data":' + nested(3000) + b"}",
            updated(banned_user(unsafe=nested(2000), id_=rb"user_\ud800")),
            updated(banned_user(unsafe=nested(2000), id_=b"user_\xff")),
            updated(banned_user(unsafe=nested(2000), id_=rb"user_\u0000a")),
        ],
    )
    def test_what_makes_no_sense_at_its_top_has_failed(self, body):
        message = read_message("msg_1", body)
        assert message.outcome == Delivery.Outcome.FAILED
        assert message.reason

    @pytest.mark.parametrize("field", ["type", "timestamp", "instance_id"])
    def test_an_envelope_that_is_nested_itself_is_a_message_too(self, field):
        for depth in (300, 3000):
            body = b'{"type":"other.event","%s":%s}' % (field.encode(), nested(depth))
            read_message("msg_1", body).payload.encode()


PAGE = b'[{"id":"user_x","updated_at":1},%s,{"id":"user_y","updated_at":1}]'


@pytest.fixture
def clerk_at(settings):
    def open_at(stub):
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = stub.url, "sk_test_of_the_stub"
        return ClerkDirectory(give_up_after_s=0)

    return open_at


class TestTheBackendApi:
    @unusual
    def test_a_page_is_read_with_everybody_on_it(self, clerk_at, piece):
        body = PAGE % banned_user(unsafe=piece, public=piece, first_name=piece)
        with serving((200, body)) as stub, clerk_at(stub) as clerk:
            for page in (clerk.page(), clerk.newest(), clerk.people_by_id(["user_a", "user_x", "user_y"])):
                assert [stated.clerk_id for stated in page.people] == ["user_x", "user_a", "user_y"]
                assert [stated.record.suspended for stated in page.people] == [False, True, False]

    @unusual
    def test_a_person_is_read_by_id(self, clerk_at, piece):
        body = banned_user(unsafe=piece, public=piece, first_name=piece)
        with serving((200, body)) as stub, clerk_at(stub) as clerk:
            assert clerk.person("user_a").record.suspended

    @given(pieces=st.lists(garbage, min_size=1, max_size=4))
    @settings(max_examples=100, deadline=None)
    def test_a_page_of_people_of_whom_each_wrote_something(self, pieces):
        users = [banned_user(unsafe=piece, id_=b"user_%d" % number) for number, piece in enumerate(pieces)]
        rows = read_json(b"[" + b",".join(users) + b"]")
        assert [row["id"] for row in rows] == [f"user_{number}" for number in range(len(users))]
        assert all(row["banned"] is True for row in rows)


@pytest.mark.django_db(transaction=True)
class TestASweep:
    def test_is_complete_and_carries_out_the_ban(self, clerk_at, organization):
        from leadkeeper.directory.sweeps.ledger import Kept
        from leadkeeper.directory.sweeps.sweep import sweep
        from leadkeeper.directory.sweeps.sweep_lock import sweep_lock

        count = (200, {"object": "total_count", "total_count": 3})
        page = (200, PAGE % banned_user(unsafe=nested(1020)))
        run = Sweep.objects.create(organization=organization, kind=Sweep.Kind.BACKFILL)
        with serving(count, page, (200, []), count) as stub, clerk_at(stub) as clerk, sweep_lock() as lock:
            assert lock.take()
            sweep(clerk, Kept(run, lock))
        run.refresh_from_db()
        assert (run.status, run.seen, run.quarantined) == ("complete", 3, 0)
        assert dict(User.objects.values_list("clerk_id", "is_active")) == {
            "user_x": True,
            "user_a": False,
            "user_y": True,
        }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)


class TestReadJson:
    @given(values)
    def test_what_can_be_stored_comes_back_as_it_was(self, value):
        body = json.dumps(value, allow_nan=False) if _plain(value) else "1"
        assert read_json(body.encode()) == json.loads(body)


def _plain(value):
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    numbers = json.dumps(value)
    return (
        "\\u0000" not in text
        and "\\ud" not in text
        and len(numbers) < 60
        and not any(abs(number) > 2**53 for number in _numbers(value))
    )


def _numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
