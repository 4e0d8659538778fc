"""What the list is narrowed to, kept under a name: for oneself, or for everybody."""

import uuid

import pytest
from django.db import transaction

from leadkeeper.leads.lists.listing import Filters, kept_counts, listing
from leadkeeper.leads.views.models import SavedView
from leadkeeper.leads.views.saved import MOST_VIEWS, delete_view, rename_view, save_view, update_view, views_for
from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Invalid, NotAllowed, NotFound
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once

pytestmark = pytest.mark.django_db
PROPOSALS = Filters(stage="proposta")
MINE = Filters(assigned_to="me")


@pytest.fixture
def seller(viewer):
    return viewer("sdr", name="Sara")


@pytest.fixture
def manager(viewer):
    return viewer("manager", name="Marta")


def save(name, by, filters=PROPOSALS, **more):
    with transaction.atomic():
        return save_view(name, filters, by=by, **more)


def names(viewer):
    return [view.name for view in views_for(viewer)]


def told(organization):
    return list(Notice.objects.filter(organization_id=organization.id).values_list("topic", flat=True))


class TestSave:
    def test_all_that_narrows_is_kept_and_the_page_is_not(self, seller):
        filters = Filters(q="joao", stage="novo", assigned_to="none", source="instagram", cursor="x")
        view = save("  João,\t novos ", seller, filters)
        assert view.name == "João, novos"
        assert Filters.of_view(view, seller) == Filters(
            q="joao", stage="novo", assigned_to="none", source="instagram", view=str(view.pk)
        )

    def test_by_name_case_and_accents_ignored(self, seller):
        for name in ("zebra", "Átomo", "banana"):
            save(name, seller)
        assert names(seller) == ["Átomo", "banana", "zebra"]

    def test_one_name_once_a_person(self, seller, manager):
        save("Propostas", seller)
        save("Propostas", manager, shared=True)
        with pytest.raises(Invalid, match="already"):
            save("própostas", seller)
        assert names(seller) == ["Propostas", "Propostas"]

    @pytest.mark.parametrize(
        ("name", "filters", "field"),
        [
            ("", PROPOSALS, "name"),
            (" \x00 ", PROPOSALS, "name"),
            ("\u3164\u200b", PROPOSALS, "name"),
            ("x" * 61, PROPOSALS, "name"),
            ("Everything", Filters(), "filters"),
            ("Everything", Filters(cursor="x"), "filters"),
            ("Long", Filters(q="x" * 201), "filters"),
            ("Who?", Filters(assigned_to=str(uuid.uuid4())), "filters"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_field(self, seller, name, filters, field):
        with pytest.raises(Invalid) as refused:
            save(name, seller, filters)
        assert refused.value.field == field
        assert not SavedView.objects.exists()

    def test_somebody_of_another_organization_is_nobody_here(self, seller, person, other_organization):
        foreign = person(organization=other_organization)
        with pytest.raises(Invalid):
            save("Theirs", seller, Filters(assigned_to=str(foreign.user_id)))

    def test_at_most_fifty_a_person(self, seller, manager):
        for number in range(MOST_VIEWS):
            save(f"View {number}", seller)
        with pytest.raises(Invalid, match="50"):
            save("One more", seller)
        save("Another's", manager)

    def test_a_key_saves_none(self, organization):
        with pytest.raises(NotAllowed):
            save("Key's", Viewer.system(organization))


class TestShare:
    @pytest.mark.parametrize("role", ["member", "sdr", "cs", "support"])
    def test_only_managers_and_above(self, viewer, role):
        with pytest.raises(NotAllowed):
            save("For all", viewer(role), shared=True)
        view = save("Mine", someone := viewer(role))
        with pytest.raises(NotAllowed):
            rename_view(view.pk, "Mine", shared=True, by=someone)

    def test_what_is_not_shared_does_not_exist_for_others(self, seller, manager):
        view = save("Mine", seller)
        assert names(manager) == []
        for change in (
            lambda: rename_view(view.pk, "Hers", shared=False, by=manager),
            lambda: update_view(view.pk, MINE, by=manager),
            lambda: delete_view(view.pk, by=manager),
        ):
            with pytest.raises(NotFound):
                change()

    def test_others_use_what_is_shared_and_only_those_who_share_change_it(self, seller, manager, viewer):
        view = save("For all", manager, shared=True)
        assert names(seller) == ["For all"]
        with pytest.raises(NotAllowed):
            update_view(view.pk, MINE, by=seller)
        with pytest.raises(NotAllowed):
            delete_view(view.pk, by=seller)
        rename_view(view.pk, "For all of us", shared=True, by=viewer("admin"))
        assert names(seller) == ["For all of us"]

    def test_another_organization_sees_none(self, manager, viewer, other_organization):
        view = save("For all", manager, shared=True)
        foreign = viewer("owner", organization=other_organization)
        assert names(foreign) == []
        with pytest.raises(NotFound):
            delete_view(view.pk, by=foreign)

    def test_me_is_whoever_looks(self, lead, seller, manager):
        lead("Marta's", assigned_to=manager.person_id)
        lead("Sara's", assigned_to=seller.person_id)
        view = save("Mine", manager, MINE, shared=True)
        for viewer, found in ((manager, "Marta's"), (seller, "Sara's")):
            shown = listing(viewer, Filters.of_view(view, viewer), kept_counts(viewer))
            assert [one.name for one in shown.leads] == [found]

    def test_it_never_shows_more_than_its_reader_may_see(self, lead, seller, manager, organization):
        organization.visibility = "own_and_unassigned"
        organization.save()
        lead("Marta's", assigned_to=manager.person_id, stage="proposta")
        lead("Nobody's", stage="proposta")
        view = save("Proposals", manager, shared=True)
        seller = Viewer(organization, seller.kind, seller.role, seller.name, person_id=seller.person_id)
        shown = listing(seller, Filters.of_view(view, seller), kept_counts(seller))
        assert ([one.name for one in shown.leads], shown.count) == (["Nobody's"], 1)


class TestChange:
    def test_its_name_and_its_filters(self, seller):
        view = save("Proposals", seller)
        rename_view(view.pk, "Mine", shared=False, by=seller)
        update_view(view.pk, MINE, by=seller)
        view.refresh_from_db()
        assert (view.name, view.stage, view.assigned_to) == ("Mine", "", "me")

    def test_the_same_name_again_is_no_second_one(self, seller):
        view = save("Proposals", seller)
        rename_view(view.pk, "proposals", shared=False, by=seller)
        save("Other", seller)
        with pytest.raises(Invalid):
            rename_view(view.pk, "other", shared=False, by=seller)

    def test_deleted_it_is_gone_and_its_name_is_free(self, seller):
        delete_view(save("Proposals", seller).pk, by=seller)
        assert names(seller) == []
        save("Proposals", seller)


class TestLive:
    def test_ones_own_is_told_to_nobody_else(self, seller, organization):
        view = save("Mine", seller)
        update_view(view.pk, MINE, by=seller)
        delete_view(view.pk, by=seller)
        assert set(told(organization)) == {f"views:{seller.person_id}"}

    def test_what_is_shared_or_no_longer_shared_is_told_to_all(self, manager, organization):
        view = save("For all", manager, shared=True)
        assert told(organization).count("views") == 1
        rename_view(view.pk, "Mine", shared=False, by=manager)
        assert told(organization).count("views") == 2
        rename_view(view.pk, "Still mine", shared=False, by=manager)
        assert told(organization).count("views") == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_name_twice_in_the_same_moment(seller):
    answers = at_once([lambda: save("Proposals", seller)] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["Invalid", "SavedView"]
    assert names(seller) == ["Proposals"]
