"""The store: everything the console remembers, one owner per table."""

from __future__ import annotations

import contextlib
import shutil
import time

from sqlalchemy import URL

from services.errors import StoreUnavailable
from services.store.activity import ActivityLog
from services.store.applications import Applications
from services.store.audit_days import AuditDays
from services.store.campaigns import Campaigns
from services.store.column_choices import ColumnChoices
from services.store.connections import Connections
from services.store.database import Database, patient, sqlite_file
from services.store.drafts import Drafts
from services.store.factors import Factors
from services.store.finding_notes import FindingNotes
from services.store.jobs import Jobs
from services.store.login_tests import LoginTests
from services.store.notices import Channels, Notices
from services.store.operators import Operators
from services.store.paces import Paces
from services.store.pools import Pools
from services.store.saved import SavedQuestions, SavedSearches
from services.store.schedules import ScheduleRuns, Schedules
from services.store.sessions import Sessions
from services.store.settings import Settings
from services.store.sign_in_providers import SignInProviders
from services.store.sign_in_tries import SignInTries
from services.store.snapshots import SnapshotRecords
from services.store.tickets import Tickets
from services.store.vault import KeyRing, Vault

PROBED = "store.probed"
"""Setting: when `Store.probe` last wrote, in seconds since 1970."""
PROBE_SECONDS = 10.0
ROOM_NEEDED = 16 * 1024 * 1024
"""Bytes that must be free on the database's disk: a snapshot or a job's rows come in megabytes."""


class Store:
    """Made by `open_store`; may be used from many threads. Every call is one short transaction.

    Calls inside `with store.together():` share one: an error in any of them undoes them all.
    """

    def __init__(self, database: Database, vault: Vault, keys: KeyRing, address: URL) -> None:
        self.database = database
        self.vault = vault
        self.keys = keys
        self.address = address
        self.connections = Connections(database, vault)
        self.pools = Pools(database, vault)
        self.applications = Applications(database, vault)
        self.operators = Operators(database, vault)
        self.sign_in_providers = SignInProviders(database, vault)
        self.sign_in_tries = SignInTries(database, vault)
        self.factors = Factors(database, vault)
        self.sessions = Sessions(database, vault)
        self.tickets = Tickets(database, vault)
        self.activity = ActivityLog(database, vault)
        self.jobs = Jobs(database, vault)
        self.settings = Settings(database, vault)
        self.login_tests = LoginTests(database, vault)
        self.campaigns = Campaigns(database, vault)
        self.snapshots = SnapshotRecords(database, vault)
        self.saved_searches = SavedSearches(database, vault)
        self.saved_questions = SavedQuestions(database, vault)
        self.finding_notes = FindingNotes(database, vault)
        self.audit_days = AuditDays(database, vault)
        self.drafts = Drafts(database, vault)
        self.channels = Channels(database, vault)
        self.notices = Notices(database, vault)
        self.schedules = Schedules(database, vault)
        self.schedule_runs = ScheduleRuns(database, vault)
        self.paces = Paces(database)
        self.column_choices = ColumnChoices(database, vault)

    def probe(self) -> None:
        """Read, and every ten seconds write a little. Raises `StoreError`s, also for a disk nearly full."""
        path = sqlite_file(self.address)
        if path is not None and shutil.disk_usage(path.parent).free < ROOM_NEEDED:
            raise StoreUnavailable(
                "The disk with the console's database is nearly full: nothing more may be saved soon.",
                "Free some space.",
            )
        last, now = self.settings.get(PROBED, 0.0), time.time()
        if not 0 <= now - last < PROBE_SECONDS:
            self.settings.set(PROBED, now)

    @property
    def server(self) -> str:
        """How other programs of this process reach a PostgreSQL database (a URI, with its password); "" for
        a SQLite file."""
        if sqlite_file(self.address) is not None:
            return ""
        whole = patient(self.address).set(drivername="postgresql").render_as_string(hide_password=False)
        named, _, query = whole.partition("?")
        # PostgreSQL's own library doesn't read a plus as a blank
        return f"{named}?{query.replace('+', '%20')}"

    def together(self, turn: str = "") -> contextlib.AbstractContextManager[None]:
        """One transaction for all that this thread does with the store inside. Keep it short.

        Of those that name the same `turn` one goes on at a time, in whichever process.
        """
        return self.database.together(turn)

    def close(self) -> None:
        """Give up every idle connection to the database."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
