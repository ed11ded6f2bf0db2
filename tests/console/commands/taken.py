"""Which files about people were taken out of the console."""

from __future__ import annotations

from services.store.engine import open_store


def taken() -> list[tuple[str, str]]:
    """Each file's name and pool, as the activity log says, the oldest first."""
    with open_store() as store:
        lines = store.activity.search(action="download_file")
    return [(line.target_name, line.pool) for line in reversed(lines)]
