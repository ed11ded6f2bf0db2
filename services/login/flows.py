"""Signing in as a user through the API: begun, every challenge answered, tokens checked, logged.

Passwords, codes and secrets are handed on and forgotten: nothing of them is in what these methods
return, in the log, or kept longer than the step that needs it. What changes the person's account
goes through the one path for changes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from secrets import token_urlsafe
from typing import Any, Unpack
from urllib.parse import quote, urlencode

from services.cognito.models import AppClient, User
from services.cognito.password_proof import ProofRefused
from services.cognito.people import sign_in_name
from services.cognito.sign_in import SignInAnswer
from services.errors import (
    CognitoError,
    ConsoleError,
    InvalidValue,
    LoginTestRefused,
    PasswordRejected,
    ReasonMissing,
    SignInDenied,
)
from services.login.chain import (
    ACTION,
    STEPS,
    Link,
    Report,
    TokenReport,
    decide,
    decision_links,
    doubtful,
    failed,
    first_failure,
    not_reached,
    passed,
    step,
)
from services.login.challenges import (
    DeadEnd,
    SignInQuestion,
    factors_to_set_up,
    question_of,
    responses,
    setup_question,
    title_of_challenge,
)
from services.login.client_fixes import ClientFix, allow_flow
from services.login.discovery import KnownPool, place_of
from services.login.flow_steps import (
    FlowProgress,
    Steps,
    Subject,
    Waiting,
    found,
    looked_at_before,
    name_sent,
    proof_of,
)
from services.login.hosted_flow import Flow, summed_up
from services.login.kept import KeptSignIns, KeptTokens
from services.login.sign_in_flow import FLOWS, SignInFlow
from services.login.token_text import NotAToken, Parts, Tokens, claim_lines, person_in, take_apart
from services.login.tokens import KEYS, ExpectedToken, Keys, check_token, groups_in
from services.pool_session import PoolSession
from services.roles import Actor, ActorSource, Permission
from services.store.activity import Activity, ActivityResult, NewActivity, Why
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.pools import PoolRecord
from services.store.store import Store

LATER = ("signed-in", "signed-by-pool", "for-client", "in-time", "allowed-group", "role")
"""The steps after the password and what Cognito asks then."""


def report_of(
    place: KnownPool, pool: PoolRecord, subject: Subject, links: Sequence[Link], tokens: Tokens
) -> Report:
    """The finished test. `links` lead up to the tokens; without tokens the rest was not reached."""
    chain, person = list(links), ""
    reports: list[TokenReport] = []
    if tokens.id_token or tokens.access_token:
        reports, claims = check_tokens(place, subject, tokens)
        chain += [link for link in summed_up(reports) if link.key != "scopes"]
        person = person_in(claims)
        if first_failure(chain) is None:
            decision = decide(groups_in(claims), subject.allowed_groups, subject.group_roles)
            chain += decision_links(
                decision, subject.allowed_groups, subject.group_roles, subject.application
            )
    there = {link.key for link in chain}
    chain += [not_reached(*step(key)) for key in LATER if key not in there]
    return Report(
        flow=_facts(pool, subject),
        chain=tuple(chain),
        tokens=tuple(reports),
        person=person,
        refreshable=bool(tokens.refresh_token),
        sub=subject.user.sub if subject.user is not None else "",
    )


def result_facts(title: str, person: str, chain: Sequence[Link]) -> dict[str, Any]:
    """What the activity log keeps of a finished test."""
    broken = first_failure(chain)
    role = next((link.detail for link in chain if link.key == "role" and link.detail), "")
    result = f"failed: {broken.title}" if broken else "signed in"
    return {
        "way": title,
        "person": person,
        "result": result,
        **({"role": role} if role and not broken else {}),
    }


def check_tokens(
    place: KnownPool, subject: Subject, tokens: Tokens
) -> tuple[list[TokenReport], dict[str, Any]]:
    """Both tokens checked against the pool's keys, and the claims to decide by."""
    reports: list[TokenReport] = []
    claims: dict[str, Any] = {}
    now = time.time()
    for title, use, token in (
        ("Access token", "access", tokens.access_token),
        ("ID token", "id", tokens.id_token),
    ):
        if token:
            report, parts = check_token_of_flow(title, use, token, place, subject, now)
            reports.insert(0, report)
            claims = dict(parts.claims) if parts else {}
    return reports, claims


def check_token_of_flow(
    title: str, use: str, token: str, place: KnownPool, subject: Subject, now: float
) -> tuple[TokenReport, Parts | None]:
    """One token of an API sign-in; the parts are None when it is none at all."""
    try:
        parts = take_apart(token)
    except NotAToken as error:
        return TokenReport(title, (failed("signature", "Form", error.message, error.next_step),), ()), None

    def keys(kid: str) -> Keys:
        return KEYS.keys(place.keys_url, place.origins, kid)

    expected = ExpectedToken(
        place.name,
        place.issuers,
        client_id=subject.client.id,
        clients={subject.client.id: subject.name},
        token_use=use,
        fresh=True,
    )
    return TokenReport(title, check_token(parts, keys, expected, now), claim_lines(parts.claims, now)), parts


def _facts(pool: PoolRecord, subject: Subject) -> dict[str, Any]:
    return Flow(
        pool_record_id=pool.id,
        pool_name=pool.name,
        application_id=subject.application_id,
        application=subject.application,
        client_id=subject.client.id,
        discovery_url="",
        redirect_uri="",
        allowed_groups=subject.allowed_groups,
        group_roles=subject.group_roles,
    ).facts()


_LONGEST_PASSWORD = 256  # characters; Cognito takes no more
_COUNTED = timedelta(hours=1)
_WRONG, _TAKEN = "wrong", "taken"
_SAME_STEP = ("wrong-code",)


class ApiTests:
    """Sign-ins through the API, for whoever `who` names at each call; every call needs LOGIN_TEST.

    `session_id` is the operator's live session: a test is shown to it alone.
    """

    def __init__(self, store: Store, pool_session: PoolSession, who: ActorSource, session_id: str) -> None:
        self._store = store
        self._pool_session = pool_session
        self._who = who
        self._session_id = session_id
        self._kept, self._tokens = KeptSignIns(store), KeptTokens(store)

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.LOGIN_TEST)
        return actor

    @property
    def _place(self) -> KnownPool:
        return place_of(self._pool_session.gateway, self._pool_session.pool.name)

    # Who and what

    def subject(self, application: Application, typed: str) -> Subject:
        """Who `typed` is (a sign-in name or sub) and what they sign in to. Raises `CognitoError`s."""
        self._actor()
        client = self._pool_session.gateway.describe_client(application.client_id)
        secret = self._store.applications.secret(application.id) if application.has_secret else ""
        subject = self._of_client(client, typed)
        return replace(
            subject,
            application_id=application.id,
            application=application.name,
            allowed_groups=application.allowed_groups,
            group_roles=application.group_roles,
            secret=secret or "",
        )

    def subject_of_client(self, client_id: str, typed: str) -> Subject:
        """The same for an app client without an application; its secret is asked of AWS."""
        self._actor()
        client = self._pool_session.gateway.describe_client(client_id)
        secret = self._pool_session.gateway.client_secret(client_id) if client.has_secret else ""
        return replace(self._of_client(client, typed), secret=secret)

    def _of_client(self, client: AppClient, typed: str) -> Subject:
        typed = typed.strip()
        if not typed:
            raise InvalidValue("Who signs in?", "Type the name that they sign in with.", field="username")
        user = found(self._pool_session, typed)
        name = name_sent(user, typed, self._pool_session.gateway.describe_pool())
        return Subject(self._pool_session.pool.name, client, name, user)

    def name_of(self, user: User) -> str:
        """What this person types to sign in."""
        return sign_in_name(user, self._pool_session.gateway.describe_pool())

    def wrong_passwords(self, username: str) -> int:
        """Wrong passwords in a row that login tests have sent for this person in the last hour.

        `username` is a name of theirs or the sub; counted is what the activity log holds, so every process
        of the console counts the same. Sign-ins elsewhere aren't known here.
        """
        if not any(line.after.get("password") == _WRONG for line in self._lately()):
            return 0
        return self._wrong_in_a_row(_account(found(self._pool_session, username), username))

    def _lately(self) -> Iterator[Activity]:
        """Login tests of this pool, newest first."""
        since = utc_now() - _COUNTED
        return self._store.activity.iter_all(action=ACTION, pool=self._pool_session.pool.name, since=since)

    def _wrong_in_a_row(self, account: str) -> int:
        """A right password starts the count anew, as at Cognito."""
        theirs = (line.after for line in self._lately() if line.after.get("account") == account)
        judged = (after["password"] for after in theirs if after.get("password"))
        return sum(1 for _ in takewhile(lambda how: how == _WRONG, judged))

    # Steps

    def begin(self, subject: Subject, flow: SignInFlow, password: str) -> FlowProgress:
        """Send the password by `flow`, unless something speaks against it beforehand.

        Raises `InvalidValue` and `NotPermitted`; whatever Cognito refuses is a link of the result.
        """
        actor = self._actor()
        if flow is not SignInFlow.CHOICE and not password:
            raise InvalidValue("Enter the password.", field="password")
        if len(password) > _LONGEST_PASSWORD:
            raise InvalidValue("A password has 256 characters at most.", field="password")
        links = looked_at_before(subject, flow, self._pool_session.gateway.describe_pool())
        progress = FlowProgress(token_urlsafe(16), flow, subject.username, subject.name, links)
        line = self._intend(actor, subject, flow)
        waiting = Waiting(self._session_id, progress, subject, line, bool(password))
        if first_failure(links) is not None:
            return self._end(waiting)
        return self._advance(waiting, lambda: Steps(self._pool_session).first(waiting, password))

    def answer(self, id: str, typed: Mapping[str, str], **why: Unpack[Why]) -> FlowProgress:
        """Answer the question of a test of this session; the log keeps `why` if that changes the person.

        Raises `InvalidValue` when the answer can't be one, `ReasonMissing`, and `LoginTestRefused` when the
        test is over or somebody else's; all leave the test as it is.
        """
        self._actor()
        waiting = self._kept.take_step(id, self._session_id)
        question = waiting.progress.question if waiting is not None else None
        if waiting is None or question is None:
            if waiting is not None:
                self._keep(waiting)
            raise LoginTestRefused("This sign-in is over.", "Begin a new one.")
        try:
            given = responses(question, typed)
            if time.time() > waiting.progress.until:
                text = "The time for this step is over: Cognito has forgotten the sign-in."
                link = _broken(question.challenge, text, "Begin again, and answer in time.")
                return self._end(waiting, link)
            return self._advance(
                waiting, lambda: Steps(self._pool_session, why).answered(waiting, question, given)
            )
        except (InvalidValue, ReasonMissing):
            self._keep(waiting)
            raise
        except ConsoleError:
            _dropped(self._store, waiting)
            raise

    def progress(self, id: str) -> FlowProgress | None:
        """Where a test of this session stands; None when it is gone."""
        self._actor()
        found = self._kept.get(id, self._session_id)
        return found.progress if found is not None else None

    def fixes(self, id: str) -> tuple[ClientFix, ...]:
        """What puts the app client right when it doesn't allow the way that was tried."""
        self._actor()
        found = self._kept.get(id, self._session_id)
        report = found.progress.report if found is not None else None
        broken = first_failure(report.chain) if report is not None else None
        if found is None or broken is None or broken.key != "flow":
            return ()
        if (
            found.progress.flow is SignInFlow.CHOICE
            and self._pool_session.gateway.describe_pool().tier == "LITE"
        ):
            return ()  # the pool's plan is in the way, not the client
        return (allow_flow(found.subject.client, FLOWS[found.progress.flow].allowed_by[0]),)

    def give_up(self, id: str) -> None:
        """Forget a sign-in that waits for an answer; Cognito isn't told."""
        self._actor()
        waiting = self._kept.take_step(id, self._session_id)
        if waiting is not None:
            _dropped(self._store, waiting)

    def _advance(self, waiting: Waiting, send: Any) -> FlowProgress:
        """Send something, take proofs and dead ends as they come, and see where that leads."""
        before = waiting.progress.question
        try:
            answer: SignInAnswer = send()
            while answer.challenge.endswith("_VERIFIER") and waiting.proof is not None:
                waiting.asked = answer
                proved = waiting.proof.answer(answer.parameters)
                waiting.proof = None
                proved.pop("USERNAME", None)
                answer = Steps(self._pool_session).send(waiting, proved)
        except ProofRefused as error:
            return self._end(waiting, _broken("PASSWORD_VERIFIER", str(error), "Begin again."))
        except (SignInDenied, PasswordRejected) as error:
            return self._refused(waiting, before, error)
        except LoginTestRefused as error:
            return self._end(waiting, _broken(_step_of(before), error.message, error.next_step))
        except CognitoError as error:
            return self._end(waiting, _broken(_step_of(before), error.message, error.next_step, error.code))
        finally:
            waiting.proof = None
        return self._arrived(waiting, before, answer)

    def _refused(
        self, waiting: Waiting, before: SignInQuestion | None, error: SignInDenied | PasswordRejected
    ) -> FlowProgress:
        """A refusal: of the person, or of one answer, which may be given again."""
        reason = getattr(error, "reason", "")
        again = isinstance(error, PasswordRejected) or reason in _SAME_STEP
        if before is not None and again:
            self._keep(waiting)
            raise InvalidValue(error.message, error.next_step, field=before.fields[0].name)
        if reason == "wrong-password":
            waiting.password = _WRONG
            subject = waiting.subject
            wrong = self._wrong_in_a_row(_account(subject.user, subject.username)) + 1
            waiting.progress = replace(waiting.progress, wrong=wrong)
        if reason in ("client-secret", "flow-off"):
            key = "flow" if reason == "flow-off" else "client-secret"
            kept = tuple(link for link in waiting.progress.links if link.key != key)
            waiting.progress = replace(waiting.progress, links=kept)
            return self._end(waiting, failed(*step(key), error.message, error.next_step, detail=error.code))
        return self._end(waiting, _broken(_step_of(before), error.message, error.next_step, error.code))

    def _arrived(self, waiting: Waiting, before: SignInQuestion | None, answer: SignInAnswer) -> FlowProgress:
        links = list(waiting.progress.links)
        # Asking first how to begin has proved no password yet.
        by_password = before is None and waiting.with_password
        proved = by_password and answer.challenge != "SELECT_CHALLENGE"
        if proved:
            links.append(passed(*step("password"), "Cognito takes the password."))
            waiting.password = _TAKEN
        elif before is not None:
            links.append(passed(_key(before.challenge), before.title, "Answered, and taken."))
        waiting.asked = answer
        waiting.progress = replace(waiting.progress, links=tuple(links), question=None)
        if not answer.challenge:
            return self._in(waiting, answer)
        question = self._question(waiting, answer)
        if isinstance(question, DeadEnd):
            return self._end(waiting, _broken(question.challenge, question.sentence, question.fix))
        until = time.time() + 60 * waiting.subject.client.auth_session_minutes
        waiting.progress = replace(waiting.progress, question=question, until=until)
        return self._keep(waiting)

    def _question(self, waiting: Waiting, answer: SignInAnswer) -> SignInQuestion | DeadEnd:
        if answer.challenge != "MFA_SETUP" or "SOFTWARE_TOKEN_MFA" not in factors_to_set_up(
            answer.parameters
        ):
            return question_of(answer)
        try:
            made = self._pool_session.gateway.new_totp(answer.session)
        except CognitoError as error:
            return DeadEnd(answer.challenge, error.message, error.next_step)
        waiting.totp_session = made.session
        return setup_question(totp_address(waiting.subject, made.secret))

    # Ends

    def _in(self, waiting: Waiting, answer: SignInAnswer) -> FlowProgress:
        tokens = Tokens(answer.id_token, answer.access_token, answer.refresh_token)
        self._tokens.put(waiting.progress.id, self._session_id, tokens)
        links = (*waiting.progress.links, passed(*step("signed-in"), "Cognito gave tokens."))
        report = report_of(self._place, self._pool_session.pool, waiting.subject, links, tokens)
        return self._finish(waiting, replace(waiting.progress, links=report.chain, report=report))

    def _end(self, waiting: Waiting, link: Link | None = None) -> FlowProgress:
        """The sign-in stops here: the chain says why."""
        links = (*waiting.progress.links, *([link] if link else []))
        report = report_of(self._place, self._pool_session.pool, waiting.subject, links, Tokens())
        return self._finish(waiting, replace(waiting.progress, links=report.chain, report=report))

    def _finish(self, waiting: Waiting, progress: FlowProgress) -> FlowProgress:
        waiting.progress = replace(progress, question=None)
        waiting.asked, waiting.totp_session, waiting.proof = SignInAnswer(), "", None
        assert progress.report is not None  # noqa: S101 - as both callers have it
        after = result_facts(FLOWS[progress.flow].title, progress.username, progress.report.chain)
        after |= _judged(waiting)
        self._store.activity.finish(waiting.line, ActivityResult.DONE, after)
        return self._keep(waiting)

    def _keep(self, waiting: Waiting) -> FlowProgress:
        close_left_behind(self._store)
        self._kept.put(waiting)
        return waiting.progress

    def _intend(self, actor: Actor, subject: Subject, flow: SignInFlow) -> str:
        return self._store.activity.intend(
            NewActivity(
                actor,
                ACTION,
                pool=subject.pool_name,
                target_kind="application",
                target_id=subject.application_id,
                target_name=subject.name,
                before={"way": FLOWS[flow].title, "person": subject.username},
            )
        )

    # After a sign-in

    def refresh(self, id: str) -> tuple[Link, tuple[TokenReport, ...]]:
        """New tokens for a finished sign-in of this session, checked. Raises `LoginTestRefused`."""
        self._actor()
        waiting, tokens = self._finished(id)
        client, title = waiting.subject.client, "Refresh"
        try:
            name = str(take_apart(tokens.access_token).claims.get("username") or waiting.subject.username)
            answer = self._pool_session.gateway.refresh_sign_in(
                proof_of(waiting.subject), tokens.refresh_token, name, rotates=client.refresh_rotation
            )
        except (CognitoError, NotAToken) as error:
            return failed("refresh", title, error.message, error.next_step), ()
        fresh = Tokens(answer.id_token, answer.access_token, answer.refresh_token or tokens.refresh_token)
        self._tokens.put(id, self._session_id, fresh)
        reports, _ = check_tokens(self._place, waiting.subject, fresh)
        return passed("refresh", title, "Cognito gave new tokens."), tuple(reports)

    def revoke(self, id: str) -> Link:
        """Make the tokens of a finished sign-in worthless. Raises `LoginTestRefused`."""
        self._actor()
        waiting, tokens = self._finished(id)
        title = "Revoke"
        try:
            done = self._pool_session.gateway.revoke_sign_in(proof_of(waiting.subject), tokens.refresh_token)
        except CognitoError as error:
            return failed("revoke", title, error.message, error.next_step)
        self._tokens.forget(id, self._session_id)
        if not done:
            text = "The Cognito behind this connection can't revoke tokens; the console has forgotten them."
            return doubtful("revoke", title, text, "Sign the person out everywhere on their user page.")
        return passed("revoke", title, "The refresh token is worthless now, and forgotten here.")

    def _finished(self, id: str) -> tuple[Waiting, Tokens]:
        waiting = self._kept.get(id, self._session_id)
        tokens = self._tokens.get(id, self._session_id)
        if waiting is None or tokens is None or not tokens.refresh_token:
            raise LoginTestRefused(
                "The tokens of this test are gone: they are kept for ten minutes.",
                "Sign in again.",
            )
        return waiting, tokens


def close_left_behind(store: Store) -> int:
    """Write the end of the tests that nobody went on with in time; how many there were."""
    tests = KeptSignIns(store).left_behind()
    for waiting in tests:
        _dropped(store, waiting)
    return len(tests)


def _dropped(store: Store, waiting: Waiting) -> None:
    """A test that nobody finished still has its line in the log."""
    if waiting.progress.report is None:
        where = waiting.progress.question.title if waiting.progress.question else STEPS["password"].open
        after = {"way": FLOWS[waiting.progress.flow].title, "person": waiting.progress.username}
        after |= {"result": f"left at: {where}", **_judged(waiting)}
        store.activity.finish(waiting.line, ActivityResult.DONE, after)


def _account(user: User | None, typed: str) -> str:
    """Whose passwords are counted: the person's, or those of a name that the pool doesn't know."""
    return user.sub if user is not None else typed.strip().casefold()


def _judged(waiting: Waiting) -> dict[str, str]:
    """What the log keeps of the password: whether Cognito took it, and of whom."""
    if not waiting.password:
        return {}
    subject = waiting.subject
    return {"account": _account(subject.user, subject.username), "password": waiting.password}


def totp_address(subject: Subject, secret: str) -> str:
    """What an authenticator app scans (Google's otpauth form, as the developer guide shows it)."""
    label = quote(f"{subject.name}:{subject.username}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': subject.name})}"


def _step_of(question: SignInQuestion | None) -> str:
    return question.challenge if question is not None else ""


def _key(challenge: str) -> str:
    return challenge.lower().replace("_", "-") or "password"


def _broken(challenge: str, sentence: str, fix: str, detail: str = "") -> Link:
    if challenge in ("", "PASSWORD_VERIFIER"):
        return failed(*step("password"), sentence, fix, detail=detail)
    return failed(_key(challenge), title_of_challenge(challenge), sentence, fix, detail=detail)
