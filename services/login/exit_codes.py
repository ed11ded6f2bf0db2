"""What `explain` ends with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTHING_BLOCKS, NOT_ALL_CHECKED, LOOK = 0, 3, 2

EXIT_CODES: Mapping[str, int] = MappingProxyType(
    {
        "name": 10,
        "duplicates": 11,
        "enabled": 12,
        "temporary-password": 13,
        "status": 14,
        "verified": 15,
        "provider": 16,
        "allowed-group": 17,
        "role": 18,
        "first-factor": 19,
        "second-factor": 20,
        "recovery": 21,
        "client": 22,
        "flow": 23,
        "callback": 24,
        "scopes": 25,
        "client-providers": 26,
        "lifetimes": 27,
        "domain": 28,
        "branding": 29,
        "pool": 30,
        "triggers": 31,
        "events": 32,
    }
)
"""For the check that stands in the way, by its key; in the order of `services.login.explain.CHECKS`.

Scripts ask for these numbers: they stay when checks come and go."""
