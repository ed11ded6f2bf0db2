"""Company sign-in: the OpenID providers by which operators sign in to this console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import JSON, Column, Row

from services.errors import InvalidValue
from services.roles import Role
from services.store import checks
from services.store.columns import NAME, Sealed
from services.store.records import ELSEWHERE, Record, SecretRecords, setting, table_of

EVERYBODY = "*"
"""The value of a rule that fits whoever the provider lets in."""

_MOST_RULES = 50
_LONGEST = 200


def role_rules(rules: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    """Rules as they are kept: value of the claim and role, in order, blank lines left out.

    Raises `InvalidValue` when there is none, a value is too long or a role isn't one.
    """
    kept = []
    for value, role in ((str(value or "").strip(), str(role or "").strip()) for value, role in rules):
        if not value and not role:
            continue
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise InvalidValue(
                f"The rule for the role “{role}” has no usable value.",
                f"Give the group's name or id as the provider writes it, or {EVERYBODY} for everybody.",
                field="role_rules",
            )
        if role not in list(Role):
            raise InvalidValue(
                f"The rule for “{value}” names no role of this console.",
                f"Choose one of {', '.join(Role)}.",
                field="role_rules",
            )
        kept.append((value, role))
    if not kept:
        raise InvalidValue(
            "No rule: nobody could sign in.", "Add at least one: a group and its role.", field="role_rules"
        )
    if len(kept) > _MOST_RULES:
        raise InvalidValue(f"There are more than {_MOST_RULES} rules.", "Leave some out.", field="role_rules")
    return tuple(kept)


def _short(label: str) -> Any:
    def check(value: str) -> str:
        text = value.strip()
        if not text or len(text) > _LONGEST or not text.isprintable():
            raise InvalidValue(f"{label} can't be used.", f"Give 1 to {_LONGEST} ordinary characters.")
        return text

    return check


@dataclass(frozen=True, slots=True)
class SignInProvider(Record):
    """One provider, as it is stored and typed.

    `role_rules` are tried in order: the first whose value stands in the claim gives the role, none
    means refused. `secret` as in an application: None leaves the stored one as it is.
    """

    name: str = field(
        metadata=setting(
            "Name",
            checks.name,
            log="name",
            help="Stands on the sign-in page: “Sign in with …”.",
            placeholder="Contoso",
        )
    )
    discovery_url: str = field(
        metadata=setting(
            "Issuer or discovery URL",
            checks.issuer,
            log="discovery URL",
            help="Where the provider describes itself, with or without /.well-known/openid-configuration.",
            placeholder="https://login.microsoftonline.com/TENANT/v2.0",
        )
    )
    client_id: str = field(
        metadata=setting("Client ID", _short("The client ID"), log="client ID", placeholder="of this console")
    )
    scopes: str = field(
        default="openid email profile",
        metadata=setting("Scopes", _short("The scopes"), log="scopes", help="By blanks; openid is needed."),
    )
    claim: str = field(
        default="groups",
        metadata=setting(
            "Claim with the groups",
            _short("The claim"),
            log="claim",
            help="“groups” at Entra and Okta, “cognito:groups” at a Cognito pool, “realm_access.roles” at "
            "Keycloak.",
        ),
    )
    role_rules: tuple[tuple[str, str], ...] = field(
        default=(), metadata=setting("Role by group", role_rules, log="role rules")
    )
    asks_second_factor: bool = field(
        default=True,
        metadata=setting(
            "The provider asks for a second factor",
            log="asks for a second factor",
            help="Off: operators whose role needs one set it up here, too.",
        ),
    )
    asks_again: bool = field(
        default=True,
        metadata=setting(
            "Sign in there again before something dangerous",
            log="signs in again",
            help="Where it is long ago. The provider has to say when somebody signed in (claim auth_time; at "
            "Entra an optional claim of the app registration).",
        ),
    )
    signs_out_there: bool = field(
        default=False,
        metadata=setting(
            "Signing out here signs out at the provider",
            log="signs out there",
            help="At its end-session address; other applications may be signed out, too.",
        ),
    )
    secret: str | None = field(
        default=None,
        repr=False,
        metadata=setting(
            "Client secret",
            checks.client_secret,
            log="client secret",
            help="It is stored encrypted and never shown again. Blank for a public client.",
            secret=True,
        ),
    )
    has_secret: bool = field(default=False, metadata=ELSEWHERE)


sign_in_providers = table_of(
    SignInProvider,
    "sign_in_providers",
    Column("name_key", NAME, nullable=False, unique=True),
    Column("secret", Sealed),
    Column("asks_again", JSON, nullable=False, server_default="true"),
)


class SignInProviders(SecretRecords[SignInProvider]):
    """Owner of the table `sign_in_providers`."""

    kind = SignInProvider
    table = sign_in_providers
    taken = "Another provider is called “{name}”. Nothing was changed."
    gone = ("This provider is not there any more.", "Refresh the page and choose another.")

    def _record(self, row: Row[Any]) -> SignInProvider:
        rules = tuple((value, role) for value, role in row.role_rules)
        return replace(super()._record(row), role_rules=rules)
