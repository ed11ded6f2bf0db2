"""What every action has to know of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.bulk.row_actions import RowAction, row_actions
from services.cognito.actions import (
    ACTIONS,
    OFFERS,
    AddToGroup,
    Change,
    ChoosePassword,
    ClearAttributes,
    Confirm,
    CreateGroup,
    CreateUser,
    DeleteGroup,
    DeleteUser,
    DisableUser,
    EnableUser,
    MembershipChange,
    PersonChange,
    RemoveFromGroup,
    SetPassword,
    UpdateAttributes,
)
from services.cognito.call import PHRASES, Call
from services.cognito.models import User, UserStatus

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = START + timedelta(hours=1)
ANN = User(
    "ann", "sub-ann", UserStatus.FORCE_CHANGE_PASSWORD, True, START, START, {"email": "ann@example.com"}
)
TO_PEOPLE = [kind for kind in ACTIONS.values() if issubclass(kind, PersonChange)]


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=ACTIONS)
def test_it_knows_its_call_its_permission_and_its_words(kind: type[Change]) -> None:
    assert kind.operation in PHRASES
    assert kind.permission
    assert kind.category().rps > 0
    assert kind.logged[0].isupper()
    assert kind.verb[0].islower()
    assert kind.past[0].islower()


def test_no_two_row_actions_share_a_word() -> None:
    words = [kind.row_action for kind in TO_PEOPLE if kind.row_action]
    words += [word for kind in TO_PEOPLE for word in kind.row_synonyms]
    assert len(words) == len(set(words))
    of_several = {"upsert", "create", "leaver"} | {name for name in row_actions() if name.startswith("sync_")}
    assert set(words) >= set(row_actions()) - of_several


def test_a_row_action_is_the_word_that_was_kept_with_it() -> None:
    assert RowAction("disable").kind is DisableUser
    assert f"{RowAction('disable')}" == "disable"
    with pytest.raises(ValueError, match="no action of a row"):
        RowAction("explode")


@pytest.mark.parametrize("name", OFFERS)
def test_the_button_of_a_dialog_says_what_it_does_and_asks_nothing(name: str) -> None:
    offer = OFFERS[name]
    assert not (offer.button or offer.label).endswith("?")
    assert offer.button or not (offer.title or offer.label).endswith("?")


@pytest.mark.parametrize("name", OFFERS)
def test_what_is_offered_says_what_will_happen_and_what_has(name: str) -> None:
    offer = OFFERS[name]
    assert offer.label
    assert offer.icon.startswith(":material/")
    if offer.confirm is not Confirm.OWN and name not in ("update_attributes", "clear_attributes"):
        assert offer.title
        assert offer.about.endswith(".")
        assert offer.button
        assert "{0}" in offer.said


@dataclass(frozen=True)
class _Memberships:
    """A pool with the group a, where somebody is what a change has left them as."""

    member: bool
    groups: frozenset[str] = frozenset({"a"})

    def is_member(self, user: User, group: str) -> bool:
        return self.member


def _way_back(change: Change) -> Change | None:
    left = change.apply_to(ANN, change.expected, LATER, frozenset())
    assert left is not None
    way = change.way_back(left, _Memberships(bool(change.joins)), {}, change.expected, frozenset())
    assert not way.stays
    return next((back for back, _, _ in way.changes), None)


@pytest.mark.parametrize(
    "change",
    [EnableUser(ANN.ref), DisableUser(ANN.ref), AddToGroup(ANN.ref, "a"), RemoveFromGroup(ANN.ref, "a")],
    ids=lambda change: change.action,
)
def test_what_can_be_taken_back_is_taken_back_by_its_opposite(change: Change) -> None:
    back = _way_back(change)
    assert back is not None
    assert _way_back(back) == change
    assert change.already(change.expected)
    assert not change.already(back.expected)


def test_the_two_changes_of_a_membership_are_siblings() -> None:
    assert AddToGroup.__bases__ == RemoveFromGroup.__bases__ == (MembershipChange,)
    assert not issubclass(RemoveFromGroup, AddToGroup)


@pytest.mark.parametrize(
    "change",
    [
        CreateUser("bo"),
        UpdateAttributes(ANN.ref, {"name": "Ann"}),
        ClearAttributes(ANN.ref, ("email",)),
        EnableUser(ANN.ref),
        DisableUser(ANN.ref),
        DeleteUser(ANN.ref),
        SetPassword(ANN.ref, permanent=True),
        AddToGroup(ANN.ref, "billing"),
        RemoveFromGroup(ANN.ref, "billing"),
        CreateGroup("new", "New", 3),
        DeleteGroup("new"),
    ],
    ids=lambda change: change.action,
)
def test_its_line_in_the_log_is_enough_to_show_it(change: Change) -> None:
    facts = {**change.expected, "sub": "sub-bo", "username": "bo", "description": "New", "precedence": 3}
    again = type(change).from_log(change.target, facts)
    assert again is not None
    after = change.apply_to(ANN, facts, LATER, frozenset())
    assert again.apply_to(ANN, facts, LATER, frozenset()) == after
    assert again.regroup(("billing", "x")) == change.regroup(("billing", "x"))
    assert again.groups_after((), LATER) == change.groups_after((), LATER)


def test_a_password_chosen_in_a_login_test_shows_at_once() -> None:
    change = ChoosePassword(ANN.ref, attributes={"name": "Ann"})
    after = change.apply_to(ANN, {}, LATER, frozenset())
    assert after is not None
    assert (after.status, after.attributes["name"]) == (UserStatus.CONFIRMED, "Ann")
    logged = ChoosePassword.from_log(change.target, {"attributes": {"name": "Ann"}})
    assert logged is not None
    assert logged.apply_to(ANN, {}, LATER, frozenset()) == after


def test_the_call_of_an_invitation_sent_again_has_words_of_its_own() -> None:
    sent = Call("AdminCreateUser", {"Username": "ann", "MessageAction": "RESEND"})
    assert sent.phrase == "Sending the invitation again to ann"
