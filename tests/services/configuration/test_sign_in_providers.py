"""The providers of company sign-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.access.sessions import browser_actor, terminal_actor
from services.configuration.sign_in_providers import SignInProviderService
from services.errors import InvalidValue, NameTaken, NotPermitted, RecordNotFound
from services.roles import Role
from services.store.operators import Operator
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

GOOD: dict[str, Any] = {
    "name": "Contoso",
    "discovery_url": "https://login.contoso.example/tenant/v2.0/",
    "client_id": "console",
    "role_rules": (("admins", "admin"), ("", ""), ("staff", "support")),
    "secret": "a-client-secret",
}


@pytest.fixture
def service(store: Store) -> SignInProviderService:
    return SignInProviderService(store, terminal_actor())


def test_it_is_kept_with_the_address_of_its_description_and_without_blank_rules(
    service: SignInProviderService,
) -> None:
    made = service.add(SignInProvider(**GOOD)).record
    assert made.discovery_url == "https://login.contoso.example/tenant/v2.0/.well-known/openid-configuration"
    assert made.role_rules == (("admins", "admin"), ("staff", "support"))
    assert service.get(made.id) == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("discovery_url", ""),
        ("discovery_url", "login.contoso.example"),
        ("discovery_url", "http://login.contoso.example"),
        ("discovery_url", "https://user:pass@login.contoso.example"),
        ("discovery_url", "https://login.contoso.example/?x=1"),
        ("discovery_url", "ftp://login.contoso.example"),
        ("client_id", " "),
        ("client_id", "a\nb"),
        ("claim", ""),
        ("scopes", ""),
        ("role_rules", ()),
        ("role_rules", (("staff", "emperor"),)),
        ("role_rules", (("", "admin"),)),
        ("role_rules", (("staff", ""),)),
        ("role_rules", tuple((f"g{number}", "admin") for number in range(51))),
    ],
)
def test_what_can_not_be_used_is_refused_at_its_field(
    service: SignInProviderService, store: Store, field: str, value: object
) -> None:
    with pytest.raises(InvalidValue) as refused:
        service.add(SignInProvider(**{**GOOD, field: value}))
    assert refused.value.field == field
    assert store.sign_in_providers.list() == ()


def test_no_name_twice(service: SignInProviderService) -> None:
    service.add(SignInProvider(**GOOD))
    with pytest.raises((InvalidValue, NameTaken)):
        service.add(SignInProvider(**{**GOOD, "name": "CONTOSO"}))


def test_the_secret_stays_unless_another_is_typed_and_stands_in_no_log(
    service: SignInProviderService, store: Store
) -> None:
    made = service.add(SignInProvider(**GOOD)).record
    service.change(made.id, replace(made, scopes="openid groups", secret=None))
    assert store.sign_in_providers.secret(made.id) == "a-client-secret"
    service.change(made.id, replace(made, secret="another-secret"))
    assert store.sign_in_providers.secret(made.id) == "another-secret"
    told = repr(store.activity.search())
    assert "secret changed" in told
    assert "a-client-secret" not in told
    assert "another-secret" not in told


def test_whoever_came_by_a_provider_that_goes_is_signed_out(
    service: SignInProviderService, store: Store, cast: dict[str, Operator]
) -> None:
    made = service.add(SignInProvider(**GOOD)).record
    kim = store.operators.add(
        username="kim@example.com", name="", role=Role.SUPPORT, provider_id=made.id, subject="7"
    )
    hour = timedelta(hours=1)
    theirs, _ = store.sessions.create(kim.id, "192.0.2.1", "", hour, hour)
    others, _ = store.sessions.create(cast["sam"].id, "192.0.2.1", "", hour, hour)
    service.remove(made.id, "we moved")
    assert store.sessions.get(theirs.id) is None
    assert store.sessions.get(others.id) is not None
    with pytest.raises(RecordNotFound):
        service.get(made.id)


def test_only_administrators_do_any_of_it(store: Store, cast: dict[str, Operator]) -> None:
    hour = timedelta(hours=1)
    session, _ = store.sessions.create(cast["max"].id, "192.0.2.1", "", hour, hour)
    service = SignInProviderService(store, browser_actor(store, session.id))
    for act in (service.list, lambda: service.add(SignInProvider(**GOOD)), lambda: service.remove("x")):
        with pytest.raises(NotPermitted):
            act()
