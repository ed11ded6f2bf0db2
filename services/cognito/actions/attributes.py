"""Actions that set and clear a person's attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.cognito.actions.base import (
    Change,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    WayBack,
)
from services.cognito.attributes import title_of
from services.cognito.models import PersonRef, User
from services.cognito.permit import Permit
from services.cognito.status import is_verified
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

VERIFIED: Mapping[str, str] = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""Attributes that can be verified, with the flag that says so."""


def mark_verified(user: User, attribute: str) -> UpdateAttributes:
    """The change that marks `email` or `phone_number` as verified."""
    return UpdateAttributes(user.ref, {VERIFIED[attribute]: "true"})


def _verify(user: User, attribute: str, title: str) -> str:
    """Why `attribute` can't be marked verified, or an empty string."""
    if not user.attributes.get(attribute):
        return f"They have no {title}."
    return f"Their {title} is verified already." if is_verified(user, attribute) else ""


@dataclass(frozen=True)
class AttributeChange(PersonChange):
    """A change to some of a person's attributes, which leaves the others as they are."""

    permission = Permission.USER_EDIT
    proves_identity = True

    @property
    def touched(self) -> Sequence[str]:
        """The attributes that it changes."""
        return ()

    @property
    def carries(self) -> frozenset[str]:
        # a new address is not verified
        return frozenset(VERIFIED[name] for name in self.touched if name in VERIFIED)

    def replaces(self, user: User) -> Facts:
        return {"attributes": {name: user.attributes.get(name) for name in self.touched}}

    def basis(self, user: User) -> Facts:
        return self.replaces(user)

    @property
    def object(self) -> str:
        return _titles(self.touched)

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        return _restored(user, before.get("attributes") or {}, after.get("attributes") or {}, held_back)


@dataclass(frozen=True)
class UpdateAttributes(AttributeChange):
    """AdminUpdateUserAttributes: set the attributes named, leave the others."""

    action = "update_attributes"
    operation = "AdminUpdateUserAttributes"
    phrase = "Changing the attributes of {Username}"
    logged, verb, past = "Changed attributes", "change", "changed"
    row_action, file_title = "update", "Change people already there only"
    row_synonyms = ("edit", "change", "modify")
    offers = (
        Offer("Edit", ":material/edit:"),
        Offer(
            "Mark e-mail verified",
            ":material/mark_email_read:",
            "Mark the e-mail address as verified",
            "Codes for a new password will be sent to this address. Do it only if you know that it is "
            "theirs.",
            "Mark as verified",
            "The e-mail address of {0} is verified.",
            name="verify_email",
            refuses=lambda user, _pool: _verify(user, "email", "e-mail address"),
            makes=lambda user: mark_verified(user, "email"),
        ),
        Offer(
            "Mark phone verified",
            ":material/mobile_friendly:",
            "Mark the phone number as verified",
            "Codes for a new password may be sent to this number. Do it only if you know that it is theirs.",
            "Mark as verified",
            "The phone number of {0} is verified.",
            name="verify_phone",
            refuses=lambda user, _pool: _verify(user, "phone_number", "phone number"),
            makes=lambda user: mark_verified(user, "phone_number"),
        ),
    )

    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # asdict can't copy a mapping proxy
        object.__setattr__(self, "attributes", dict(self.attributes))

    @property
    def touched(self) -> Sequence[str]:
        return tuple(self.attributes)

    @property
    def expected(self) -> Facts:
        return {"attributes": dict(self.attributes)}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.update_attributes(permit, self.person.username, self.attributes)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = self.find(gateway, certain=True).attributes
        waiting = self.waiting(gateway)
        differs = [name for name, value in self.attributes.items() if now.get(name) != value]
        if any(name not in waiting for name in differs):
            return False
        return None if differs else True

    def waiting(self, gateway: CognitoGateway) -> frozenset[str]:
        """Addresses that stay as they are until the user has entered the code that is sent to the new one.

        Nothing then tells whether the change was taken (AttributesRequireVerificationBeforeUpdate, API
        reference, UserAttributeUpdateSettingsType), and each try sends a code.
        """
        held = gateway.describe_pool().verified_before_update
        return frozenset(
            name
            for name in held & self.attributes.keys()
            if self.attributes.get(f"{name}_verified") != "true"
        )

    def sends_each_time(self, gateway: CognitoGateway) -> bool:
        return bool(self.waiting(gateway))

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person, after["attributes"]) if "attributes" in after else None

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        merged = {**user.attributes, **self._in_force(held_back)}
        kept = {name: value for name, value in merged.items() if value != ""}
        return replace(user, attributes=kept, changed=at)

    def _in_force(self, held_back: HeldBack) -> dict[str, str]:
        """Without the values that a pool keeps back until the user has verified them."""
        return {
            name: value
            for name, value in self.attributes.items()
            if name not in held_back or self.attributes.get(f"{name}_verified") == "true" or value == ""
        }


@dataclass(frozen=True)
class ClearAttributes(AttributeChange):
    """AdminDeleteUserAttributes: remove the attributes named."""

    action = "clear_attributes"
    operation = "AdminDeleteUserAttributes"
    phrase = "Clearing attributes of {Username}"
    logged, verb, past = "Cleared attributes", "clear", "cleared"
    row_action = "clear_attributes"
    row_synonyms = ("clear",)
    offers = (Offer("Clear attributes", ":material/backspace:"),)

    names: tuple[str, ...] = ()

    @property
    def touched(self) -> Sequence[str]:
        return self.names

    @property
    def expected(self) -> Facts:
        return {"attributes": dict.fromkeys(self.names)}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.clear_attributes(permit, self.person.username, self.names)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = self.find(gateway, certain=True).attributes
        return not any(now.get(name) for name in self.names)

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person, tuple(after["attributes"])) if "attributes" in after else None

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        kept = {name: value for name, value in user.attributes.items() if name not in self.names}
        return replace(user, attributes=kept, changed=at)


def _restored(
    user: User, before: Mapping[str, Any], after: Mapping[str, Any], held_back: HeldBack
) -> WayBack:
    """The old values of what still is as the change left it; what was changed since stays."""
    same, since, stays = {}, [], []
    for name, value in before.items():
        if name not in after:
            continue  # known for the sake of another value
        now = user.attributes.get(name)
        if (now or None) == (after.get(name) or None):
            same[name] = value
        elif (now or None) != (value or None):
            since.append(title_of(name))
        elif name in held_back and after.get(name):
            # the change only took a code on its way, and nothing calls that back
            stays.append(
                f"{user.label}: {title_of(name)} is still the old one; the code that was sent to the new one "
                "may yet bring it in."
            )
    if since:
        stays.append(f"{user.label}: {', '.join(since)} changed again since.")
    values = {name: value for name, value in same.items() if value}
    for name, flag in VERIFIED.items():
        # Cognito takes a new address for unverified: the old one was verified, and is again
        if name in values and before.get(flag) == "true":
            values[flag] = "true"
            same.setdefault(flag, "true")
    empty = tuple(name for name, value in same.items() if not value)
    changes: list[AttributeChange] = []
    if values:
        changes.append(UpdateAttributes(user.ref, values))
    if empty:
        changes.append(ClearAttributes(user.ref, empty))
    back = tuple((change, change.replaces(user), change.expected) for change in changes)
    basis = {name: value for _, was, _ in back for name, value in was["attributes"].items()}
    return WayBack(back, tuple(stays), {"attributes": basis} if basis else {})


def _titles(names: Sequence[str]) -> str:
    return " and ".join(title_of(name).lower() for name in names[:3]) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
