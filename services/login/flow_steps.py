"""One sign-in through the API while it goes on: who and what, what speaks against it, each step's call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.cognito import phones
from services.cognito.actions import ChoosePassword, ChoosePasswordAsAdmin, SetUpTotp
from services.cognito.models import AppClient, User, UserPool, UserStatus
from services.cognito.password_proof import DeviceProof, PasswordProof
from services.cognito.people import NameKind, names_that_work, sign_in_attributes
from services.cognito.sign_in import ClientProof, SignInAnswer
from services.directory.identify import identify
from services.directory.lookup import AskedSource
from services.errors import CognitoError, InvalidValue, LoginTestRefused
from services.login.chain import Link, Report, doubtful, failed, passed, step
from services.login.challenges import SignInQuestion
from services.login.client_flows import allows
from services.login.sign_in_flow import API_FLOWS, FLOWS, SignInFlow
from services.pool_session import PoolSession
from services.store.activity import Why


@dataclass(frozen=True, slots=True)
class Subject:
    """Who signs in to what. `secret` is what the application has for its client ("" for none).

    `user` is None for a name that the pool doesn't know. Groups and roles are the application's.
    """

    pool_name: str
    client: AppClient
    username: str
    user: User | None = None
    application_id: str = ""
    application: str = ""
    allowed_groups: tuple[str, ...] = ()
    group_roles: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What the application is called."""
        return self.application or self.client.name or self.client.id


def looked_at_before(subject: Subject, flow: SignInFlow, pool: UserPool) -> tuple[Link, ...]:
    """What can be told before a password is sent: two or three links; nothing is sent if one failed."""
    links = [_flow_link(subject, flow, pool), _secret_link(subject)]
    person = _person_link(subject)
    return (*links, person) if person is not None else tuple(links)


def _flow_link(subject: Subject, flow: SignInFlow, pool: UserPool) -> Link:
    (key, title), facts = step("flow"), FLOWS[flow]
    name = subject.client.name or subject.client.id
    if flow is SignInFlow.CHOICE and pool.tier == "LITE":
        return failed(
            key,
            title,
            "The pool's feature plan (Lite) has no choice of the first step.",
            "Try another way, or raise the pool's feature plan in AWS.",
            detail="USER_AUTH",
        )
    if allows(subject.client, flow):
        return passed(key, title, f"{name} allows {facts.auth_flow}.", detail=facts.allowed_by[0])
    has = sorted(FLOWS[flow].title for flow in API_FLOWS if allows(subject.client, flow))
    others = f" It allows: {', '.join(has)}." if has else " It allows none of these ways."
    return failed(
        key,
        title,
        f"{name} doesn't allow {facts.auth_flow}, so nothing was sent.{others}",
        f"Turn on {facts.allowed_by[0]} at the app client (AWS console: the pool, App clients, Edit, "
        "Authentication flows), or try a way that it allows.",
        detail=f"ExplicitAuthFlows: {', '.join(subject.client.auth_flows) or 'never set'}",
    )


def _secret_link(subject: Subject) -> Link:
    key, title = step("client-secret")
    name = subject.client.name or subject.client.id
    if subject.client.has_secret and not subject.secret:
        return failed(
            key,
            title,
            f"{name} has a secret, and {subject.name} is set up here without one, so nothing was sent.",
            "Enter the client secret (Configuration, Applications).",
        )
    if subject.secret and not subject.client.has_secret:
        return failed(
            key,
            title,
            f"{name} is a public client without a secret; {subject.name} is set up here with one, so nothing "
            "was sent.",
            "Let the application forget the secret (Configuration, Applications).",
        )
    if not subject.secret:
        return passed(key, title, f"{name} is a public client: it needs no secret.")
    return passed(key, title, "With its secret; Cognito judges whether it is the right one.")


def _person_link(subject: Subject) -> Link | None:
    (key, title), user = step("person"), subject.user
    if user is None:
        return doubtful(
            key,
            title.open,
            f"The pool knows nobody called {subject.username}. Cognito was asked all the same.",
            "Check the spelling; “Why can't they sign in?” looks for similar names.",
        )
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return failed(
            key,
            title,
            "This person signs in at another identity provider and has no password here; nothing was sent.",
            "Test the login page with that identity provider.",
            detail="EXTERNAL_PROVIDER",
        )
    return None


LOCKS_AT = 5
"""Wrong passwords after which Cognito closes the account for a while (developer guide)."""


@dataclass(frozen=True, slots=True)
class FlowProgress:
    """Where a test stands, for the screen: no password, code, token or secret in it.

    `question` is what comes next, to be answered before `until` (seconds since 1970); `report` is
    there once the test has ended.
    """

    id: str
    flow: SignInFlow
    username: str
    name: str
    links: tuple[Link, ...]
    question: SignInQuestion | None = None
    until: float = 0.0
    report: Report | None = None
    wrong: int = 0


@dataclass(slots=True)
class Waiting:
    """A test with what its next step needs. Belongs to one session; proofs are made and used within a step.

    `with_password`: it began with a password, so that Cognito's first answer judges it; `password` is what
    came of that ("wrong", "taken", "" while nobody knows).
    """

    session_id: str
    progress: FlowProgress
    subject: Subject
    line: str
    with_password: bool = True
    asked: SignInAnswer = field(repr=False, default_factory=SignInAnswer)
    totp_session: str = field(repr=False, default="")
    proof: PasswordProof | None = field(repr=False, default=None, init=False)
    answered: tuple[Link, ...] = ()
    password: str = ""


def proof_of(subject: Subject) -> ClientProof:
    """How the application's client proves itself."""
    return ClientProof(subject.client.id, subject.secret)


def found(pool_session: PoolSession, name: str) -> User | None:
    """Who signs in under `name`; None also when that can't be looked up: they may sign in all the same."""
    gateway = pool_session.gateway
    try:
        pool = gateway.describe_pool()
        kinds = (NameKind.USERNAME, NameKind.SUB, *map(NameKind, sign_in_attributes(pool)))
        (answer,) = identify(AskedSource(gateway, pool), [name], near=False, kinds=kinds)
    except (CognitoError, InvalidValue):
        return None
    if answer.kind is None or answer.person is not None:
        return answer.person
    working = [user for user in answer.users if answer.kind in names_that_work(user, pool)]
    return working[0] if len(working) == 1 else None


def name_sent(user: User | None, typed: str, pool: UserPool) -> str:
    """What Cognito is asked with: what was typed, but phone numbers as it takes them (+ and digits)."""
    own = user.attributes.get(NameKind.PHONE, "") if user is not None else ""
    return own if own and phones.read(typed, pool.phone_region).number == own else typed


class Steps:
    """Makes the calls that a step of a sign-in needs, on one pool.

    `why` goes with those that change somebody.
    """

    def __init__(self, pool_session: PoolSession, why: Why | None = None) -> None:
        self._pool_session = pool_session
        self._why = why or Why()

    def first(self, waiting: Waiting, password: str) -> SignInAnswer:
        """Begin by the test's way. Raises `CognitoError`s."""
        subject, flow = waiting.subject, waiting.progress.flow
        given: dict[str, str] = {"PASSWORD": password}
        if flow is SignInFlow.SRP:
            waiting.proof = PasswordProof(self._pool_session.gateway.pool_id, subject.username, password)
            given = {"SRP_A": waiting.proof.public}
        elif flow is SignInFlow.CHOICE:
            given = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password} if password else {}
        return self._pool_session.gateway.begin_sign_in(
            proof_of(subject), FLOWS[flow].auth_flow, subject.username, given, admin=flow is SignInFlow.ADMIN
        )

    def answered(self, waiting: Waiting, question: SignInQuestion, given: dict[str, str]) -> SignInAnswer:
        """Answer a question with ChallengeResponses. Raises `CognitoError`s, `InvalidValue`, and
        `LoginTestRefused` when the person's account can't be changed from here."""
        if question.challenge == "NEW_PASSWORD_REQUIRED":
            return self._choose_password(waiting, given)
        if question.challenge == "MFA_SETUP":
            return self._set_up(waiting, given["code"])
        return self.send(waiting, self._prepared(waiting, question, given))

    def _prepared(self, waiting: Waiting, question: SignInQuestion, given: dict[str, str]) -> dict[str, str]:
        """Passwords turned into proofs where the challenge wants one."""
        ids = (self._pool_session.gateway.pool_id, waiting.subject.username)
        if question.challenge == "DEVICE_SRP_AUTH":
            group, password = given.pop("device_group_key"), given.pop("device_password")
            waiting.proof = DeviceProof(*ids, given["DEVICE_KEY"], group, password)
            return {**given, "SRP_A": waiting.proof.public}
        by_srp = question.challenge == "PASSWORD_SRP" or given.get("ANSWER") == "PASSWORD_SRP"
        if (by_srp or given.get("ANSWER") == "PASSWORD") and not given.get("PASSWORD"):
            raise InvalidValue("Enter the password.", field="PASSWORD")
        if by_srp:
            waiting.proof = PasswordProof(*ids, given.pop("PASSWORD"))
            return {**given, "SRP_A": waiting.proof.public}
        if given.get("ANSWER") not in (None, "PASSWORD"):
            given.pop("PASSWORD", None)
        return given

    def send(self, waiting: Waiting, given: Mapping[str, str]) -> SignInAnswer:
        """Answer the challenge that Cognito asked last."""
        return self._pool_session.gateway.answer_challenge(
            proof_of(waiting.subject),
            waiting.asked,
            waiting.subject.username,
            given,
            admin=waiting.progress.flow is SignInFlow.ADMIN,
        )

    def _choose_password(self, waiting: Waiting, given: dict[str, str]) -> SignInAnswer:
        kind = ChoosePasswordAsAdmin if waiting.progress.flow is SignInFlow.ADMIN else ChoosePassword
        attributes = {
            name.removeprefix("userAttributes."): value
            for name, value in given.items()
            if name.startswith("userAttributes.")
        }
        change = kind(
            self._known(waiting).ref,
            waiting.subject.client.id,
            waiting.subject.secret,
            waiting.asked.session,
            waiting.asked.parameters.get("USER_ID_FOR_SRP", ""),
            given["NEW_PASSWORD"],
            attributes,
        )
        self._pool_session.changes.perform(change, **self._why)
        if change.answer is None:
            raise LoginTestRefused(
                "The new password is set, but Cognito's answer was lost.", "Sign in with the new password."
            )
        return change.answer

    def _set_up(self, waiting: Waiting, code: str) -> SignInAnswer:
        change = SetUpTotp(self._known(waiting).ref, waiting.totp_session, code)
        self._pool_session.changes.perform(change, **self._why)
        waiting.asked = replace(waiting.asked, session=change.next_session)
        return self.send(waiting, {})

    def _known(self, waiting: Waiting) -> User:
        user = waiting.subject.user or found(
            self._pool_session, waiting.asked.parameters.get("USER_ID_FOR_SRP", "")
        )
        if user is None:
            raise LoginTestRefused(
                "The person can't be looked up, so their account isn't changed from here.",
                "Give the username as it stands on the user page, and begin again.",
            )
        return user
