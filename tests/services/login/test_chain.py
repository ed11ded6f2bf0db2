"""The chain of a sign-in."""

from __future__ import annotations

from services.login.chain import (
    as_data,
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
