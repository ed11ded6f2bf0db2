"""The chain of a sign-in, and what an application makes of somebody's groups."""

from __future__ import annotations

from services.login.chain import (
    Link,
    LinkState,
    as_data,
    decide,
    decision_links,
    doubtful,
    failed,
    first_failure,
    from_data,
    holds,
    not_applicable,
    not_reached,
    passed,
)

GOOD = passed("reached", "Discovery", "The description was read.")
BROKEN = failed("callback", "Callback", "The client doesn't know it.", "Add it.", detail="redirect_mismatch")
LATER = not_reached("code", "Code exchanged")


def test_the_first_broken_link_is_named() -> None:
    assert first_failure([GOOD, BROKEN, LATER]) is BROKEN


def test_a_doubt_does_not_break_a_chain_but_an_unreached_link_does() -> None:
    assert holds([GOOD, doubtful("mfa", "MFA", "Can't be told."), not_applicable("n", "N", "No nonce.")])
    assert not holds([GOOD, BROKEN])
    assert not holds([GOOD, LATER])


def test_a_chain_survives_being_kept_as_data() -> None:
    links = (GOOD, BROKEN, LATER, doubtful("mfa", "MFA", "Can't be told."))
    assert from_data(as_data(links)) == links


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
