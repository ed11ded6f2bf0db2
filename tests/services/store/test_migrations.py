"""An older database is brought up to date when it is opened, or left exactly as it was."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.access import passwords
from services.errors import StoreDamaged, StoreTooNew, WrongKey
from services.roles import Role
from services.store import migrations
from services.store.activity import ActivityResult
from services.store.audit_days import AuditDay
from services.store.campaign_records import Decision
from services.store.connections import ConnectionSecret, CredentialKind, TestStep
from services.store.engine import open_store
from services.store.jobs import JobRow, JobState, StepState
from services.store.rotation import rotate
from services.store.vault import KeyRing, new_key
from tests.services.store.helpers import fingerprint, raw, url_of

ADDS_A_COLUMN = 'op.add_column("settings", sa.Column("note", sa.Text()))'


@pytest.fixture
def older(tmp_path, keys):
    folder = tmp_path / "data"
    folder.mkdir()
    with open_store(url_of(folder / "console.db"), keys) as store:
        store.settings.set("greeting", "hello")
    return folder / "console.db"


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Pretends that the program is a later release, whose next migration does this."""

    def make(*statements):
        folder = tmp_path / "versions"
        shutil.copytree(Path(migrations.__path__[0]) / "versions", folder)
        body = "\n".join(f"    {statement}" for statement in statements)
        head = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "9999"\n'
        head += f'down_revision = "{migrations.head()}"\n'
        (folder / "9999_later.py").write_text(f"{head}def upgrade():\n{body}\n")
        monkeypatch.setattr(migrations, "_VERSIONS", folder)

    return make


def columns(path):
    return [row[1] for row in raw(path, "PRAGMA table_info(settings)")]


def test_it_is_migrated_and_keeps_what_it_held(older, keys, release):
    release(ADDS_A_COLUMN)
    with open_store(url_of(older), keys) as store:
        assert store.settings.get("greeting") == "hello"
    assert columns(older)[-1] == "note"
    assert raw(older, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_migration_that_fails_half_way_leaves_it_as_it_was(older, keys, release):
    before = columns(older)
    release(ADDS_A_COLUMN, 'op.execute("nonsense")')
    with pytest.raises(StoreDamaged, match="as it was"):
        open_store(url_of(older), keys)
    assert columns(older) == before
    assert raw(older, "SELECT version_num FROM alembic_version") != [("9999",)]


def test_a_wrong_key_is_refused_before_anything_is_migrated(older, release):
    release(ADDS_A_COLUMN)
    before = fingerprint(older.parent)
    with pytest.raises(WrongKey):
        open_store(url_of(older), KeyRing((new_key(),)))
    assert fingerprint(older.parent) == before


def test_afterwards_the_older_release_refuses_it(older, keys, release, monkeypatch):
    release(ADDS_A_COLUMN)
    open_store(url_of(older), keys).close()
    monkeypatch.undo()
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(url_of(older), keys)


@pytest.fixture
def filled(tmp_path):
    """A console's database as an earlier release left it, with something in every table, and its key."""
    path = tmp_path / "console.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(Path(__file__).with_name("database_0002.sql").read_text())
    with open_store(url_of(path), KeyRing(("b2xkLWtleS1vbGQta2V5LW9sZC1rZXktb2xkLWtleSE=",))) as store:
        yield store


def test_the_configuration_of_an_earlier_release_is_all_there(filled):
    production, role = filled.connections.list()
    assert (production.name, production.kind, production.account, production.access_key_hint) == (
        "Production",
        CredentialKind.STATIC,
        "123456789012",
        "MPLE",
    )
    assert production.last_test == (TestStep("Identity", True, "You are x."), TestStep("List pools", None))
    keys = ConnectionSecret("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIsecret")
    assert filled.connections.secret(production.id) == keys
    assert (role.kind, role.external_id, role.profile) == (CredentialKind.ROLE, "ext", "base")
    assert filled.connections.secret(role.id) is None
    customers, far = filled.pools.list()
    assert (customers.connection_id, customers.pool_id, customers.region) == (
        production.id,
        "eu-north-1_abc",
        "",
    )
    assert (far.name, far.region) == ("far", "eu-west-1")
    (billing,) = filled.applications.list(customers.id)
    assert (billing.name, billing.client_id, billing.allowed_groups, billing.group_roles) == (
        "Billing",
        "7abc",
        ("billing", "auditors"),
        {"billing": "Clerk"},
    )
    assert filled.applications.secret(billing.id) == "cl1entsecretcl1ent"


def test_operators_and_the_log_of_an_earlier_release_are_all_there(filled):
    (ann,) = filled.operators.list()
    assert (ann.username, ann.role, ann.email) == ("Ann", Role.ADMIN, "ann@example.com")
    assert passwords.matches(
        passwords.bcrypt_input("bees fly home in may"), filled.operators.password_hash(ann.id)
    )
    (session,) = filled.sessions.list_live()
    assert session.operator_id == ann.id
    assert filled.settings.get("retention") == {"snapshots": 3, "snapshot_days": 30}
    exported, under_way, done = filled.activity.search()
    assert exported.action == "export_configuration"
    assert under_way.result is ActivityResult.INTENDED
    assert (done.operator_name, done.role, done.origin, done.reason) == ("Sam", "support", "browser", "left")
    assert (done.before, done.after) == ({"enabled": True}, {"enabled": False})


def test_jobs_reviews_and_snapshots_of_an_earlier_release_are_all_there(filled):
    (job,) = filled.jobs.list()
    assert (job.title, job.state, job.target["pool_id"]) == ("people.csv", JobState.PLANNED, "eu-north-1_abc")
    first, second = filled.jobs.rows(job.id)
    assert first == JobRow(1, "done", {"email": "bo@example.com"}, "", "Created.", "sub-2", "bo")
    assert (second.outcome, second.payload) == ("", None)
    done, waiting = filled.jobs.steps(job.id)
    assert (done.change, done.result, done.attempts) == ({"username": "bo"}, {"sub": "sub-2"}, 1)
    assert waiting.state is StepState.WAITING
    assert filled.jobs.passwords(job.id) == {1: "temporary-password-1"}
    (campaign,) = filled.campaigns.of_pool("customers")
    assert (campaign.about, campaign.altered, campaign.reviewers[0].name) == (
        {"pool_id": "eu-north-1_abc"},
        False,
        "Ann W.",
    )
    decided, undecided = filled.campaigns.items(campaign.id)
    assert (decided.person, decided.decision) == ({"sub": "sub-1", "name": "Åsa"}, Decision.REVOKE)
    assert undecided.decision is Decision.UNDECIDED
    (entry,) = filled.campaigns.entries(campaign.id)
    assert (entry.reason, entry.intact) == ("has left", True)
    (line,) = filled.snapshots.list()
    assert filled.snapshots.about(line.id) == {"how": "whole"}
    assert filled.snapshots.part(line.id, "groups") == b"PAR1 groups"
    (search,) = filled.saved_searches.of_pool(filled.pools.by_name("customers").id)
    assert (search.name, search.query, search.order) == ("Left", "name:Åsa", "name")


def test_everything_sealed_by_an_earlier_release_moves_to_a_new_key(filled):
    assert rotate(filled, KeyRing((new_key(),))).unreadable == ()
    (job,) = filled.jobs.list()
    assert filled.jobs.passwords(job.id) == {1: "temporary-password-1"}


def test_its_records_can_be_changed(filled):
    (billing,) = filled.applications.list()
    changed = filled.applications.update(replace(billing, name="Bills"))
    assert (changed.name, changed.created_at) == ("Bills", billing.created_at)
    assert filled.applications.secret(billing.id) == "cl1entsecretcl1ent"


def test_days_of_audits_are_kept_in_a_database_of_an_earlier_release(filled):
    pool, _ = filled.pools.list()
    assert filled.audit_days.of_pool(pool.id) == ()
    taken_at = datetime(2026, 11, 27, 5, tzinfo=UTC)
    day = AuditDay(taken_at.date(), taken_at, {"high": 3})
    filled.audit_days.keep(pool.id, day, {"rule": ["print"]})
    assert filled.audit_days.last_before(pool.id, date(2026, 11, 28)) == (day, {"rule": ["print"]})
    assert filled.audit_days.last_before(pool.id, date(2026, 11, 27)) is None
    (campaign,) = filled.campaigns.of_pool("customers")
    assert not campaign.altered
