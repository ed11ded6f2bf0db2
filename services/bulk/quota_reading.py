"""Learns an account's real quotas once in a while, without holding up a job.

AWS allows one such question a second, and not every backend knows it; until the answers are there
(or when there are none) AWS's defaults hold.
"""

from __future__ import annotations

import logging
import threading
from time import monotonic

from services.cognito.gateway import CognitoGateway
from services.errors import CognitoError

FRESH = 3600.0
"""Seconds for which an account isn't asked again."""

_log = logging.getLogger(__name__)
_asked: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def learn_quotas_soon(gateway: CognitoGateway) -> threading.Thread | None:
    """Ask for the quotas of the gateway's account behind the scenes; None when that was done lately."""
    key = (gateway.settings.quota_owner, gateway.settings.region)
    with _lock:
        if monotonic() - _asked.get(key, float("-inf")) < FRESH:
            return None
        _asked[key] = monotonic()
    thread = threading.Thread(target=_learn, args=(gateway,), name="quotas", daemon=True)
    thread.start()
    return thread


def _learn(gateway: CognitoGateway) -> None:
    try:
        gateway.learn_quotas()
    except CognitoError as error:
        _log.info("Quotas stay at AWS's defaults: %s", error.message)
