"""The account's real quotas are asked for once, and their absence harms nothing."""

from __future__ import annotations

import pytest

from services.bulk import runner
from services.bulk.runner import learn_quotas_soon
from services.cognito.gateway import CognitoGateway
from services.errors import NotAvailable
from tests.services.bulk.conftest import Bulk


def test_a_backend_without_quotas_is_asked_once_and_keeps_the_defaults(staff: Bulk) -> None:
    before = staff.gateway.client.pacer.paces()
    thread = learn_quotas_soon(staff.gateway)
    assert thread is not None
    thread.join(30)
    assert learn_quotas_soon(staff.gateway) is None
    with pytest.raises(NotAvailable):
        staff.gateway.learn_quotas()
    quotas = {pace.category: pace.quota for pace in staff.gateway.client.pacer.paces()}
    assert all(quotas[pace.category] == pace.quota for pace in before)


def test_what_the_account_has_is_kept_to(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_asked", {})
    asked = []
    monkeypatch.setattr(CognitoGateway, "learn_quotas", lambda self: asked.append(self) or {})
    thread = learn_quotas_soon(staff.gateway)
    assert thread is not None
    thread.join(30)
    assert asked == [staff.gateway]
