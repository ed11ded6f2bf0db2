"""What the console itself stands on: its log, its key, its disk. What is wrong is noted, with since when.

look_after(store)              # key and disk, as the next start would find them
note_log(store, check)         # after the whole log was read
store.settings …               # troubles_of(store) reads what was noted, in any process
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.errors import KeyMissing, StoreError, WrongKey
from services.store.columns import utc_now
from services.store.database import sqlite_file
from services.store.engine import inspect_database
from services.store.log_chain import LogCheck
from services.store.store import Store
from services.store.vault import Vault, read_key_file
from services.words import counted

NOTED = "health.troubles"
"""Setting: what is wrong, by kind, with since when and a sentence."""
LITTLE_ROOM = 512 * 1024 * 1024
"""Free bytes on the database's disk below which it is told: snapshots and jobs come in megabytes."""

log = logging.getLogger(__name__)


class TroubleKind(StrEnum):
    """What can be wrong."""

    LOG = "log"
    KEY = "key"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong `since` then, in a sentence with what to do."""

    kind: TroubleKind
    since: datetime
    said: str


def troubles_of(store: Store) -> tuple[Trouble, ...]:
    """What is wrong now, as it was last noted."""
    noted: dict[str, Any] = store.settings.get(NOTED, {})
    known = [kind for kind in TroubleKind if kind in noted]
    return tuple(
        Trouble(kind, datetime.fromisoformat(noted[kind]["since"]), noted[kind]["said"]) for kind in known
    )


def note_log(store: Store, found: LogCheck) -> None:
    """Note whether the log was intact when all of it was read."""
    said = "" if found.intact else f"{counted(found.broken, 'place')} of the activity log isn't as written."
    _note(store, TroubleKind.LOG, said)


def look_after(store: Store) -> None:
    """Look at key and disk as the next start of the console would, and note what is wrong."""
    _note(store, TroubleKind.KEY, _key_trouble(store))
    _note(store, TroubleKind.DISK, _disk_trouble(store))


def _key_trouble(store: Store) -> str:
    """Whether the key file still opens this database; keys from elsewhere can't be looked at again."""
    path = store.keys.file
    if path is None:
        return ""
    try:
        inspect_database(store.address).prove(Vault(read_key_file(path)))
    except FileNotFoundError:
        return "The key file is gone: after its next stop the console can't be started. Put it back."
    except (KeyMissing, WrongKey):
        return "The key file no longer opens the database: the console could not be started again."
    except StoreError as error:
        # what is wrong with the database is told as that
        return str(error) if "key file" in error.message else ""
    return ""


def _disk_trouble(store: Store) -> str:
    path = sqlite_file(store.address)
    try:
        inspect_database(store.address)
        store.probe()
    except StoreError as error:
        log.error("The database is in trouble: %s", error.message)
        return str(error)
    if path is not None and shutil.disk_usage(path.parent).free < LITTLE_ROOM:
        return (
            f"Less than {LITTLE_ROOM // 1024**2} MB are free on the disk with the database: free some space."
        )
    return ""


def _note(store: Store, kind: TroubleKind, said: str) -> None:
    """Keep what is wrong, since it first was; nothing is written while nothing changes."""
    noted: dict[str, Any] = store.settings.get(NOTED, {})
    known = noted.get(kind)
    if not said and known is None:
        return
    if known is not None and known["said"] == said:
        return
    with store.together():
        noted = {name: value for name, value in store.settings.get(NOTED, {}).items() if name != kind}
        if said:
            log.error("Trouble with the %s: %s", kind, said)
            since = known["since"] if known is not None else utc_now().isoformat()
            noted[kind] = {"since": since, "said": said}
        store.settings.set(NOTED, noted)
