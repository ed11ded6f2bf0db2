"""None of the secrets that were typed stands in the database's files, open or closed."""

from datetime import timedelta

from services.roles import Role
from services.store.activity import ActivityResult
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.jobs import JobRow, JobStep, NewJob
from services.store.pools import PoolRecord
from tests.services.store.helpers import ACTIVITY

TYPED = (
    "AKIAIOSFODNN7SECRET1",
    "aws-secret-access-key",
    "aws-session-token",
    "app-client-secret",
    "$2b$04$hash-of-a-password",
    "ticket-subject",
    "payload@example.com",
    "step-password-1",
    "step-result-2",
    "temporary-password-3",
    "row-message-4",
    "before-value-5",
    "after-value-6",
)


def type_them_all(store):
    connection = store.connections.add(
        Connection("aws", "eu-north-1", CredentialKind.SESSION, secret=ConnectionSecret(*TYPED[:3]))
    )
    pool = store.pools.add(PoolRecord(connection.id, "x", "x"))
    store.applications.add(Application(pool.id, "app", "client", secret=TYPED[3]))
    operator = store.operators.add(username="ann", name="Ann", role=Role.ADMIN, password_hash=TYPED[4])
    ticket = store.tickets.issue("sign-in", TYPED[5], "", timedelta(minutes=1))
    _, token = store.sessions.create(operator.id, "", "", timedelta(minutes=1), timedelta(hours=1))
    job = store.jobs.create(
        NewJob("csv", "t", "staff", {}, "op", "Sam", "browser"),
        [JobRow(0, "", payload={"email": TYPED[6]})],
        [JobStep(0, 0, "set_password", change={"password": TYPED[7]})],
        passwords={0: TYPED[9]},
    )
    store.jobs.take_lease(job.id, "me", timedelta(minutes=1))
    store.jobs.write_journal(
        job.id,
        "me",
        steps=[JobStep(0, 0, "set_password", result={"x": TYPED[8]})],
        rows=[JobRow(0, "done", message=TYPED[10])],
    )
    line = store.activity.intend(ACTIVITY)
    store.activity.finish(line, ActivityResult.DONE, after={"x": TYPED[12]})
    store.activity.record(ACTIVITY, ActivityResult.DONE, after={"before": TYPED[11]})
    return ticket, token


def found(folder, secrets):
    data = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    return [secret for secret in secrets if secret.encode() in data]


def test_no_secret_is_found_in_the_files(store, keys, tmp_path):
    secrets = (*TYPED, *type_them_all(store), keys.keys[0])
    assert b"ann@example.com" in (tmp_path / "console.db-wal").read_bytes()  # the search does find things
    assert found(tmp_path, secrets) == []
    store.close()
    assert found(tmp_path, secrets) == []


def test_what_was_erased_leaves_no_rest(store, tmp_path):
    store.settings.set("note", "erase-me-" * 50)
    job = store.jobs.create(NewJob("csv", "title-to-erase", "staff", {}, "op", "Sam", "browser"))
    store.settings.delete("note")
    store.jobs.delete(job.id)
    store.close()
    assert found(tmp_path, ["erase-me-", "title-to-erase"]) == []
