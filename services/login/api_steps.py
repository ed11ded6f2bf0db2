"""What each step of a sign-in through the API sends; changes of the account by the one path for changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.cognito.actions import ChoosePassword, ChoosePasswordAsAdmin, SetUpTotp
from services.cognito.filters import exact
from services.cognito.models import User
from services.cognito.sign_in import ClientProof, SignInAnswer
from services.cognito.srp import DeviceProof, PasswordProof
from services.errors import CognitoError, InvalidValue, LoginTestRefused
from services.login.api_memory import Waiting
from services.login.api_ways import WAYS, Subject, Way
from services.login.challenges import Question
from services.pool_session import PoolSession


def proof_of(subject: Subject) -> ClientProof:
    """How the application's client proves itself."""
    return ClientProof(subject.client.id, subject.secret)


def found(pool_session: PoolSession, name: str) -> User | None:
    """Who signs in under `name`; None also when that can't be looked up: they may sign in all the same."""
    if not name:
        return None
    try:
        user = pool_session.gateway.find_user(username=name)
        for alias in sorted(pool_session.gateway.describe_pool().alias_attributes if user is None else ()):
            user = user or next(pool_session.gateway.iter_users(exact(alias, name)), None)
        return user
    except (CognitoError, InvalidValue):
        return None


class Steps:
    """The calls of one step, on one pool."""

    def __init__(self, pool_session: PoolSession) -> None:
        self._pool_session = pool_session

    def first(self, waiting: Waiting, password: str) -> SignInAnswer:
        """Begin by the test's way. Raises `CognitoError`s."""
        subject, way = waiting.subject, waiting.stand.way
        given: dict[str, str] = {"PASSWORD": password}
        if way is Way.SRP:
            waiting.proof = PasswordProof(
                self._pool_session.gateway.pool_id, subject.client.id, subject.username, password
            )
            given = {"SRP_A": waiting.proof.public}
        elif way is Way.CHOICE:
            given = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password} if password else {}
        return self._pool_session.gateway.begin_sign_in(
            proof_of(subject), WAYS[way].flow, subject.username, given, admin=way is Way.ADMIN
        )

    def answered(self, waiting: Waiting, question: Question, given: dict[str, str]) -> SignInAnswer:
        """Answer a question with ChallengeResponses. Raises `CognitoError`s, `InvalidValue`, and
        `LoginTestRefused` when the person's account can't be changed from here."""
        if question.challenge == "NEW_PASSWORD_REQUIRED":
            return self._choose_password(waiting, given)
        if question.challenge == "MFA_SETUP":
            return self._set_up(waiting, given["code"])
        return self.send(waiting, self._prepared(waiting, question, given))

    def _prepared(self, waiting: Waiting, question: Question, given: dict[str, str]) -> dict[str, str]:
        """Passwords turned into proofs where the challenge wants one."""
        ids = (self._pool_session.gateway.pool_id, waiting.subject.client.id, waiting.subject.username)
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
            admin=waiting.stand.way is Way.ADMIN,
        )

    def _choose_password(self, waiting: Waiting, given: dict[str, str]) -> SignInAnswer:
        kind = ChoosePasswordAsAdmin if waiting.stand.way is Way.ADMIN else ChoosePassword
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
        self._pool_session.changes.perform(change, reason="login test")
        if change.answer is None:
            raise LoginTestRefused(
                "The new password is set, but Cognito's answer was lost.", "Sign in with the new password."
            )
        return change.answer

    def _set_up(self, waiting: Waiting, code: str) -> SignInAnswer:
        change = SetUpTotp(self._known(waiting).ref, waiting.totp_session, code)
        self._pool_session.changes.perform(change, reason="login test")
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
