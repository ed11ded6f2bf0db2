"""A made-up pool that answers listings as fast as a large one of AWS's: pages are ready, only time passes.

The embedded Cognito needs seconds for a page of 100,000 people; this one needs the latency asked for
and no more, and keeps AWS's quotas. In a process of its own, so that it shares no Python interpreter
with what is measured:

    python -m bench.fast_pool --people 100000 --groups 40 --latency 0.08 --quotas
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import urllib.request
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import uvicorn

from bench.simulator import Bucket
from services.cognito.quotas import PER_POOL_OPERATION_RPS, category_of

POOL_ID = "eu-west-1_FastPool1"
PAGE = 60
DAWN = 1_700_000_000
TEAMS = ("Billing", "Warehouse", "Support", "Drivers", "Planning")


class FastPool:
    """People, groups and members as JSON that is ready to be joined into pages."""

    def __init__(self, people: int, groups: int, per_person: float, latency: float, quotas: bool) -> None:
        """`per_person` is how many groups a person is in on average."""
        chance = random.Random(7)
        self.latency, self.quotas = latency, quotas
        self.calls: Counter[str] = Counter()
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._lists: dict[str, list[bytes]] = {"": []}
        self._lists |= {first: [] for first in "0123456789abcdef"}
        self.groups = [f"group-{number:03}" for number in range(groups)]
        self._members: dict[str, list[bytes]] = {name: [] for name in self.groups}
        self._groups_of: dict[str, list[str]] = {}
        for number in range(people):
            sub = str(uuid.UUID(int=chance.getrandbits(128), version=4))
            user = json.dumps(_user(number, sub), separators=(",", ":")).encode()
            self._lists[""].append(user)
            self._lists[sub[0]].append(user)
            many = int(per_person) + (chance.random() < per_person % 1)
            mine = chance.sample(self.groups, min(many, groups))
            self._groups_of[f"user{number}"] = mine
            for name in mine:
                self._members[name].append(user)

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body of one call."""
        self.calls[operation] += 1
        if not self._admitted(operation):
            return 400, b'{"__type":"TooManyRequestsException","message":"Rate exceeded"}'
        token = asked.get("PaginationToken") or asked.get("NextToken") or "0"
        if operation == "ListUsers":
            first = str(asked.get("Filter") or "").removeprefix('sub ^= "').removesuffix('"')
            if len(first) > 1:  # an exact sub
                wanted = first.removeprefix('sub = "').encode()
                return 200, _page(
                    "Users", [user for user in self._lists[""] if wanted in user], 0, "PaginationToken"
                )
            return 200, _page("Users", self._lists[first], int(token), "PaginationToken")
        if operation == "ListUsersInGroup":
            return 200, _page("Users", self._members[asked["GroupName"]], int(token), "NextToken")
        if operation == "ListGroups":
            return 200, _page("Groups", [_group(group) for group in self.groups], int(token), "NextToken")
        if operation == "AdminListGroupsForUser":
            mine = self._groups_of[asked["Username"]]
            return 200, _page("Groups", [_group(group) for group in mine], int(token), "NextToken")
        pool = {"Id": POOL_ID, "Name": "Fast", "EstimatedNumberOfUsers": len(self._lists[""])}
        return 200, json.dumps({"UserPool": pool}).encode()

    def _admitted(self, operation: str) -> bool:
        if not self.quotas:
            return True
        category = category_of(operation)
        keys = [((category.name,), category.rps)]
        if category.capped_per_pool:
            keys.insert(0, ((category.name, operation), PER_POOL_OPERATION_RPS))
        return all(self._buckets.setdefault(key, Bucket(rps, 1.0)).take() for key, rps in keys)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = dict(scope["headers"])
        operation = headers.get(b"x-amz-target", b"").decode().rpartition(".")[2]
        if operation:
            await asyncio.sleep(self.latency)
            status, data = self.answer(operation, json.loads(body))
        else:
            status, data = 200, json.dumps(self.calls).encode()
        kind = [
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"content-length", str(len(data)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": data})


def _user(number: int, sub: str) -> dict[str, Any]:
    given, family = f"Given{number % 997}", f"Family{number % 7919}"
    attributes = {
        "sub": sub,
        "email": f"{given}.{family}.{number}@example.com".lower(),
        "email_verified": "true",
        "given_name": given,
        "family_name": family,
        "phone_number": f"+4670{number:07}",
        "custom:team": TEAMS[number % len(TEAMS)],
    }
    return {
        "Username": f"user{number}",
        "Attributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "UserCreateDate": DAWN + number,
        "UserLastModifiedDate": DAWN + number,
        "Enabled": number % 50 != 0,
        "UserStatus": "CONFIRMED" if number % 9 else "FORCE_CHANGE_PASSWORD",
    }


def _group(name: str) -> bytes:
    facts = {"GroupName": name, "UserPoolId": POOL_ID, "CreationDate": DAWN, "LastModifiedDate": DAWN}
    return json.dumps(facts).encode()


def _page(listed: str, items: Sequence[bytes], start: int, cursor: str) -> bytes:
    end = start + PAGE
    token = b',"%s":"%d"' % (cursor.encode(), end) if end < len(items) else b""
    return b'{"%s":[%s]%s}' % (listed.encode(), b",".join(items[start:end]), token)


class FastPoolProcess:
    """A fast pool in a process of its own; `url` is its address. Use as a context manager."""

    def __init__(self, *arguments: str) -> None:
        """`arguments` as for `python -m bench.fast_pool`."""
        self._arguments = arguments
        self.url = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.fast_pool", *self._arguments],
            cwd=Path(__file__).resolve().parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def calls(self) -> dict[str, int]:
        """Calls so far, by operation."""
        with urllib.request.urlopen(self.url) as answer:
            return dict(json.load(answer))


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.fast_pool", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=40)
    parser.add_argument("--per-person", type=float, default=1.5, help="groups of a person, on average")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds for each call")
    parser.add_argument("--quotas", action="store_true", help="throttle beyond AWS's default quotas")
    options = parser.parse_args()
    pool = FastPool(options.people, options.groups, options.per_person, options.latency, options.quotas)
    config = uvicorn.Config(pool, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    _Server(config).run()


if __name__ == "__main__":
    main()
