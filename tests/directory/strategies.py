"""Random statements about a few people, close enough in time to collide."""

from hypothesis import strategies as st

from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.team.roles import Role

clerk_ids = st.sampled_from(["user_a", "user_b", "user_c"])

records = st.builds(
    lambda roles, **fields: Record(role=roles[0], unknown_role=roles[1], **fields),
    st.sampled_from([(None, None), (None, "Admin"), (None, "?"), (Role.SDR, None), (Role.ADMIN, None)]),
    name=st.sampled_from(["Ana", "Ana Souza", "Érica"]),
    email=st.sampled_from(["", "ana@example.com"]),
    suspended=st.booleans(),
)


def stated(origin: Origin) -> st.SearchStrategy[Stated]:
    events = st.just(0) if origin is Origin.SWEEP else st.integers(0, 3)
    return st.builds(
        Stated,
        clerk_id=clerk_ids,
        record=records,
        updated_at=st.integers(0, 3),
        event_at=events,
        origin=st.just(origin),
    )


deliveries = st.one_of(stated(Origin.WEBHOOK), stated(Origin.WEBHOOK), st.builds(Deleted, clerk_id=clerk_ids))
