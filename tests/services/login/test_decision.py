"""What an application makes of somebody's groups."""

from __future__ import annotations

from services.login.chain import Link, LinkState
from services.login.decision import decide, decision_links

ALLOWED, ROLES = ("billing", "auditors"), {"billing": "clerk", "auditors": "reader"}


def links(groups: tuple[str, ...], allowed=ALLOWED, roles=ROLES) -> tuple[Link, Link]:
    return decision_links(decide(groups, allowed, roles), allowed, roles, "Billing desk")


def test_one_allowed_group_lets_in_and_gives_its_role() -> None:
    group, role = links(("on-call", "billing"))
    assert (group.state, role.state) == (LinkState.PASSED, LinkState.PASSED)
    assert role.sentence == "clerk, through billing."


def test_no_allowed_group_keeps_out_and_says_which_would_do() -> None:
    group, role = links(("on-call",))
    assert group.state is LinkState.FAILED
    assert "wants billing or auditors, and the person is in on-call" in group.sentence
    assert role.state is LinkState.NOT_APPLICABLE


def test_no_group_at_all_is_said_so() -> None:
    assert "is in no group" in links(())[0].sentence


def test_groups_are_compared_to_the_letter_and_a_near_miss_is_named() -> None:
    group, _ = links(("Billing",))
    assert group.state is LinkState.FAILED
    assert "billing differs in upper and lower case only" in group.sentence


def test_several_roles_are_all_named() -> None:
    _, role = links(("billing", "auditors"))
    assert role.state is LinkState.DOUBTFUL
    assert "clerk and reader" in role.sentence


def test_an_application_without_groups_is_open_to_nobody() -> None:
    group, role = links(("x",), (), {})
    assert group.state is LinkState.FAILED
    assert "lets nobody in" in group.sentence
    assert role.state is LinkState.NOT_APPLICABLE


def test_fields_typed_by_hand_say_nothing_of_groups() -> None:
    group, role = decision_links(decide(("x",), (), {}), (), {}, "")
    assert (group.state, role.state) == (LinkState.NOT_APPLICABLE, LinkState.NOT_APPLICABLE)
