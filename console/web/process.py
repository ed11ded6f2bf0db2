"""What the whole process shares: the store and the settings. Made when first asked for.

`serve` and the demo fill it in before the first request, tests before the first run; a page that
runs without either opens the store that the environment names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock

from console.web.settings import ConsoleSettings, read_settings
from services.store.engine import open_store
from services.store.store import Store


@dataclass
class Process:
    """What the web application keeps for as long as its process lives (see `PROCESS`)."""

    _store: Store | None = None
    _settings: ConsoleSettings | None = None
    _lock: RLock = field(default_factory=RLock)

    @property
    def store(self) -> Store:
        """The store; raises `StoreError`s when it can't be opened."""
        with self._lock:
            if self._store is None:
                self._store = open_store()
            return self._store

    @property
    def settings(self) -> ConsoleSettings:
        """The settings; raises `InvalidValue` when the environment holds an unusable one."""
        with self._lock:
            if self._settings is None:
                self._settings = read_settings()
            return self._settings

    def use(self, store: Store | None = None, settings: ConsoleSettings | None = None) -> None:
        """Set the store, the settings, or both."""
        with self._lock:
            if store is not None:
                self._store = store
            if settings is not None:
                self._settings = settings

    def close(self) -> None:
        """Close the store and forget it and the settings; the next use reads both afresh."""
        with self._lock:
            store, self._store, self._settings = self._store, None, None
        if store is not None:
            store.close()


PROCESS = Process()
