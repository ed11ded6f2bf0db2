"""A backend that throttles, fails, cuts connections and loses answers: the end is right all the same."""

from __future__ import annotations

from bench.simulator import Faults
from services.bulk import control
from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.bulk.runner import run_here
from services.store.jobs import JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on
from tests.services.bulk.faults import faulty

HEADER = ("username", "email", "given_name", "family_name", "groups", "nickname", "action")


def run_until_done(bulk: Bulk, job_id: str, tries: int = 30) -> None:
    """Run a job, and go on with it whenever it paused by itself, as the watcher does."""
    for _ in range(tries):
        job = run_here(bulk.store, job_id, terminal=bulk.who)
        if job.state is not JobState.PAUSED:
            break
        control.resume(bulk.store, job_id, bulk.who())
    assert job.state is JobState.FINISHED, job.reason


def test_rows_end_right_when_calls_fail_in_every_way(
    store: Store, cognito: Cognito, aws_environment: None
) -> None:
    seed = 1
    with faulty(Faults(), seed) as server:
        bulk = bulk_on(store, cognito, cognito.staff, server.url)
        people = [f"fault{seed}.{number}" for number in range(30)]
        plan = bulk.plan(
            HEADER,
            *((name, f"{name}@example.com", "F", name, "auditors;training", "", "") for name in people),
        )
        job = bulk.start(plan)
        server.faults = Faults(throttled=0.3, failed=0.1, reset=0.05, lost=0.05)
        run_until_done(bulk, job.id)
        server.faults = Faults()
    ends = list(outcomes(store, job.id))
    assert {end.result for end in ends} == {RowResult.DONE}, [
        end for end in ends if end.result != RowResult.DONE
    ][:3]
    assert min(server.happened.values()) > 0
    created = [user for user in cognito.users(cognito.staff) if user["Username"] in people]
    assert len(created) == len(people)
    assert set(people) <= cognito.members(cognito.staff, "auditors") & cognito.members(
        cognito.staff, "training"
    )
    assert all(server.effects["AdminCreateUser", f"{name}/"] == 1 for name in people)


def test_changes_and_deletions_end_right_too(store: Store, cognito: Cognito, aws_environment: None) -> None:
    people = [f"mixed.{number}" for number in range(16)]
    with faulty(Faults(), 7) as server:
        bulk = bulk_on(store, cognito, cognito.staff, server.url)
        rows = [(name, f"{name}@example.com", "M", name, "", "", "") for name in people]
        assert set(bulk.results(HEADER, *rows)) == {RowResult.DONE}
        wanted = [
            (
                name,
                "",
                "",
                "",
                "",
                "Nick" if number % 4 == 0 else "",
                ("update", "disable", "sign_out", "set_password")[number % 4],
            )
            for number, name in enumerate(people)
        ]
        job = bulk.start(bulk.plan(HEADER, *wanted))
        server.faults = Faults(throttled=0.3, failed=0.1, reset=0.05, lost=0.05)
        run_until_done(bulk, job.id)
        server.faults = Faults()
        assert {outcome.result for outcome in outcomes(store, job.id)} == {RowResult.DONE}
        assert all(bulk.user(name).attributes["nickname"] == "Nick" for name in people[::4])
        assert not any(bulk.user(name).enabled for name in people[1::4])
        job = bulk.start(bulk.plan(("username", "action"), *((name, "delete") for name in people[1::4])))
        server.faults = Faults(throttled=0.3, failed=0.1, reset=0.05, lost=0.05)
        run_until_done(bulk, job.id)
        server.faults = Faults()
    assert {outcome.result for outcome in outcomes(store, job.id)} == {RowResult.DONE}
    left = {user["Username"] for user in cognito.users(cognito.staff)}
    assert not left & set(people[1::4])
    assert set(people[::4]) <= left
