"""What a login test leaves for its next step: in the store, briefly, for one session, for any process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.cognito.models import AppClient, User, UserStatus
from services.cognito.sign_in import SignInAnswer
from services.directory.plain_data import to_plain
from services.login.chain import Report, passed
from services.login.challenges import Field, SignInQuestion
from services.login.flow_steps import FlowProgress, Subject, Waiting
from services.login.kept import SIGN_INS_KEPT, TOKENS_KEPT, KeptSignIns, KeptTokens
from services.login.sign_in_flow import SignInFlow
from services.login.token_text import Tokens
from services.store import tickets as module
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing

SOME = Tokens("an-id-token", "an-access-token", "a-refresh-token")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def waiting() -> Waiting:
    """A test that waits for a code, of somebody with an unusual name."""
    client = AppClient("7abc", "Billing", access_token=timedelta(minutes=5), token_revocation=None)
    user = User("bo", "sub-2", UserStatus.CONFIRMED, True, NOW, NOW, {"name": "Bø \ud800"})
    question = SignInQuestion("SMS_MFA", "Code", "Sent.", (Field("SMS_MFA_CODE", "Code"),))
    links = (passed("flow", "Way", "Allowed."),)
    report = Report({"kind": "api"}, links, endpoints={"a": ["b"]})
    progress = FlowProgress("test", SignInFlow.SRP, "bo", "Billing", links, question, 12.5, report, 2)
    subject = Subject("staff", client, "bo", user, group_roles={"a": "b"}, secret="client-secret")
    asked = SignInAnswer("SMS_MFA", {"USER_ID_FOR_SRP": "bo"}, "cognitos-session", ("A", "B"))
    return Waiting("session", progress, subject, "line", asked=asked, answered=links, password="taken")


@pytest.fixture
def other(tmp_path: Path, store: Store, keys: KeyRing):
    """Another process of the console."""
    with open_store(f"sqlite:///{tmp_path / 'console.db'}", keys) as opened:
        yield opened


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """`later(span)`: it is so much later now."""
    return lambda span: monkeypatch.setattr(module, "utc_now", lambda: utc_now() + span)


def test_the_session_of_the_test_gets_its_tokens_from_any_process_and_nobody_else(
    store: Store, other: Store
) -> None:
    KeptTokens(store).put("test", "session", SOME)
    elsewhere = KeptTokens(other)
    assert elsewhere.get("test", "session") == SOME
    for session in ("another", ""):
        assert elsewhere.get("test", session) is None
        elsewhere.forget("test", session)
    assert elsewhere.get("test", "session") == SOME
    elsewhere.forget("test", "session")
    assert KeptTokens(store).get("test", "session") is None


def test_they_are_gone_after_ten_minutes(store: Store, later) -> None:
    KeptTokens(store).put("test", "session", SOME)
    later(TOKENS_KEPT)
    assert KeptTokens(store).get("test", "session") is None
    assert store.tickets.sweep() == 1


def test_they_do_not_show_in_texts_nor_in_the_database(store: Store, tmp_path: Path) -> None:
    KeptTokens(store).put("test", "session", SOME)
    assert repr(SOME) == "Tokens()"
    KeptSignIns(store).put(waiting())
    files = b"".join(file.read_bytes() for file in tmp_path.glob("console.db*"))
    secrets = (*to_plain(SOME).values(), "client-secret", "cognitos-session")
    assert [word for word in secrets if word.encode() in files] == []


def test_a_sign_in_goes_on_in_another_process_as_it_was(store: Store, other: Store) -> None:
    KeptSignIns(store).put(waiting())
    elsewhere = KeptSignIns(other)
    assert elsewhere.get("test", "another") is None
    assert elsewhere.take_step("test", "another") is None
    assert elsewhere.get("test", "session") == waiting()
    assert elsewhere.take_step("test", "session") == waiting()
    assert KeptSignIns(store).take_step("test", "session") is None


def test_one_that_nobody_went_on_with_is_given_to_one_that_ends_it(store: Store, other: Store, later) -> None:
    KeptSignIns(store).put(waiting())
    assert KeptSignIns(store).left_behind() == []
    later(SIGN_INS_KEPT)
    assert KeptSignIns(other).get("test", "session") is None
    assert KeptSignIns(other).left_behind() == [waiting()]
    assert KeptSignIns(store).left_behind() == []
