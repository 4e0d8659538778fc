"""What is wrong with several fields is put together and said at once."""

import pytest

from leadkeeper.storage.errors import Conflict, FieldError, Invalid, Refusals


class TestRefusals:
    def test_every_error_is_kept_in_the_order_in_which_it_was_found(self):
        refusals = Refusals([FieldError("tags", "There is no such field.")])
        with refusals:
            raise Invalid("name", "Enter a name.")
        with refusals:
            raise Invalid("phone", "Not a number.", FieldError("email", "Not an address."))
        with pytest.raises(Invalid) as refused:
            refusals.raise_any()
        assert list(refused.value.by_field) == ["tags", "name", "phone", "email"]
        assert refused.value.field == "tags"
        assert str(refused.value) == "There is no such field. Enter a name. Not a number. Not an address."

    def test_of_each_field_the_first_error_stays(self):
        refusals = Refusals([FieldError("name", "This must be text.")])
        refusals.add(FieldError("name", "Enter a name."))
        assert list(refusals) == [("name", "This must be text.")]
        assert "name" in refusals
        assert "phone" not in refusals

    def test_without_any_nothing_is_raised(self):
        refusals = Refusals()
        with refusals:
            pass
        refusals.raise_any()

    def test_other_refusals_are_not_held_back(self):
        with pytest.raises(Conflict), Refusals():
            raise Conflict("Somebody was quicker.")
