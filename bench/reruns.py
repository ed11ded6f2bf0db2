"""Operators who click without a pause: reruns a second and memory, with both ways to collect garbage.

    python -m bench.reruns [--operators 20] [--reruns 3000] [--people 500] [--pages users,groups,…]

One console after the other on the same store and embedded Cognito: one that collects after each run,
as Streamlit does by itself, and one as the console is started, which collects beside the runs. The
operators are WebSockets; each asks for the next run when the last has ended. Printed for each page:
reruns a second and the median wait; at the end the process's memory after a tenth of the reruns and
after all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from demo.install import install
from demo.server import EmbeddedCognito
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing, new_key

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("users", "groups", "activity", "audits")
# `serve` with Streamlit's own way switched on again, and without the thread.
AS_BEFORE = """
import gc
from streamlit import App
from console.web import garbage
run = App.run
App.run = lambda self, config=None: run(self, config={**config, "runner.postScriptGC": True})
garbage.Collector.start = lambda self: (gc.collect(), gc.freeze())
garbage.Collector.close = lambda self: None
from console.terminal import main
main()
"""
AS_NOW = "from console.terminal import main; main()"


async def until_the_end(tab: websockets.ClientConnection) -> None:
    """Read what the run sends, until it has ended."""
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(tab.recv(), 120))
        if message.WhichOneof("type") == "script_finished":
            return


async def operator(url: str, token: str, page: str, reruns: int) -> list[float]:
    """Seconds that each of so many runs of a page took, one after the other in one tab."""
    request = BackMsg()
    request.rerun_script.query_string = "pool=staff"
    request.rerun_script.page_name = page
    took = []
    async with websockets.connect(
        url.replace("http", "ws") + "/_stcore/stream",
        subprotocols=[websockets.Subprotocol("streamlit")],
        origin=websockets.Origin(url),
        additional_headers={"Cookie": f"console_session_{urlsplit(url).port}={token}"},
        max_size=None,
    ) as tab:
        for _ in range(reruns + 1):
            began = time.perf_counter()
            await tab.send(request.SerializeToString())
            await until_the_end(tab)
            took.append(time.perf_counter() - began)
    return took[1:]  # the first run of a tab is another thing


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident MB of a process."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system doesn't say how much memory a process has")


def measure(
    process: subprocess.Popen[bytes], url: str, tokens: list[str], pages: list[str], reruns: int
) -> None:
    """Run every page, in tenths so that the memory between them is seen, and print."""
    each = max(1, reruns // len(pages) // len(tokens) // 10)
    seen = []
    waits: dict[str, list[float]] = {page: [] for page in pages}
    busy = dict.fromkeys(pages, 0.0)
    for _ in range(10):
        for page in pages:
            began = time.perf_counter()

            async def together(page: str = page) -> list[list[float]]:
                return await asyncio.gather(*(operator(url, token, page, each) for token in tokens))

            waits[page] += [wait for took in asyncio.run(together()) for wait in took]
            busy[page] += time.perf_counter() - began
        seen.append(memory(process))
    for page in pages:
        rate = len(waits[page]) / busy[page]
        print(f"  {page:10s} {rate:6.1f} reruns/s   median {statistics.median(waits[page]) * 1000:6.0f} ms")
    total = sum(map(len, waits.values()))
    print(f"  all        {total / sum(busy.values()):6.1f} reruns/s   ({total} reruns)")
    print(f"  memory in MB after each tenth: {', '.join(f'{size:.0f}' for size in seen)}", flush=True)


def serve(code: str, folder: Path, database: str, key: str) -> tuple[subprocess.Popen[bytes], str]:
    """A console in a process of its own, once it answers, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CONSOLE_DATABASE_URL": database}
    environment["CONSOLE_ENCRYPTION_KEYS"] = key
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", str(port)], cwd=folder, env=environment
    )
    url = f"http://localhost:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return process, url
    raise RuntimeError("the console did not start")


def tokens_for(store: Store, count: int) -> list[str]:
    """So many signed-in browsers of one manager."""
    manager = next(operator for operator in store.operators.list() if operator.role == "manager")
    hours = timedelta(hours=2)
    return [store.sessions.create(manager.id, "", "bench", hours, hours)[1] for _ in range(count)]


def main() -> None:
    """Both ways, one after the other."""
    parser = argparse.ArgumentParser(
        description="Reruns a second and memory, with both ways to collect garbage."
    )
    parser.add_argument("--operators", type=int, default=20)
    parser.add_argument("--reruns", type=int, default=3000)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--pages", default=",".join(PAGES))
    chosen = parser.parse_args()
    key = new_key()
    with tempfile.TemporaryDirectory() as name, EmbeddedCognito(people=chosen.people) as cognito:
        folder = Path(name)
        database = f"sqlite:///{folder / 'bench.db'}"
        with open_store(database, KeyRing((key,))) as store:
            install(store, cognito.url)
            tokens = tokens_for(store, chosen.operators)
            for title, code in (
                ("collected after each run", AS_BEFORE),
                ("collected beside the runs", AS_NOW),
            ):
                print(title, flush=True)
                process, url = serve(code, folder, database, key)
                try:
                    measure(process, url, tokens, chosen.pages.split(","), chosen.reruns)
                finally:
                    process.terminate()
                    process.wait()


if __name__ == "__main__":
    main()
