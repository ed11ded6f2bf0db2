"""Identity providers of a pool on the embedded Cognito: listed, tried out, added, changed, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.server import CognitoThread
from services.cognito.models import SchemaAttribute, UserPool
from services.errors import ChangedMeanwhile, InvalidValue, NotPermitted, ProviderNotFound
from services.federation.draft import ProviderDraft, ProviderKind
from services.federation.providers import ProviderService, only_way_in
from services.federation.trial import try_out
from services.login.chain import Link, LinkState
from services.pool_session import PoolSession, open_pool_session
from services.roles import Actor, Origin, Role
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.federation.test_draft import GOOGLE, OIDC, SAML
from tests.services.login.test_provider_metadata import certificate, metadata

POOL = UserPool(
    "eu-west-1_p", "Staff", schema=(SchemaAttribute("email"), SchemaAttribute("name")), domain="acme"
)


def _company(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """A company's provider, which has lost its user info."""
    home = f"http://{environ['HTTP_HOST']}"
    path = environ["PATH_INFO"]
    if path.endswith("openid-configuration"):
        start("200 OK", [("content-type", "application/json")])
        named = {"authorization_endpoint": "in", "token_endpoint": "token"}
        named |= {"userinfo_endpoint": "gone", "jwks_uri": "keys"}
        places = {name: f"{home}/{place}" for name, place in named.items()}
        return [json.dumps({"issuer": home, **places}).encode()]
    start("404 Not Found" if path == "/gone" else "400 Bad Request", [])
    return [b""]


@pytest.fixture(scope="module")
def company() -> Iterator[str]:
    with CognitoThread(application=_company) as server:
        yield server.url


@pytest.fixture
def session(store: Store, cognito: Cognito, empty_pool: Callable[..., str]) -> PoolSession:
    connection = store.connections.add(
        Connection(
            "Embedded",
            cognito.region,
            CredentialKind.STATIC,
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    record = store.pools.add(PoolRecord(connection.id, empty_pool(), "staff"))
    return open_pool_session(store, record, lambda: Actor("op-1", "Ada", Role.ADMIN, Origin.BROWSER))


@pytest.fixture
def service(session: PoolSession) -> ProviderService:
    return ProviderService(session)


def by_key(links: Iterable[Link]) -> dict[str, Link]:
    return {link.key: link for link in links}


def test_a_provider_is_added_changed_and_deleted(service: ProviderService, store: Store) -> None:
    service.add(OIDC, reason="the company signs in with its own accounts")
    (listed,) = service.pool_providers().providers
    assert listed.name == "Company"
    assert [advice.key for advice in listed.advice] == ["provider-offered", "provider-overwrites"]
    seen = service.read("Company")
    service.change(
        seen, replace(OIDC, secret="", mapping={"email": "email", "email_verified": "email_verified"})
    )
    assert dict(service.read("Company").mapping)["email_verified"] == "email_verified"
    service.delete("Company")
    with pytest.raises(ProviderNotFound):
        service.read("Company")
    log = store.activity.search()
    assert [line.action for line in log] == ["delete_provider", "update_provider", "create_provider"]
    assert log[2].reason == "the company signs in with its own accounts"
    assert "Hunter2" not in repr(log)


def test_what_is_gravest_about_a_provider_comes_first(service: ProviderService) -> None:
    service.add(replace(OIDC, mapping={"name": "name"}))
    (listed,) = service.pool_providers().providers
    ranks = [advice.severity.rank for advice in listed.advice]
    assert len(set(ranks)) > 1
    assert ranks == sorted(ranks)


def test_the_secret_of_a_provider_outlives_a_change_of_its_mapping(
    service: ProviderService, session: PoolSession
) -> None:
    service.add(OIDC)
    service.change(service.read("Company"), replace(OIDC, secret="", mapping={"email": "mail"}))
    whole = session.gateway.describe_provider("Company", secrets=True)
    assert whole.secrets == {"client_secret": "Hunter2-of-the-company"}


def test_a_provider_that_somebody_else_changed_is_not_written_over(
    service: ProviderService, session: PoolSession
) -> None:
    service.add(OIDC)
    seen = service.read("Company")
    service.change(seen, replace(OIDC, secret="", mapping={"email": "theirs"}))
    with pytest.raises(ChangedMeanwhile):
        service.change(seen, replace(OIDC, secret="", mapping={"email": "mine"}))
    assert service.read("Company").mapping["email"] == "theirs"


def test_a_name_is_taken_once(service: ProviderService) -> None:
    service.add(OIDC)
    with pytest.raises(InvalidValue, match="already"):
        service.add(OIDC)


def test_deleting_says_whom_it_locks_out(
    service: ProviderService, session: PoolSession, cognito: Cognito
) -> None:
    client, pool = cognito.client(), session.gateway.pool_id
    service.add(OIDC)
    for name, providers in (("portal", ["Company"]), ("billing", ["COGNITO", "Company"])):
        client.create_user_pool_client(UserPoolId=pool, ClientName=name, SupportedIdentityProviders=providers)
    client.admin_create_user(UserPoolId=pool, Username="Company_ann", MessageAction="SUPPRESS")
    client.admin_create_user(UserPoolId=pool, Username="bo", MessageAction="SUPPRESS")
    (listed,) = service.pool_providers().providers
    assert only_way_in(listed) == ("portal",)
    found = service.consequences(listed)
    assert (sorted(found.clients), found.people, found.more) == (["billing", "portal"], 1, False)


def test_only_administrators_look_and_change(session: PoolSession) -> None:
    session.changes.who = lambda: Actor("op-2", "Max", Role.MANAGER, Origin.BROWSER)
    service = ProviderService(session)
    for call in (service.pool_providers, lambda: service.add(OIDC), lambda: service.delete("x")):
        with pytest.raises(NotPermitted):
            call()


def test_a_provider_is_tried_out_before_it_is_saved(company: str) -> None:
    links = by_key(try_out(replace(OIDC, source=company), POOL, company, "eu-west-1"))
    assert links["issuer"].state is LinkState.PASSED
    assert links["token_url"].state is LinkState.PASSED
    assert links["attributes_url"].state is LinkState.FAILED
    assert links["email"].state is LinkState.PASSED
    assert "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/idpresponse" in links["sends-back"].sentence


def test_a_slash_at_the_end_of_an_issuer_counts(company: str) -> None:
    links = by_key(try_out(replace(OIDC, source=f"{company}/"), POOL, company, "eu-west-1"))
    assert links["issuer"].state is LinkState.FAILED
    assert "slash" in links["issuer"].sentence


def test_a_provider_inside_the_network_is_not_called(company: str) -> None:
    links = by_key(try_out(replace(OIDC, source=company), POOL, "", "eu-west-1"))
    assert links["description"].state is LinkState.FAILED
    assert links["issuer"].state is LinkState.NOT_REACHED


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (replace(OIDC, mapping={"name": "name"}), "email"),
        (replace(OIDC, mapping={"email": "email", "custom:none": "x"}), "mapping"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told_before(company: str, draft: ProviderDraft, key: str) -> None:
    links = by_key(try_out(replace(draft, source=company), POOL, company, "eu-west-1"))
    assert links[key].state is LinkState.FAILED


@pytest.mark.parametrize(
    ("days", "state"), [(-1, LinkState.FAILED), (20, LinkState.DOUBTFUL), (400, LinkState.PASSED)]
)
def test_a_saml_certificate_is_looked_at_before(days: int, state: LinkState) -> None:
    text = metadata(certificate(datetime.now(UTC) + timedelta(days=days))).decode()
    links = by_key(try_out(replace(SAML, file=text), POOL, "https://id.example.com", "eu-west-1"))
    assert links["certificate"].state is state
    assert "urn:amazon:cognito:sp:eu-west-1_p" in links["sends-back"].sentence


def test_google_is_where_aws_knows_it_and_a_pool_without_domain_has_no_way_back() -> None:
    links = by_key(try_out(GOOGLE, replace(POOL, domain=""), "", "eu-west-1"))
    assert links["description"].state is LinkState.NOT_APPLICABLE
    assert links["sends-back"].state is LinkState.FAILED
    assert ProviderKind.GOOGLE.words == "Google"
