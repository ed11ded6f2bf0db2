"""The store: everything the console remembers, one owner per table."""

from __future__ import annotations

import contextlib

from sqlalchemy import URL

from services.store.activity import ActivityLog
from services.store.applications import Applications
from services.store.campaigns import Campaigns
from services.store.connections import Connections
from services.store.database import Database
from services.store.jobs import Jobs
from services.store.login_tests import LoginTests
from services.store.operators import Operators
from services.store.pools import Pools
from services.store.saved_searches import SavedSearches
from services.store.sessions import Sessions, Tickets
from services.store.settings import Settings
from services.store.snapshots import SnapshotRecords
from services.store.vault import KeyRing, Vault


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
        self.sessions = Sessions(database, vault)
        self.tickets = Tickets(database, vault)
        self.activity = ActivityLog(database, vault)
        self.jobs = Jobs(database, vault)
        self.settings = Settings(database, vault)
        self.login_tests = LoginTests(database, vault)
        self.campaigns = Campaigns(database, vault)
        self.snapshots = SnapshotRecords(database, vault)
        self.saved_searches = SavedSearches(database, vault)

    def together(self) -> contextlib.AbstractContextManager[None]:
        """One transaction for all that this thread does with the store inside. Keep it short."""
        return self.database.together()

    def close(self) -> None:
        """Give up every idle connection to the database."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
