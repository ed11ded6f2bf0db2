"""Who works at Brightwater, as the company's provider knows them, and which applications ask it.

Their ids are their addresses, so that the people whom the staff's pool has from there already are the
same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from demo.people import DOMAIN
from demo.pools import COMPANY_CLIENT, COMPANY_SECRET

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Colleague:
    """`alias` is the part of the address before the @; `about` says whom one meets."""

    alias: str
    given: str
    family: str
    about: str
    groups: tuple[str, ...] = ()
    suspended: bool = False

    @property
    def email(self) -> str:
        """The address, which is the id too."""
        return f"{self.alias}@{DOMAIN}"

    def claims(self, scope: str) -> dict[str, object]:
        """What the scopes let an application know."""
        asked = scope.split()
        told: dict[str, object] = {"sub": self.email}
        if "email" in asked:
            told |= {"email": self.email, "email_verified": True}
        if "profile" in asked:
            told |= {
                "name": f"{self.given} {self.family}",
                "given_name": self.given,
                "family_name": self.family,
                "preferred_username": self.alias,
            }
        if "groups" in asked:
            told["groups"] = list(self.groups)
        return told


COLLEAGUES = (
    Colleague("mira.petrova", "Mira", "Petrova", "Has signed in to applications before", ("staff",)),
    Colleague(
        "paul.weiss", "Paul", "Weiß", "Has signed in before; an auditor", ("staff", "console-auditors")
    ),
    Colleague("nadia.haddad", "Nadia", "Haddad", "Signs in for the first time", ("staff",)),
    Colleague(
        "ines.pena", "Inés", "Peña", "Her profile with a password is linked to this account", ("staff",)
    ),
    Colleague("sam.keller", "Sam", "Keller", "Works at the service desk", ("staff", "console-support")),
    Colleague("max.duarte", "Max", "Duarte", "Onboards people", ("staff", "console-managers")),
    Colleague("ann.whitfield", "Ann", "Whitfield", "Administers the user pools", ("staff", "console-admins")),
    Colleague("otto.brandt", "Otto", "Brandt", "Suspended: refused here", ("staff",), suspended=True),
)


@dataclass(frozen=True, slots=True)
class CompanyClient:
    """An application that may ask; it is called back on this machine, at paths that end like `ends`."""

    client_id: str
    secret: str
    name: str
    ends: tuple[str, ...]

    def may_lead_to(self, address: str, ends: Sequence[str] = ()) -> bool:
        """Whether people may be sent there: this machine, any port (RFC 8252, section 7.3)."""
        parts = urlsplit(address)
        on_machine = parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.fragment
        return on_machine and parts.path.endswith(tuple(ends or self.ends))


COGNITO = CompanyClient(COMPANY_CLIENT, COMPANY_SECRET, "Amazon Cognito", ("/oauth2/idpresponse",))
CONSOLE = CompanyClient(
    "brightwater-console",
    "company-secret-of-the-console",
    "Cognito Ops Console",
    ("/oauth2callback", "/callback"),
)
CLIENTS = {client.client_id: client for client in (COGNITO, CONSOLE)}
