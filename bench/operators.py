"""Operators clicking at once over real WebSockets, page by page, beside a bare Streamlit page.

    python -m bench.operators [--operators 20] [--seconds 10] [--people 500] [--pages overview,users,…]
    python -m bench.operators --walkers 100 --minutes 3
    python -m bench.operators --processes 2

Operators are WebSockets that speak Streamlit's own messages, as a browser does: each asks for the next
run when the last has ended. Printed for each page: reruns a second, median and 95th percentile of the
wait, CPU of the server for a rerun (all its threads), and that as a multiple of the bare page's, which
is measured in the same run.
Then one operator alone. Walkers click through all pages with half a minute between two clicks; printed
are their waits and what each session holds of the process's memory. With --processes the operators are
shared among the consoles that one `serve --processes` keeps, in turn with one console that has them all.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import boto3
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from demo.install import install
from demo.server import EmbeddedCognito
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing, new_key

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "users", "user", "groups", "jobs", "audits", "activity")
BARE = "bare"
BARE_PAGE = """
import streamlit as st
st.title("A bare page")
st.text_input("Name")
st.button("Press")
st.dataframe({"Name": ["Ann", "Bob"], "Age": [41, 52]})
"""
BETWEEN_CLICKS = 30.0  # seconds, of a walker


@dataclass
class Site:
    """A server under measurement: its address, its process, and the pages by name with their queries.

    One of several at one address has a `port` of its own, to which a proxy would send its browsers.
    """

    url: str
    process: subprocess.Popen[bytes]
    pages: dict[str, dict[str, str]]
    port: int | None = None

    def cpu(self) -> float:
        """Seconds of CPU that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident MB of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("this system doesn't say how much memory a process has")

    def end(self) -> None:
        """Stop the process."""
        self.process.terminate()
        self.process.wait()


@dataclass
class Tab:
    """One browser tab. Knows what Streamlit's page keeps between runs: the page's hash and what is cached."""

    socket: websockets.ClientConnection
    page: str = ""
    page_hash: str = ""
    cached: set[str] = field(default_factory=set)

    async def click(self, page: str, query: dict[str, str]) -> float:
        """Have a page run, the same as before or another; seconds until its run has ended."""
        request = BackMsg()
        client = request.rerun_script
        client.query_string = urlencode(query)
        if page == self.page:
            client.page_script_hash = self.page_hash
        else:
            client.page_name = page
        client.cached_message_hashes.extend(self.cached)
        began = time.perf_counter()
        await self.socket.send(request.SerializeToString())
        await self._until_the_end()
        self.page = page
        return time.perf_counter() - began

    async def _until_the_end(self) -> None:
        seen: set[str] = set()
        while True:
            data = await asyncio.wait_for(self.socket.recv(), 120)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.cached = seen
                    return
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "delta" and message.metadata.cacheable:
                seen.add(message.hash)
            elif kind == "ref_hash":
                seen.add(message.ref_hash)
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                raise RuntimeError(message.delta.new_element.exception.message)


def tab(site: Site, token: str) -> websockets.connect:
    """A WebSocket as a tab of the signed-in browser opens it."""
    cookie = {"Cookie": f"console_session_{urlsplit(site.url).port}={token}"} if token else {}
    return websockets.connect(
        site.url.replace("http", "ws") + "/_stcore/stream",
        subprotocols=[websockets.Subprotocol("streamlit")],
        origin=websockets.Origin(site.url),
        additional_headers=cookie,
        max_size=None,
        **({"port": site.port} if site.port else {}),
    )


@dataclass(frozen=True)
class Figures:
    """What one page came to."""

    waits: tuple[float, ...]
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Reruns a second."""
        return len(self.waits) / self.seconds

    @property
    def median(self) -> float:
        """Seconds that half of the reruns took at most."""
        return statistics.median(self.waits)

    @property
    def slow(self) -> float:
        """Seconds that 95 of 100 reruns took at most."""
        return sorted(self.waits)[math.ceil(0.95 * len(self.waits)) - 1]

    @property
    def cpu_each(self) -> float:
        """Seconds of the server's CPU for one rerun."""
        return self.cpu / len(self.waits)


async def together(site: Site, tokens: Sequence[str], page: str, seconds: float) -> Figures:
    """Have all operators click on one page for so many seconds, without a pause."""
    waits: list[float] = []
    ready = asyncio.Barrier(len(tokens) + 1)

    async def operator(token: str) -> None:
        async with tab(site, token) as socket:
            here = Tab(socket)
            for _ in range(2):  # the first run of a tab, and the next that follows its address, are others
                await here.click(page, site.pages[page])
            await ready.wait()
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                waits.append(await here.click(page, site.pages[page]))

    clicking = [asyncio.create_task(operator(token)) for token in tokens]
    await _or_fail(ready.wait, clicking)
    began, cpu = time.perf_counter(), site.cpu()
    await asyncio.gather(*clicking)
    return Figures(tuple(waits), time.perf_counter() - began, site.cpu() - cpu)


async def _or_fail(wait: Callable[[], Awaitable[object]], tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for a barrier, or for the first task that fails before it."""
    waiting = asyncio.ensure_future(wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if waiting not in done:
        waiting.cancel()
        await asyncio.gather(*done)


async def walk(
    site: Site, tokens: Sequence[str], clicks: int, pause: float, seed: int
) -> tuple[Figures, float]:
    """Have operators walk through the pages with a pause before each click; figures, and MB a session."""
    waits: list[float] = []
    held: list[float] = []
    before, all_there = site.memory(), asyncio.Barrier(len(tokens))

    async def operator(token: str, chance: random.Random) -> None:
        await asyncio.sleep(chance.random() * pause)
        async with tab(site, token) as socket:
            here = Tab(socket)
            first = next(iter(site.pages))
            await here.click(first, site.pages[first])
            for _ in range(clicks):
                await asyncio.sleep(chance.uniform(0.5, 1.5) * pause)
                page = chance.choice(list(site.pages))
                waits.append(await here.click(page, site.pages[page]))
            await all_there.wait()
            held.append(site.memory())

    began, cpu = time.perf_counter(), site.cpu()
    chances = [random.Random(seed + number) for number in range(len(tokens))]
    walking = [operator(token, chance) for token, chance in zip(tokens, chances, strict=True)]
    await asyncio.gather(*walking)
    figures = Figures(tuple(waits), time.perf_counter() - began, site.cpu() - cpu)
    return figures, (max(held) - before) / len(tokens)


def _started(command: list[str], folder: Path, environment: dict[str, str], port: int, health: str) -> Site:
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment})
    url = f"http://localhost:{port}"
    _until_it_answers(f"{url}{health}", process)
    return Site(url, process, {})


def _until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
        if process.poll() is not None:
            break
    process.terminate()
    raise RuntimeError("the server did not start")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare_site(folder: Path) -> Site:
    """One page of Streamlit's own elements, with the console's configuration."""
    script = folder / "bare.py"
    script.write_text(BARE_PAGE)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    site = _started(command, ROOT, {}, port, "/_stcore/health")
    site.pages[BARE] = {}
    return site


def console_site(folder: Path, database: str, key: str, processes: int = 1) -> Site:
    """A console in a process of its own, or the first of several, once it answers."""
    port = free_port()
    environment = {
        "PYTHONPATH": str(ROOT),
        "CONSOLE_DATABASE_URL": database,
        "CONSOLE_ENCRYPTION_KEYS": key,
    }
    command = [sys.executable, "-m", "console", "serve", "--port", str(port)]
    if processes > 1:
        command += ["--processes", str(processes), "--public-url", f"http://localhost:{port}"]
    return _started(command, folder, environment, port, "/healthz")


async def shared(sites: Sequence[Site], tokens: Sequence[str], page: str, seconds: float) -> Figures:
    """As `together`, with the operators shared among several consoles that are asked at once."""
    many = len(sites)
    parts = await asyncio.gather(
        *(together(site, tokens[number::many], page, seconds) for number, site in enumerate(sites))
    )
    waits = tuple(itertools.chain.from_iterable(part.waits for part in parts))
    # each is over at a moment of its own: rates add up, seconds don't
    return Figures(waits, len(waits) / sum(part.rate for part in parts), sum(part.cpu for part in parts))


@contextlib.contextmanager
def console_sites(folder: Path, database: str, key: str, processes: int) -> Iterator[list[Site]]:
    """The consoles that one `serve --processes` keeps, at ports one after another, once they answer."""
    site = console_site(folder, database, key, processes)
    port = urlsplit(site.url).port or 0
    try:
        sites = [replace(site, port=port + number) for number in range(processes)]
        for each in sites:
            _until_it_answers(f"http://localhost:{each.port}/healthz", each.process)
        yield sites
    finally:
        site.end()


def compare(
    single: Site, several: Sequence[Site], tokens: Sequence[str], pages: Sequence[str], seconds: float
) -> None:
    """Every page with all operators on one console, then shared among several; twice by turns."""
    for page in pages:
        for sites in ([single], several) * 2:
            for each in sites:
                each.pages = single.pages
            found = asyncio.run(shared(sites, tokens, page, seconds))
            print(
                f"  {page:10s} {len(sites)} processes {found.rate:7.1f} reruns/s   "
                f"p50 {found.median * 1000:6.0f} ms   p95 {found.slow * 1000:6.0f} ms",
                flush=True,
            )


def tokens_for(store: Store, count: int, role: str = "manager") -> list[str]:
    """So many signed-in browsers of one operator with that role."""
    chosen = next(operator for operator in store.operators.list() if operator.role == role)
    hours = timedelta(hours=4)
    return [store.sessions.create(chosen.id, "", "bench", hours, hours)[1] for _ in range(count)]


def somebody(store: Store, endpoint: str) -> str:
    """The sub of a person in the pool “staff”."""
    pool = next(pool for pool in store.pools.list() if pool.name == "staff")
    client = boto3.client(
        "cognito-idp",
        endpoint_url=endpoint,
        region_name=pool.pool_id.partition("_")[0],
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )
    found = client.list_users(UserPoolId=pool.pool_id, Limit=1)["Users"][0]
    return next(pair["Value"] for pair in found["Attributes"] if pair["Name"] == "sub")


def show(page: str, operators: int, found: Figures, bare: Figures | None) -> None:
    """Print one line."""
    beside = f"  {found.cpu_each / bare.cpu_each:5.1f} × bare" if bare is not None else ""
    waits = f"p50 {found.median * 1000:6.0f} ms   p95 {found.slow * 1000:6.0f} ms"
    cpu = f"CPU {found.cpu_each * 1000:6.1f} ms a rerun{beside}"
    print(f"  {page:10s} {operators:3d} operators {found.rate:7.1f} reruns/s   {waits}   {cpu}", flush=True)


def measure(site: Site, bare: Site, tokens: list[str], pages: Sequence[str], seconds: float) -> None:
    """Every page with all operators, then with one alone; the bare page first each time."""
    for some in (tokens, tokens[:1]):
        beside = asyncio.run(together(bare, [""] * len(some), BARE, seconds))
        show(BARE, len(some), beside, None)
        for page in pages:
            show(page, len(some), asyncio.run(together(site, some, page, seconds)), beside)
    load = os.getloadavg()[0]
    print(f"  memory of the process {site.memory():.0f} MB; load average {load:.1f}", flush=True)


def main() -> None:
    """Start everything, measure, end everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.operators", description=__doc__)
    parser.add_argument("--operators", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--pages", default=",".join(PAGES))
    parser.add_argument("--walkers", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    key = new_key()
    with tempfile.TemporaryDirectory() as name, EmbeddedCognito(people=chosen.people) as cognito:
        folder = Path(name)
        database = f"sqlite:///{folder / 'bench.db'}"
        with open_store(database, KeyRing((key,))) as store:
            install(store, cognito.url)
            tokens = tokens_for(store, max(chosen.operators, chosen.walkers))
            site, bare = console_site(folder, database, key), bare_site(folder)
            try:
                site.pages = {page: {"pool": "staff"} for page in PAGES}
                site.pages["user"]["id"] = somebody(store, cognito.url)
                if chosen.processes > 1:
                    with console_sites(folder, database, key, chosen.processes) as several:
                        compare(site, several, tokens, chosen.pages.split(","), chosen.seconds)
                    return
                if not chosen.walkers:
                    measure(site, bare, tokens[: chosen.operators], chosen.pages.split(","), chosen.seconds)
                    return
                asyncio.run(together(site, tokens[:1], PAGES[0], 1))
                clicks = max(1, int(chosen.minutes * 60 / BETWEEN_CLICKS))
                found, held = asyncio.run(
                    walk(site, tokens[: chosen.walkers], clicks, BETWEEN_CLICKS, chosen.seed)
                )
                show("all pages", chosen.walkers, found, None)
                print(f"  {held:.1f} MB a session", flush=True)
            finally:
                site.end()
                bare.end()


if __name__ == "__main__":
    main()
