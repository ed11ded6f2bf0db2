"""Actions that link a profile with an account at another provider, and take the link away."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from services.cognito.actions.base import (
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
from services.cognito.identities import (
    MOST_LINKED,
    SUBJECT,
    LinkedIdentity,
    identities_in,
    written_identities,
)
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.offered import Offered
from services.cognito.permit import Permit
from services.cognito.written import invisible
from services.errors import (
    InvalidRequest,
    InvalidValue,
    ProviderNotFound,
    UserNotFound,
)
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

_COLUMNS = (
    RowColumn(
        "identity_provider",
        "identity provider",
        "The provider's name in this pool, for link and unlink.",
        synonyms=("idp", "provider name"),
    ),
    RowColumn(
        "provider_user_id",
        "ID at the provider",
        "By which the provider knows the person (its “sub” or NameID), for link and unlink.",
        synonyms=("id at the provider", "provider id", "nameid", "provider sub"),
    ),
)


@dataclass(frozen=True)
class IdentityChange(PersonChange):
    """A change of the link between a profile and one account at a provider; `links` says which way.

    `user_id` is by what the provider knows the person: its `sub`, a SAML NameID, a Google number.
    """

    permission = Permission.USER_LINK
    proves_identity = True
    row_columns = _COLUMNS
    links: ClassVar[bool]

    provider: str = ""
    user_id: str = ""

    def entered(self, values: Mapping[str, str]) -> Self:
        return replace(
            self,
            provider=values.get("identity_provider", "").strip(),
            user_id=values.get("provider_user_id", "").strip(),
        )

    @property
    def identity(self) -> LinkedIdentity:
        """The account that it is about."""
        return LinkedIdentity(self.provider, self.user_id)

    def lacks(self, user: User) -> list[tuple[str, str, str]]:
        given = (("identity_provider", self.provider), ("provider_user_id", self.user_id))
        empty = [(column, "The cell is empty.", "Fill it in.") for column, value in given if not value]
        return empty or [("provider_user_id", text, "Correct the row.") for text in self.problems(user)]

    def problems(self, user: User) -> list[str]:
        """What of the person as read speaks against it, in sentences."""
        return []

    def replaces(self, user: User) -> Facts:
        return {"identity": self.identity.username, "identities": _listed(user)}

    def basis(self, user: User) -> Facts:
        own = self.identity.username
        return {"identities": {own: own in _listed(user)}}

    @property
    def expected(self) -> Facts:
        return {"identity": self.identity.username, "linked": self.links}

    def already(self, before: Facts) -> bool:
        return (self.identity.username in before.get("identities", ())) is self.links

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return (self.identity.username in _listed(self.find(gateway, certain=True))) is self.links

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        if (self.identity.username in _listed(user)) is not self.links:
            return WayBack()  # it is as it was before
        other = UnlinkIdentity if self.links else LinkIdentity
        back = other(user.ref, self.provider, self.user_id)
        return WayBack(((back, back.replaces(user), back.expected),), basis=back.basis(user))

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        there = identities_in(user.attributes.get("identities", ""))
        own = self.identity.username
        if (own in [identity.username for identity in there]) is self.links:
            return replace(user, changed=at)
        left = tuple(identity for identity in there if identity.username != own)
        if self.links:
            left = (*there, replace(self.identity, linked_at=at))
        attributes = {name: value for name, value in user.attributes.items() if name != "identities"}
        if left:
            attributes["identities"] = written_identities(left)
        return replace(user, attributes=attributes, changed=at)

    @property
    def object(self) -> str:
        return self.provider

    def difference(self, before: Facts, after: Facts) -> list[tuple[str, str, str]]:
        words = ("not linked", "linked")
        return [(self.identity.username, words[not self.links], words[self.links])]

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        provider, _, user_id = str(after.get("identity", "")).partition("_")
        return cls(person, provider, user_id) if user_id else None


@dataclass(frozen=True)
class LinkIdentity(IdentityChange):
    """AdminLinkProviderForUser: whoever signs in with that account becomes this person.

    Its rules (API reference; developer guide, "Linking federated users to an existing user profile"):
    at most five, and only before the account's first sign-in here, which makes a profile of its own.
    """

    action = "link_identity"
    dangerous = True
    operation = "AdminLinkProviderForUser"
    phrase = "Linking a profile with an account at another provider"
    logged, verb, past = "Linked a sign-in at a provider", "link with", "linked with"
    row_action, file_title = "link", "Link the people with their accounts at a provider"
    row_synonyms = ("link_provider", "link_identity")
    links = True
    offers = (
        Offer(
            "Link a sign-in",
            ":material/add_link:",
            "Link with an account at a provider",
            "Whoever signs in with that account at the provider gets in as this person, with their groups. "
            "Be sure that it is theirs.",
            "Link",
            "{0} can sign in through that provider.",
            Confirm.OWN,
        ),
    )

    def problems(self, user: User) -> list[str]:
        there = _listed(user)
        if any(invisible(sign) or not sign.isprintable() for sign in self.user_id):
            return ["The ID of the account has an invisible character in it; type it anew."]
        if self.user_id.startswith(f"{self.provider}_"):
            return [
                f"“{self.user_id}” is what the profile of such an account is called here; its ID at the "
                f"provider is what follows “{self.provider}_”."
            ]
        if self.identity.username in there:
            return [f"{user.label} is linked with that account already."]
        if len(there) >= MOST_LINKED:
            return [f"{user.label} is linked with {len(there)} accounts; Cognito allows {MOST_LINKED}."]
        return []

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        self._check(gateway)
        gateway.link_identity(permit, self.person.username, self.provider, SUBJECT, self.user_id)
        return self.expected

    def _check(self, gateway: CognitoGateway) -> None:
        """What AWS would refuse, or do without a word. Raises `InvalidValue`; bills nobody."""
        problems = self.problems(self.find(gateway))
        if problems:
            raise InvalidValue(f"{problems[0]} Nothing was changed.", "Look at their linked sign-ins.")
        if unfit := self.unfit(Offered(gateway)):
            raise InvalidValue(f"{unfit[0][1]} Nothing was changed.", unfit[0][2])
        own = gateway.find_user(username=self.identity.username)
        if own is not None:
            raise InvalidValue(
                f"Somebody has signed in with that account already and has a profile of their own "
                f"({own.label}, {own.username}). Linking would not bring the two together; nothing was "
                "changed.",
                "If that profile isn't needed, disable and delete it, then link before the next sign-in.",
            )

    def unfit(self, offered: Offered) -> list[tuple[str, str, str]]:
        known = offered.providers
        if known is None or self.provider in known:
            return []
        what = f"The pool has no identity provider “{self.provider}”."
        fix = f"Choose one of: {', '.join(known)}." if known else "An administrator sets one up."
        return [("identity_provider", what, fix)]

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status is UserStatus.EXTERNAL_PROVIDER:
            return "They sign in elsewhere already; a profile with a password here is what is linked to."
        return ""


@dataclass(frozen=True)
class UnlinkIdentity(IdentityChange):
    """AdminDisableProviderForUser: the account no longer leads to this profile.

    Whoever signs in with it afterwards gets a new profile of their own. AWS wants the attribute by which it
    was linked: the provider's subject, or another one as long as the account wasn't used; and a provider that
    the pool has (service model). It names no profile, so whose the account is, is looked up before.
    """

    action = "unlink_identity"
    dangerous = True
    operation = "AdminDisableProviderForUser"
    phrase = "Taking a link with an account at another provider away"
    logged, verb, past = "Unlinked a sign-in at a provider", "unlink from", "unlinked from"
    row_action, file_title = "unlink", "Unlink the people from their accounts at a provider"
    row_synonyms = ("unlink_provider", "unlink_identity")
    links = False
    offers = (
        Offer(
            "Unlink",
            ":material/link_off:",
            "Unlink from the provider",
            "That account no longer leads to this person. Whoever signs in with it again gets a new, empty "
            "profile, and can then no longer be linked without deleting that.",
            "Unlink",
            "{0} can no longer sign in through that provider.",
            Confirm.OWN,
        ),
    )

    def problems(self, user: User) -> list[str]:
        if self.identity.username not in _listed(user):
            return [f"{user.label} isn't linked with that account (any more)."]
        return []

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        user = self.find(gateway, certain=True)  # in a list it may still be theirs
        if problems := self.problems(user):
            raise InvalidValue(
                f"{problems[0]} Somebody else may be by now; nothing was changed.",
                "Look at their linked sign-ins again.",
            )
        try:
            by = self._unlink(gateway, permit, user)
        except ProviderNotFound:
            raise InvalidValue(
                f"The pool has no identity provider {self.provider} any more, and AWS takes links away only "
                "while the provider is there. Nothing was changed.",
                "Where the link has to go, an administrator adds it again under the same name; unlink them "
                "then, and delete it.",
            ) from None
        return self.expected if by == SUBJECT else {**self.expected, "was_linked_by": by}

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        if by := after.get("was_linked_by"):
            return WayBack(stays=(f"The account was linked by {by}, and isn't linked that way from here.",))
        return super().way_back(user, there, before, after, held_back)

    def _unlink(self, gateway: CognitoGateway, permit: Permit, user: User) -> str:
        """By the subject, else by an attribute of `user`'s that has the same value; by what it was."""
        with suppress(UserNotFound):
            gateway.unlink_identity(permit, self.provider, SUBJECT, self.user_id)
            return SUBJECT
        mine = user.attributes.items()
        for attribute in (name for name, value in mine if value == self.user_id and name != "sub"):
            with suppress(UserNotFound, InvalidRequest):
                gateway.unlink_identity(permit, self.provider, attribute, self.user_id)
                return attribute
        raise InvalidValue(
            f"AWS knows no link with {self.provider} by the subject {self.user_id}; it was made by another "
            "attribute than its subject, then, and isn't used yet. Nothing was changed.",
            "Let them sign in through it once and unlink them then, or ask whoever linked them for the "
            "attribute (aws cognito-idp admin-disable-provider-for-user).",
        )

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status is UserStatus.EXTERNAL_PROVIDER:
            return "It is the only way in that they have; disable them instead."
        return "" if user.attributes.get("identities") else "They are linked with no account elsewhere."


def _listed(user: User) -> list[str]:
    return [identity.username for identity in identities_in(user.attributes.get("identities", ""))]
