"""Every kind of secret is typed through the services; none is found in the database's files or the log."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from services.access import setup
from services.access.operators import OperatorService
from services.access.second_factor import SecondFactor
from services.access.sessions import OperatorSignIn, begin_session, browser_actor
from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.handover import take_passwords
from services.bulk.model import PlanOptions
from services.bulk.plan import plan_file
from services.bulk.runner import run_here
from services.bulk.saved import save_plan
from services.cognito.actions import ResendInvitation, SetPassword
from services.cognito.models import PersonRef
from services.configuration.applications import ApplicationService
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolService
from services.configuration.transfer import OnClash, TransferService
from services.csv_safe import write_csv
from services.errors import ConsoleError
from services.gateways import target_of
from services.people.creation import NewUser, create
from services.pool_session import PoolSession, open_pool_session
from services.roles import ActorSource, Role
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from services.store.vault import KeyRing
from tests.fixtures.cognito import Cognito

HERE = "192.0.2.1"
ADMIN_PASSWORD, OWN_PASSWORD = "the first one keeps bees", "the second one keeps goats"
WRONG_PASSWORD = "a mistyped one keeps hens"
PASSPHRASE = "seven wise owls count the stars"
IN_CLEAR = "ordinary.name@example.com"


@dataclass
class Typist:
    """Does what operators do, and remembers every secret that was typed or shown."""

    store: Store
    cognito: Cognito
    secrets: dict[str, str] = field(default_factory=dict)
    session_id: str = ""

    def keep(self, what: str, secret: str) -> str:
        assert len(secret) >= 8, what
        self.secrets[what] = secret
        return secret

    def first_administrator(self) -> ActorSource:
        link = self.keep("set-up token", setup.issue_link(self.store))
        self.keep("unused set-up token", setup.issue_link(self.store))
        password = self.keep("operator's password", ADMIN_PASSWORD)
        setup.make_first_admin(self.store, link, username="root", name="Root", email="", password=password)
        door = OperatorSignIn(self.store)
        for name in ("root", self.keep("password typed as a name", "Typed-In-The-Wrong-Field")):
            with suppress(ConsoleError):
                door.attempt(name, self.keep("wrong password", WRONG_PASSWORD), HERE)
        operator = door.attempt("root", password, HERE)
        ticket = self.store.tickets.issue("sign-in", operator.id, "browser", timedelta(minutes=1))
        self.keep("sign-in ticket", ticket)
        hours = timedelta(hours=1)
        session, token = begin_session(self.store, operator, HERE, "Firefox", hours, hours)
        self.keep("session token", token)
        self.session_id = session.id
        self.second_factor(operator)
        return browser_actor(self.store, session.id)

    def second_factor(self, operator: Operator) -> None:
        factor = SecondFactor(self.store)
        begun = self.keep(
            "token of setting a second factor up", factor.begin_set_up(operator, self.session_id)
        )
        address = factor.address_of(operator, begun)
        assert address is not None
        app = pyotp.parse_uri(address)
        self.keep("authenticator app's secret", app.secret)
        for code in factor.finish_set_up(operator, begun, app.now(), self.session_id):
            self.keep(f"recovery code {code}", code)

    def operators(self, who: ActorSource) -> None:
        service = OperatorService(self.store, who)
        kim, first = service.add("kim", "Kim", IN_CLEAR, Role.SUPPORT)
        self.keep("operator's first password", first)
        self.keep("operator's new password", service.reset_password(kim.id, "forgotten"))
        own = self.keep("operator's own password", OWN_PASSWORD)
        service.change_own_password(ADMIN_PASSWORD, own, self.session_id)

    def configuration(self, who: ActorSource) -> PoolRecord:
        connections = ConnectionService(self.store, who)
        form = Connection(
            "Embedded",
            self.cognito.region,
            CredentialKind.SESSION,
            endpoint_url=self.cognito.url,
            secret=ConnectionSecret(
                self.keep("old access key", "AKIAOLDOLDOLDOLDOLD1"),
                self.keep("old secret key", "old/secret+access/key/of/aws"),
                self.keep("old session token of AWS", "old-session-token-of-aws=="),
            ),
        )
        connection = connections.add(form).record
        newer = ConnectionSecret(
            self.keep("access key", "AKIANEWNEWNEWNEWNEW2"),
            self.keep("secret key", "new/secret+access/key/of/aws"),
            self.keep("session token of AWS", "new-session-token-of-aws=="),
        )
        connections.change(connection.id, replace(form, secret=newer))
        assert list(connections.test(connection.id))
        pool = PoolService(self.store, who).add(PoolRecord(connection.id, self.cognito.staff, "staff")).record
        applications = ApplicationService(self.store, who)
        typed = self.keep("client secret, typed", "typed1client2secret3typed4")
        applications.add(Application(pool.id, "Typed", "7abc", secret=typed))
        made = self.cognito.client().create_user_pool_client(
            UserPoolId=self.cognito.staff, ClientName="web", GenerateSecret=True
        )["UserPoolClient"]
        self.keep("client secret, read from Cognito", made["ClientSecret"])
        applications.add(Application(pool.id, "Read", made["ClientId"]), read_secret=True)
        transfer = TransferService(self.store, who)
        data = transfer.export(self.keep("passphrase", PASSPHRASE), PASSPHRASE)
        whole = transfer.read(data, PASSPHRASE)
        transfer.apply(whole, OnClash.KEEP, transfer.preview(whole, OnClash.KEEP))
        return pool

    def people(self, pool_session: PoolSession) -> None:
        pool = pool_session.gateway.describe_pool()
        attributes = {"email": IN_CLEAR, "given_name": "Ordinary", "family_name": "Name"}
        given = self.keep("temporary password, typed", "Typed-Temporary-11!")
        wish = NewUser("at.rest", attributes, temporary_password=given)
        create(pool_session.changes, wish, pool)
        made = create(
            pool_session.changes, NewUser("at.rest2", {**attributes, "email": "two@example.com"}), pool
        )
        self.keep("temporary password, made up", made.password)
        person: PersonRef = made.person
        for what, change in (
            ("permanent password", SetPassword(person, "Permanent-Password-22!", True)),
            ("refused password", SetPassword(person, "refusedrefused", True)),
            ("password of an invitation", ResendInvitation(person, "Invitation-Password-33!")),
        ):
            self.keep(what, change.password if isinstance(change, SetPassword) else change.temporary_password)
            with suppress(ConsoleError):
                pool_session.changes.perform(change)

    def bulk(self, pool_session: PoolSession, who: ActorSource) -> str:
        header = (
            "username",
            "email",
            "given_name",
            "family_name",
            "groups",
            "temporary_password",
            "password",
        )
        temporary = self.keep("temporary password of a file", "Of-A-File-Temp-44!")
        permanent = self.keep("permanent password of a file", "Of-A-File-Perm-55!")
        failing = self.keep("temporary password of a row that fails", "Of-A-File-Fails-66!")
        rows = (
            ("file.one", "f1@example.com", "File", "One", "", temporary, ""),
            ("file.two", "f2@example.com", "File", "Two", "", "", permanent),
            ("file.three", "f3@example.com", "File", "Three", "", "", ""),
            ("file.four", "f4@example.com", "File", "Four", "no-such-group", failing, ""),
        )
        table = read_file(write_csv(header, rows), "people.csv")
        columns = recognise(table.header, pool_session.gateway.describe_pool())
        plan = plan_file(pool_session.gateway, table, columns, PlanOptions(share=1.0))
        self.keep(
            "password made up for a row",
            next(secret.temporary for secret in plan.secrets.values() if secret.made),
        )
        job = save_plan(self.store, plan, target=asdict(target_of(pool_session.pool)), actor=who())
        control.start(self.store, job.id, who())
        run_here(self.store, job.id)
        return job.id


Search = Callable[[], list[str]]


@pytest.fixture
def typist(store: Store, cognito: Cognito, keys: KeyRing) -> Typist:
    """Somebody at an empty console; its key counts as a secret too."""
    return Typist(store, cognito, {"the key": keys.keys[0]})


def readings(secret: str) -> tuple[bytes, ...]:
    """The forms in which a careless program writes a text."""
    plain = secret.encode()
    return plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-1], secret.encode("utf-16-le")


def found_in(data: bytes, secrets: dict[str, str]) -> list[str]:
    return [what for what, secret in secrets.items() if any(form in data for form in readings(secret))]


def test_no_secret_that_was_typed_or_shown_is_left_anywhere(
    typist: Typist, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)

    def in_files() -> list[str]:
        data = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert IN_CLEAR.encode() in data  # the search does find what stands there
        return found_in(data, typist.secrets)

    who = typist.first_administrator()
    typist.operators(who)
    pool_session = open_pool_session(typist.store, typist.configuration(who), who)
    typist.people(pool_session)
    job = typist.bulk(pool_session, who)
    assert (tmp_path / "console.db-wal").stat().st_size > 0
    assert in_files() == []
    assert take_passwords(typist.store, job, who())
    assert in_files() == []
    typist.store.close()
    assert in_files() == []
    said = "".join(capfd.readouterr())
    assert found_in((caplog.text + said).encode(), typist.secrets) == []
    assert len(typist.secrets) >= 25


def test_the_kinds_of_secret_really_reached_the_database(typist: Typist) -> None:
    """Otherwise their absence would prove nothing."""
    who = typist.first_administrator()
    pool = typist.configuration(who)
    stored = typist.store.connections.secret(pool.connection_id)
    assert stored is not None
    assert stored.secret_access_key == typist.secrets["secret key"]
    kept = {
        typist.store.applications.secret(application.id) for application in typist.store.applications.list()
    }
    assert kept == {
        typist.secrets["client secret, typed"],
        typist.secrets["client secret, read from Cognito"],
    }
    assert typist.store.sessions.find(typist.secrets["session token"]) is not None
