"""Actions on what a person proves themselves with after the password: the preference, a lost app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from services.cognito.actions.base import (
    REPLACED,
    Change,
    Confirm,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    RowColumn,
    WayBack,
)
from services.cognito.models import PersonRef, User, UserDetail, UserPool, UserStatus
from services.cognito.offered import Offered
from services.cognito.permit import Permit
from services.cognito.person_reads import FACTOR_TITLES
from services.cognito.sign_in import MfaConfig
from services.errors import (
    NOTHING_CHANGED,
    ConsoleError,
    InvalidRequest,
    InvalidValue,
    NothingThere,
    StateNotSupported,
)
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

APP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"

_CHOICES = {"none": "None", "app": "Authenticator app", "sms": "Code by SMS", "email": "Code by e-mail"}
_CHOSEN = {"none": "", "app": APP, "sms": SMS, "email": EMAIL}
_SENT_TO = {SMS: "phone_number", EMAIL: "email"}
_CALLED = {"phone_number": "phone number", "email": "e-mail address"}


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())


_WORDS = {"off": "", "totp": APP}
_WORDS |= {_plain(form): _CHOSEN[word] for word, title in _CHOICES.items() for form in (word, title)}
_WORDS |= {_plain(factor): factor for factor in (APP, SMS, EMAIL)}
"""What may be written for each choice: its word, its title, AWS's name."""


def _title(factor: str | None) -> str:
    return FACTOR_TITLES.get(factor or "", "none")


def factor_facts(known: UserDetail) -> Facts:
    """What the activity log keeps about a person's second factors."""
    return {"second_factors": list(known.mfa_settings), "preferred_factor": known.preferred_mfa}


def no_second_factor(user: User, pool: UserPool) -> str:
    """Why second factors make no difference for this person here; "" when they do."""
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return "Their own provider asks for it, not this pool."
    return "This pool asks nobody for a second factor." if pool.mfa == "OFF" else ""


def offered_factors(mfa: MfaConfig) -> tuple[str, ...]:
    """The second factors that a pool offers, as AWS names them."""
    offered = ((APP, mfa.totp), (SMS, mfa.sms), (EMAIL, mfa.email))
    return tuple(name for name, there in offered if there)


@dataclass(frozen=True)
class SetMfaPreference(PersonChange):
    """AdminSetUserMFAPreference: which second factor is asked for; "" turns all of them off.

    `preferred` is None until somebody has said which; it can't be sent then. Without `factors` those that
    are on stay on, and `preferred` is turned on too; with them exactly these are on. Who prefers another
    factor has to be read first (AdminGetUser).
    """

    action = "set_mfa_preference"
    operation = "AdminSetUserMFAPreference"
    phrase = "Setting the second factor of {Username}"
    permission = Permission.USER_FACTORS
    dangerous = True
    proves_identity = True
    logged = "Set a second factor"
    verb, past = "set the second factor", "second factor set"
    row_action, file_title = "set_mfa_preference", "Set the second factor"
    row_synonyms = ("set_mfa", "mfa_preference", "set_second_factor")
    row_columns = (
        RowColumn(
            "second_factor",
            "second factor",
            "app, sms, email or none.",
            _CHOICES,
            ("mfa preference", "preferred mfa", "2fa", "mfa", "mfa method", "mfa type", "second factor type"),
        ),
    )
    relies_on = "status"
    shows = False
    offers = (
        Offer(
            "Set second factor",
            ":material/phonelink_setup:",
            "Set the second factor",
            "At the next sign-in they are asked for this one. Without any they sign in with the password "
            "alone.",
            "Set",
            "The second factor of {0} is set.",
            Confirm.OWN,
        ),
    )

    preferred: str | None = None
    factors: tuple[str, ...] | None = None
    replacing: tuple[str, ...] | None = None
    """The factors that have to be on still, the preferred one first ("" for none), when taking back."""

    def entered(self, values: Mapping[str, str]) -> Self:
        word = values.get("second_factor", "").strip()
        return replace(self, preferred=_WORDS.get(_plain(word), word) if word else None)

    def lacks(self, user: User) -> list[tuple[str, str, str]]:
        if self.preferred is None:
            return [
                (
                    "second_factor",
                    f"Nothing says which second factor {user.label} is to have.",
                    "Write app, sms or email; only the word none switches them off.",
                )
            ]
        if self.preferred and self.preferred not in FACTOR_TITLES:
            return [
                (
                    "second_factor",
                    f"“{self.preferred}” is no second factor.",
                    "Write app, sms, email or none.",
                )
            ]
        attribute = _SENT_TO.get(self.preferred, "")
        if attribute and not user.attributes.get(attribute):
            return [
                (
                    "second_factor",
                    f"{user.label} has no {_CALLED[attribute]}.",
                    "Add it first, or choose another.",
                )
            ]
        return []

    @property
    def expected(self) -> Facts:
        return {"preferred_factor": self.preferred}

    def before(self, gateway: CognitoGateway) -> Facts:
        self.find(gateway)
        return factor_facts(gateway.user_detail(self.person.username))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        known = gateway.user_detail(self.person.username)
        self._check(gateway, known)
        self._compare(known)
        on = self._on(known.mfa_settings)
        touched = dict.fromkeys((*known.mfa_settings, *on))
        settings = {name: (name in on, name == self.preferred) for name in touched}
        if settings:
            gateway.set_mfa_preference(permit, self.person.username, settings)
        after = {"second_factors": list(on), "preferred_factor": self.preferred}
        return {**after, REPLACED: factor_facts(known)}

    def _compare(self, known: UserDetail) -> None:
        """Raises `StateNotSupported` where something else is there by now than what is to be replaced."""
        if self.replacing is None:
            return
        preferred, *on = self.replacing
        if (known.preferred_mfa, set(known.mfa_settings)) != (preferred, set(on)):
            there = ", ".join(_title(name) for name in known.mfa_settings) or "none"
            raise StateNotSupported(
                f"The second factors of {self.person.label} were changed since; on are now: {there}. "
                "Nothing was changed.",
                "Look at their second factors again, and set them there if that isn't right.",
            )

    def _on(self, now: tuple[str, ...]) -> tuple[str, ...]:
        """The factors that are on after the change, given those that are on `now`."""
        if self.factors is not None:
            return self.factors
        return tuple(dict.fromkeys((*now, self.preferred))) if self.preferred else ()

    def _check(self, gateway: CognitoGateway, known: UserDetail) -> None:
        """Refuse what would leave them without a way in. Raises `InvalidValue`."""
        wanted, who = self.preferred, self.person.label
        if problems := self.lacks(known.user):
            raise InvalidValue(f"{problems[0][1]} Nothing was changed.", problems[0][2])
        if wanted == APP and APP not in known.mfa_settings and self.factors is None:
            raise InvalidValue(
                f"{who} has no authenticator app set up, so none can be preferred; nothing was changed.",
                "They set one up themselves when they sign in, where the application offers it.",
            )
        if problems := self.unfit(Offered(gateway)):
            raise InvalidValue(f"{problems[0][1]} Nothing was changed.", problems[0][2])

    def unfit(self, offered: Offered) -> list[tuple[str, str, str]]:
        mfa, wanted = offered.second_factors, self.preferred
        if mfa is None:
            return []
        if wanted and wanted not in offered_factors(mfa):
            what = f"This pool doesn't offer the {_title(wanted)}."
            return [("second_factor", what, "Choose one that it offers.")]
        if not wanted and mfa.mode == "ON":
            what = f"This pool requires a second factor, so {self.person.label} can't be without."
            fix = "If the authenticator app is lost, remove it: they set up a new one at the next sign-in."
            return [("second_factor", what, fix)]
        return []

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return gateway.user_detail(self.person.username).preferred_mfa == self.preferred

    def already(self, before: Facts) -> bool:
        now = before.get("second_factors")
        if now is None:
            return False
        return set(self._on(tuple(now))) == {*now} and before.get("preferred_factor") == self.preferred

    @property
    def wanted(self) -> str:
        return f"set the second factor to {_title(self.preferred)}"

    @property
    def done(self) -> str:
        return f"second factor set to {_title(self.preferred)}"

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        was = before if "second_factors" in before else after.get(REPLACED) or {}
        if "second_factors" not in was:
            return WayBack(stays=(f"{user.label}: which second factor there was before isn't known.",))
        on = tuple(was["second_factors"])
        left = (self.preferred or "", *self._on(on))
        back = SetMfaPreference(user.ref, str(was.get("preferred_factor") or ""), on, left)
        left_so = {"second_factors": list(left[1:]), "preferred_factor": left[0]}
        return WayBack(((back, left_so, was),), basis={"status": str(user.status)})

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status in (UserStatus.UNCONFIRMED, UserStatus.RESET_REQUIRED):
            return "Cognito takes it only once they have a password that works."
        return no_second_factor(user, pool)

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person, str(after.get("preferred_factor") or ""))


@dataclass(frozen=True)
class RemoveAuthenticator(PersonChange):
    """AdminDeleteSoftwareToken: the authenticator app of a lost phone stops counting.

    They can set up another one with AssociateSoftwareToken (service model).
    """

    action = "remove_authenticator"
    operation = "AdminDeleteSoftwareToken"
    phrase = "Removing the authenticator app of {Username}"
    permission = Permission.USER_FACTORS
    dangerous = True
    proves_identity = True
    irreversible = True
    logged = "Removed an authenticator app"
    verb, past = "remove the authenticator app", "authenticator app removed"
    row_action, file_title = "remove_authenticator", "Remove the authenticator apps"
    row_synonyms = ("remove_totp", "delete_authenticator", "lost_phone")
    relies_on = "status"
    shows = False
    offers = (
        Offer(
            "Remove authenticator",
            ":material/phonelink_erase:",
            "Remove the authenticator app of {0}",
            "Codes of the app that {0} has set up stop counting at once. Where the pool requires a second "
            "factor they are asked to set one up anew at the next sign-in; elsewhere the password alone, or "
            "another factor that they have, is enough. Be sure who is calling: whoever has the password "
            "gets in. This can't be undone.",
            "Remove the app",
            "The authenticator app of {0} no longer counts.",
            Confirm.TYPED,
            many="Remove authenticator app",
        ),
    )

    @property
    def expected(self) -> Facts:
        return {"authenticator_app": "removed"}

    def before(self, gateway: CognitoGateway) -> Facts:
        self.find(gateway)
        return factor_facts(gateway.user_detail(self.person.username))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        """Sent also where no app is on: UserMFASettingList names only what is (API reference, AdminGetUser),
        and an app that was set up and turned off counts again once somebody turns it on."""
        try:
            gateway.delete_software_token(permit, self.person.username)
        except (InvalidRequest, StateNotSupported) as error:
            if APP in gateway.user_detail(self.person.username).mfa_settings:
                raise
            raise NothingThere(
                f"{self.person.label} has no authenticator app (any more). {NOTHING_CHANGED}",
                "Look at their second factors again.",
            ) from error
        return self.expected

    def found_there(self, error: ConsoleError) -> str:
        return "there was no authenticator app" if isinstance(error, NothingThere) else ""

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return APP not in gateway.user_detail(self.person.username).mfa_settings

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status is UserStatus.UNCONFIRMED:
            return "They aren't confirmed yet, so they have set up none."
        return no_second_factor(user, pool)

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)
