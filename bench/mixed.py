"""Rows of all kinds against a backend that fails in every way, compared with a model of what should be.

    python -m bench.mixed [--rows 1000] [--seed N]

30 % of calls are throttled, 10 % answered with HTTP 500 (half of them took effect), 5 % reset before
and 5 % cut after they took effect; a few get no answer at all. At the end the pool has to be what the
model says, every row has to have its outcome, and nothing may have taken effect twice.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from bench.simulator import Faults, SimulatorProcess
from bench.workbench import PASSWORD, Workbench, boto, new_pool, use_made_up_credentials, workbench
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.model import Outcome
from services.bulk.report import outcomes
from services.csv_safe import CLEAR_CELL, Cell
from services.store.jobs import JobState

FAULTS = Faults(throttled=0.3, failed=0.1, reset=0.05, lost=0.05, silent=0.001, silence=25.0)
HEADER = ("username", "action", "email", "given_name", "nickname", "password", "groups", "enabled")
GROUPS = ("red", "green", "blue")
KINDS = (
    "create",
    "create_with_password",
    "create_disabled",
    "update",
    "upsert_with_group",
    "disable",
    "enable",
    "delete",
    "set_password",
    "sync_groups",
    "add_to_groups",
    "remove_from_groups",
    "sign_out",
    "clear_attributes",
    "resend_invite",
)
ONCE = ("AdminCreateUser", "AdminAddUserToGroup", "AdminRemoveUserFromGroup", "AdminDeleteUser")
"""Operations that may take effect only once on each person (and group)."""


@dataclass(frozen=True)
class Being:
    """What somebody is in the model."""

    given_name: str = "Ann"
    nickname: str = "Nick"
    enabled: bool = True
    status: str = "FORCE_CHANGE_PASSWORD"
    groups: frozenset[str] = frozenset()


@dataclass
class Check:
    """What was found wrong, and figures."""

    rows: int = 0
    wrong: list[str] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)
    passwords_again: int = 0


def before(kind: str) -> Being | None:
    """Who is there before the run, for a row of this kind."""
    if kind.startswith("create"):
        return None
    return Being(enabled=kind not in ("enable", "delete"), groups=frozenset({"red"}))


def cells(kind: str, name: str) -> tuple[Cell, ...]:
    """The row."""
    action, values = kind, dict.fromkeys(HEADER, "")
    if kind.startswith("create"):
        action = "create"
        values |= {
            "email": f"{name}@example.com",
            "given_name": "Ann",
            "nickname": "Nick",
            "groups": "red;blue",
        }
        values["password"] = PASSWORD if kind == "create_with_password" else ""
        values["enabled"] = "false" if kind == "create_disabled" else ""
    elif kind == "update":
        values |= {"given_name": "Anna", "nickname": CLEAR_CELL}
    elif kind == "upsert_with_group":
        action = "upsert"
        values |= {"given_name": "Anna", "groups": "green", "enabled": "false"}
    elif kind == "set_password":
        values["password"] = PASSWORD
    elif kind in ("sync_groups", "add_to_groups"):
        values["groups"] = "green;blue"
    elif kind == "remove_from_groups":
        values["groups"] = "red"
    elif kind == "clear_attributes":
        values["nickname"] = CLEAR_CELL
    return tuple((values | {"username": name, "action": action}).values())


def after(kind: str, was: Being | None) -> Being | None:
    """Who should be there after the run: written down by hand, not taken from the engine."""
    if was is None:
        new = Being(groups=frozenset({"red", "blue"}), enabled=kind != "create_disabled")
        return replace(new, status="CONFIRMED") if kind == "create_with_password" else new
    changed: Mapping[str, Mapping[str, Any]] = {
        "update": {"given_name": "Anna", "nickname": ""},
        "upsert_with_group": {"given_name": "Anna", "groups": frozenset({"red", "green"}), "enabled": False},
        "disable": {"enabled": False},
        "enable": {"enabled": True},
        "set_password": {"status": "CONFIRMED"},
        "sync_groups": {"groups": frozenset({"green", "blue"})},
        "add_to_groups": {"groups": frozenset(GROUPS)},
        "remove_from_groups": {"groups": frozenset()},
        "clear_attributes": {"nickname": ""},
    }
    return None if kind == "delete" else replace(was, **changed.get(kind, {}))


def settle(client: Any, pool_id: str, people: Mapping[str, Being | None]) -> None:
    """Put the people of the model into the pool, past the engine."""

    def put(name: str) -> None:
        being = people[name]
        if being is None:
            return
        who = {"UserPoolId": pool_id, "Username": name}
        values = {"email": f"{name}@example.com", "given_name": being.given_name, "nickname": being.nickname}
        attributes = [{"Name": key, "Value": value} for key, value in values.items()]
        client.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=attributes)
        for group in being.groups:
            client.admin_add_user_to_group(**who, GroupName=group)
        if not being.enabled:
            client.admin_disable_user(**who)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, people))


def found_in(client: Any, pool_id: str) -> dict[str, Being]:
    """Everybody in the pool as the model writes them. Raises `AssertionError` for one listed twice."""
    pages = client.get_paginator("list_users").paginate(UserPoolId=pool_id)
    users = [user for page in pages for user in page["Users"]]
    groups: dict[str, set[str]] = {user["Username"]: set() for user in users}
    assert len(groups) == len(users), "somebody is there twice"
    for group in GROUPS:
        pages = client.get_paginator("list_users_in_group").paginate(UserPoolId=pool_id, GroupName=group)
        for user in (user for page in pages for user in page["Users"]):
            groups[user["Username"]].add(group)
    people = {}
    for user in users:
        values = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
        name = user["Username"]
        people[name] = Being(
            values.get("given_name", ""),
            values.get("nickname", ""),
            user["Enabled"],
            user["UserStatus"],
            frozenset(groups[name]),
        )
    return people


def run(bench: Workbench, server: SimulatorProcess, rows: list[tuple[Cell, ...]]) -> list[Outcome]:
    """Carry the rows out while everything fails; the outcomes."""
    bench.unpaced()
    job = bench.queue(bench.plan(rows, HEADER))
    server.set(faults=FAULTS, clear=True)
    while (ended := bench.run(job.id)).state is JobState.PAUSED:
        control.resume(bench.store, job.id, terminal_actor()())
    server.set(faults=Faults())
    assert ended.state is JobState.FINISHED, ended.reason
    return list(outcomes(bench.store, job.id))


def compare(
    kinds: Mapping[str, str], ends: list[Outcome], found: Mapping[str, Being], state: Mapping[str, Any]
) -> Check:
    """Hold the pool, the outcomes and what the simulator saw against the model."""
    check = Check(len(ends), results=Counter(str(end.result) for end in ends))
    effects = Counter({(operation, whom): count for operation, whom, count in state["effects"]})
    if [end.row for end in ends] != list(range(2, len(kinds) + 2)):
        check.wrong.append("the outcomes are not one for each row in the file's order")
    for (name, kind), end in zip(kinds.items(), ends, strict=True):
        # whether an invitation without an answer was sent can't be told: saying so is right
        unsure = kind == "resend_invite" and "isn't known" in end.message
        if end.result != "done" and not unsure:
            check.wrong.append(f"{name} ({kind}): {end.result} {end.message}")
        wanted = after(kind, before(kind))
        if found.get(name) != wanted:
            check.wrong.append(f"{name} ({kind}) should be {wanted} and is {found.get(name)}")
        for operation in ONCE:
            for group in ("", *GROUPS):
                if effects[operation, f"{name}/{group}"] > 1:
                    check.wrong.append(f"{name} ({kind}): {operation} took effect more than once")
        if effects["AdminSetUserPassword", f"{name}/"] > 1:
            check.passwords_again += 1
            if "sent twice" not in end.message:
                check.wrong.append(f"{name} ({kind}): a password sent twice is not said")
    if extra := set(found) - set(kinds):
        check.wrong.append(f"nobody asked for {sorted(extra)[:5]}")
    return check


def scenario(server: SimulatorProcess, rows: int) -> Check:
    """The whole thing on a pool of its own."""
    client = boto(server.url)
    pool_id = new_pool(client)
    for group in GROUPS:
        client.create_group(UserPoolId=pool_id, GroupName=group)
    kinds = {f"mixed.{number}": KINDS[number % len(KINDS)] for number in range(rows)}
    settle(client, pool_id, {name: before(kind) for name, kind in kinds.items()})
    with workbench(server.url, pool_id) as bench:
        ends = run(bench, server, [cells(kind, name) for name, kind in kinds.items()])
    return compare(kinds, ends, found_in(client, pool_id), server.state())


def main() -> None:
    """Run and print. Exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.mixed", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    use_made_up_credentials()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    with SimulatorProcess("--seed", str(options.seed)) as server:
        check = scenario(server, options.rows)
        state = server.state()
    print(f"{check.rows:,} rows in {time.monotonic() - started:.0f} s: {dict(check.results)}")
    print(f"{sum(state['calls'].values()):,} calls, of them {state['happened']}")
    print(f"{check.passwords_again} passwords sent again and said so; {len(check.wrong)} things wrong")
    for line in check.wrong[:20]:
        print(f"  {line}")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
