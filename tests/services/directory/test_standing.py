"""Whether accounts can sign in: one person's answer and everybody's, over every state that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.cognito.models import User, UserPool, UserStatus
from services.directory.pool import pool_of
from services.directory.snapshot import SnapshotAbout, snapshot_of
from services.directory.standing import AccessVerdict, AccountStanding, standing_of, standing_sql
from services.login.chain import LinkState
from services.login.explain_facts import Facts, FoundPerson
from services.login.explain_person import enabled, status, temporary_password

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
POOL = UserPool("eu-west-1_p", "p")
RECOVERIES = ((), ("verified_email",), ("verified_phone_number", "verified_email"), ("admin_only",))
POOLS = [
    replace(POOL, recovery=recovery, mfa=mfa, tier=tier, email_sender=sender)
    for recovery, mfa, tier, sender in product(
        RECOVERIES, ("OFF", "OPTIONAL"), ("", "LITE"), ("DEVELOPER", "COGNITO_DEFAULT")
    )
]


def everybody() -> Iterator[User]:
    """Each status, enabled and not, changed lately and long ago, with every address verified or not."""
    flags = (None, "true", "TRUE", "false")
    cases = product(UserStatus, (True, False), ((1, 1), (30, 30), (30, 1)), flags, flags)
    for number, (state, on, days, email, phone) in enumerate(cases):
        created, changed = (NOW - timedelta(days=day) for day in days)
        attributes = {"email": "a@x.example"} if email else {}
        attributes |= {"email_verified": email} if email else {}
        attributes |= {"phone_number": "+46701234567", "phone_number_verified": phone} if phone else {}
        yield User(f"u{number}", f"sub-{number}", state, on, created, changed, attributes)


@pytest.mark.parametrize("pool", POOLS)
def test_everybody_is_judged_as_each_of_them_alone(pool: UserPool) -> None:
    people = list(everybody())
    about = SnapshotAbout("s", "key", "p", pool, NOW, NOW)
    tables = pool_of(snapshot_of(about, people, (), {}))
    found = dict(tables.rows(f"SELECT sub, {standing_sql(tables)} FROM users", now=NOW))
    assert found == {user.sub: str(standing_of(user, pool, NOW)) for user in people}


def test_a_pool_in_which_nobody_has_an_address_is_judged_too() -> None:
    user = User("u", "sub", UserStatus.RESET_REQUIRED, True, NOW, NOW)
    tables = pool_of(snapshot_of(SnapshotAbout("s", "key", "p", POOL, NOW, NOW), [user], (), {}))
    assert tables.rows(f"SELECT {standing_sql(tables)} FROM users", now=NOW) == [("stuck",)]


@pytest.mark.parametrize("pool", POOLS)
def test_whoever_cannot_sign_in_is_told_so_by_the_explanation_too(pool: UserPool) -> None:
    for user in everybody():
        facts = Facts(pool, FoundPerson("", user), NOW)
        checks = [check(facts) for check in (enabled, temporary_password, status)]
        failed = [check for check in checks if check.link.state is LinkState.FAILED]
        standing = standing_of(user, pool, NOW)
        if standing.verdict is AccessVerdict.NO:
            assert failed, standing
        elif standing.verdict is AccessVerdict.YES:
            assert not failed, standing
        if standing in (AccountStanding.RESET, AccountStanding.RESET_UNSURE, AccountStanding.STUCK):
            stuck = "no code for a new one can be sent to you" in checks[-1].reply
            assert stuck == (standing is AccountStanding.STUCK)
            doubted = "unless they get the codes of their second factor there" in checks[-1].link.fix
            assert doubted == (standing is AccountStanding.RESET_UNSURE)


def test_every_reason_but_none_at_all_is_in_words() -> None:
    for standing in AccountStanding:
        assert standing.words.endswith(".") or standing is AccountStanding.OPEN
    stuck = User("u", "sub", UserStatus.RESET_REQUIRED, True, NOW, NOW, {"email": "a@x.example"})
    assert standing_of(stuck, POOL, NOW) is AccountStanding.STUCK
    known = replace(stuck, attributes={"email": "a@x.example", "email_verified": "true"})
    by_mail = replace(POOL, recovery=("verified_email",), mfa="OPTIONAL")
    assert standing_of(known, by_mail, NOW).verdict is AccessVerdict.UNTOLD
    assert standing_of(known, by_mail, NOW, ["EMAIL_OTP"]).verdict is AccessVerdict.NO
    assert standing_of(known, by_mail, NOW, []).verdict is AccessVerdict.STEP
