"""Applications: what users sign in to, which groups may, and as which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, ForeignKey, UniqueConstraint

from services.store import checks
from services.store.columns import ID, NAME, Sealed
from services.store.records import ELSEWHERE, Record, SecretRecords, by_name, setting, table_of

CALLBACK_PATH = "/oauth/v2/callback"


@dataclass(frozen=True, slots=True)
class Application(Record):
    """An application of one pool, as it is stored, typed and written to files.

    `secret` is the app client's, given only where it is to be stored: "" forgets the stored one,
    None leaves it as it is. It is never read back here; `has_secret` says whether one is stored.
    """

    pool_record_id: str
    name: str = field(metadata=setting("Name", checks.name, log="name", placeholder="Billing"))
    client_id: str = field(
        metadata=setting(
            "App client", checks.client_id, log="app client", placeholder="Choose it, or type a client ID"
        )
    )
    application_url: str = field(
        default="",
        metadata=setting(
            "Application URL",
            checks.application_url,
            log="application URL",
            placeholder="https://billing.example.com",
        ),
    )
    discovery_url: str = field(
        default="",
        metadata=setting(
            "Discovery URL",
            checks.discovery_url,
            log="discovery URL",
            help="Filled in from region and pool. Blank takes that one again.",
        ),
    )
    allowed_groups: tuple[str, ...] = field(
        default=(),
        metadata=setting(
            "Allowed groups",
            checks.groups,
            log="allowed groups",
            help="Members of any of these groups may use the application.",
            placeholder="Choose the groups whose members may use it",
        ),
    )
    group_roles: Mapping[str, str] = field(
        default_factory=dict,
        metadata=setting("Role in the application, by group", log="group roles", placeholder="no role"),
    )
    secret: str | None = field(
        default=None,
        repr=False,
        metadata=setting(
            "Client secret",
            checks.client_secret,
            log="client secret",
            help="It is stored encrypted and never shown again.",
            secret=True,
        ),
    )
    has_secret: bool = field(default=False, metadata=ELSEWHERE)

    @property
    def callback_url(self) -> str:
        """Where the application takes the answer of a sign-in; empty without an application URL."""
        return self.application_url.rstrip("/") + CALLBACK_PATH if self.application_url else ""


applications = table_of(
    Application,
    "applications",
    Column("pool_record_id", ID, ForeignKey("pools.id"), nullable=False),
    Column("name_key", NAME, nullable=False),
    Column("secret", Sealed),
    UniqueConstraint("pool_record_id", "name_key"),
)


class Applications(SecretRecords[Application]):
    """Owner of the table `applications`."""

    kind = Application
    table = applications
    taken = "Another application of this pool is called “{name}”. Nothing was changed."
    gone = ("This application is not there any more.", "Refresh the page and choose another.")

    def list(self, pool_record_id: str | None = None) -> tuple[Application, ...]:
        """All applications by name, or those of one pool."""
        query = by_name(applications)
        if pool_record_id is not None:
            query = query.where(applications.c.pool_record_id == pool_record_id)
        return self._listed(query)
