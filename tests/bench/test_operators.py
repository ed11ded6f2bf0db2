"""The bench of operators works with the console as it is."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from bench.operators import Figures, Site, together, tokens_for, walk
from tests.fixtures.console import ConsoleServer


def both(site: Site, tokens: list[str]) -> tuple[Figures, Figures]:
    async def run() -> tuple[Figures, Figures]:
        walked, _ = await walk(site, tokens, 2, 0.1, seed=1)
        return await together(site, tokens, "operators", 0.1), walked

    # where a browser runs, this thread has an event loop already
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def test_two_operators_click_and_walk(console_server: ConsoleServer) -> None:
    site = Site(console_server.url, console_server.process, {"operators": {}, "schedule": {}})
    clicked, walked = both(site, tokens_for(console_server.store, 2, "admin"))
    assert len(clicked.waits) >= 2
    assert len(walked.waits) == 4
    assert 0 < clicked.median <= clicked.slow
