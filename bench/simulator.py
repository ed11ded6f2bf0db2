"""Cognito as it is in hard times: the embedded one behind latency, quotas and faults, from a seed.

Each call takes its time outside the embedded server's lock, passes the token bucket of its quota
category (AWS's default figures), and then meets a fault or not. A path in its address is the name of an
account: each has quotas of its own, and all see the same pools. Tests run it in a thread; the
benches in a process of its own, so that it doesn't share a Python interpreter with what is measured:

    python -m bench.simulator --latency 0.08 --quotas

A GET of `/_simulator` answers what happened so far as JSON; a POST there changes settings.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from werkzeug.wrappers import Response

from demo.application import CognitoApplication, error_response
from demo.server import CognitoThread
from services.cognito.quotas import PER_POOL_OPERATION_RPS, category_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_simulator"
BURST = 1.0
"""Seconds' worth of quota that a bucket holds: AWS states its quotas per second and no more."""


@dataclass(frozen=True)
class Faults:
    """How often each fault happens, 0–1.

    `throttled` and `reset` (connection cut): nothing took effect. `failed` (HTTP 500): half of them
    took effect. `lost` (connection cut) and `silent` (no answer for `silence` seconds): all did.
    """

    throttled: float = 0.0
    failed: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    silent: float = 0.0
    silence: float = 30.0


NAMES = ("throttled", "failed", "reset", "lost", "silent")


class Bucket:
    """A token bucket, full at first. Callers hold the lock."""

    def __init__(self, rps: float, burst: float) -> None:
        self._rps = rps
        self._most = max(1.0, rps * burst)
        self._tokens = self._most
        self._at = time.monotonic()

    def take(self) -> bool:
        """Take a token if there is one."""
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rps)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Simulator:
    """WSGI round the embedded Cognito. Counters: `calls` and `throttles` by operation, `happened` by
    fault, `effects` by operation and whom it took effect on."""

    def __init__(
        self,
        faults: Faults | None = None,
        seed: int = 0,
        *,
        latency: float = 0.0,
        quotas: bool = False,
        burst: float = BURST,
    ) -> None:
        """`latency` in seconds for each call; with `quotas`, calls beyond AWS's defaults are throttled."""
        self._application = CognitoApplication()
        self.url = ""
        self.faults = faults or Faults()
        self.latency = latency
        self.quotas = quotas
        self.burst = burst
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.to_lose: set[str] = set()
        self.refusals: dict[str, tuple[str, str]] = {}
        """Operation ("*": all) → code and message with which it is refused."""
        self.clear()

    def clear(self) -> None:
        """Forget what happened; full buckets."""
        self.calls: Counter[str] = Counter()
        self.throttles: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self.effects: Counter[tuple[str, str]] = Counter()
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._arrivals: dict[tuple[str, str], list[float]] = {}

    def lose_next(self, operation: str) -> None:
        """Let the next call of `operation` take effect and lose its answer."""
        self.to_lose.add(operation)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if environ["PATH_INFO"] == CONTROL:
            return self._control(environ, body)(environ, start_response)
        account, environ["PATH_INFO"] = str(environ["PATH_INFO"]).strip("/"), "/"
        operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        if not operation:  # STS
            return self._application(environ, start_response)
        time.sleep(self.latency / 2)
        answer = self._answer(environ, account, operation, json.loads(body))
        time.sleep(self.latency / 2)
        return answer(environ, start_response)

    def _answer(
        self, environ: WSGIEnvironment, account: str, operation: str, asked: Mapping[str, Any]
    ) -> Response:
        refusal = self.refusals.get(operation) or self.refusals.get("*")
        if refusal:
            return error_response(400, *refusal)
        if not self._admitted(account, operation, str(asked.get("UserPoolId", ""))):
            return _throttle()
        fault, after = self._choose(operation)
        if fault == "throttled":
            return _throttle()
        if fault == "reset":
            cut(environ)
        answer = None
        if not fault or after or fault in ("lost", "silent"):
            answer = Response.from_app(self._application, environ, buffered=True)
            if answer.status_code == 200:
                whom = f"{asked.get('Username', '')}/{asked.get('GroupName', '')}"
                with self.lock:
                    self.effects[operation, whom] += 1
        if fault == "failed":
            return error_response(500, "InternalErrorException", "Something went wrong")
        if fault == "silent":
            time.sleep(self.faults.silence)
        if fault or answer is None:
            cut(environ)
        return answer

    def most_in_a_second(self) -> dict[str, int]:
        """The most calls that any second saw, by account and category, as “account UserUpdate”."""
        with self.lock:
            return {
                f"{account} {category}": max(
                    bisect_left(times, at + 1.0) - place for place, at in enumerate(times)
                )
                for (account, category), times in self._arrivals.items()
            }

    def _admitted(self, account: str, operation: str, pool_id: str) -> bool:
        with self.lock:
            self.calls[operation] += 1
            category = category_of(operation)
            self._arrivals.setdefault((account, category.name), []).append(time.monotonic())
            if not self.quotas:
                return True
            keys = [((account, category.name), category.rps)]
            if category.capped_per_pool and pool_id:
                keys.insert(0, ((account, pool_id, operation), PER_POOL_OPERATION_RPS))
            for key, rps in keys:
                if not self._buckets.setdefault(key, Bucket(rps, self.burst)).take():
                    self.throttles[operation] += 1
                    return False
        return True

    def _choose(self, operation: str) -> tuple[str, bool]:
        """The next fault ("" for none), and whether a failed call takes effect."""
        with self.lock:
            if operation in self.to_lose:
                self.to_lose.remove(operation)
                return "lost", True
            drawn, after = self.random.random(), self.random.random() < 0.5
            for name in NAMES:
                share = getattr(self.faults, name)
                if drawn < share:
                    self.happened[name] += 1
                    if name == "throttled":
                        self.throttles[operation] += 1
                    return name, after
                drawn -= share
        return "", False

    def _control(self, environ: WSGIEnvironment, body: bytes) -> Response:
        most = self.most_in_a_second()
        with self.lock:
            if environ["REQUEST_METHOD"] == "POST":
                wanted = json.loads(body)
                if "faults" in wanted:
                    self.faults = Faults(**wanted["faults"])
                if "seed" in wanted:
                    self.random = random.Random(wanted["seed"])
                self.latency = wanted.get("latency", self.latency)
                self.quotas = wanted.get("quotas", self.quotas)
                if wanted.get("clear"):
                    self.clear()
            state = {
                "calls": self.calls,
                "throttles": self.throttles,
                "happened": self.happened,
                "most": most,
                "effects": [[*key, count] for key, count in self.effects.items()],
            }
        return Response(json.dumps(state), content_type="application/json")


def _throttle() -> Response:
    return error_response(400, "TooManyRequestsException", "Rate exceeded")


def cut(environ: WSGIEnvironment) -> None:
    """Reset the request's connection. Raises `ConnectionAbortedError`, by which the server lets go of it."""
    connection: socket.socket = environ["werkzeug.socket"]
    # linger 0: the peer sees a reset, not an orderly end
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionAbortedError


class SimulatorThread(CognitoThread):
    """A simulator in a thread, in front of the backends of this process."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        super().__init__(port, simulator)
        simulator.url = self.url
        # connections that were cut are what it is for
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]


class SimulatorProcess:
    """A simulator in a process of its own; `url` is its address. Use as a context manager."""

    def __init__(self, *arguments: str) -> None:
        """`arguments` as for `python -m bench.simulator`."""
        self._arguments = arguments
        self.url = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.simulator", "--end-with-input", *self._arguments],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def state(self) -> dict[str, Any]:
        """What happened so far."""
        with urllib.request.urlopen(self.url + CONTROL) as answer:
            return dict(json.load(answer))

    def set(self, *, faults: Faults | None = None, **settings: Any) -> None:
        """Change `faults`, `latency`, `quotas`, `seed`; `clear=True` forgets what happened."""
        if faults is not None:
            settings["faults"] = asdict(faults)
        request = urllib.request.Request(
            self.url + CONTROL, json.dumps(settings).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request).close()


def main() -> None:
    """Serve until SIGTERM, or until standard input ends when asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--people", type=int, default=60, help="in the pool with plain usernames")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds for each call")
    parser.add_argument("--quotas", action="store_true", help="throttle beyond AWS's default quotas")
    parser.add_argument("--burst", type=float, default=BURST, help="seconds of quota that a bucket holds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--end-with-input", action="store_true", help="stop when standard input ends")
    for name in NAMES:
        parser.add_argument(f"--{name}", type=float, default=0.0, help="share of calls, 0 to 1")
    options = parser.parse_args()

    from demo.seed import seed  # noqa: PLC0415

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if options.end_with_input:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    seed(people=options.people, email_people=30)
    simulator = Simulator(
        Faults(**{name: getattr(options, name) for name in NAMES}),
        options.seed,
        latency=options.latency,
        quotas=options.quotas,
        burst=options.burst,
    )
    with SimulatorThread(simulator) as server:
        print(json.dumps({"url": server.url}), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
