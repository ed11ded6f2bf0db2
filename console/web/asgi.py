"""The console as an ASGI application: Streamlit behind the gate.

One process serves it (Streamlit's sessions live in memory). `python -m console serve` starts it.
"""

from __future__ import annotations

import importlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from console.feedback import show_error
from console.web.garbage import Collector
from console.web.gate import Gate
from console.web.headers import SecurityHeaders
from console.web.process import PROCESS
from console.web.routes import ROUTES
from services.background import TASKS
from services.bulk import drafts
from services.directory.scans import scans_for
from services.errors import ConsoleError
from services.login.hosted import sweep as sweep_login_tests
from services.processors import stay_on_one
from services.work.desk import work_for

ENTRY = Path(__file__).parents[1] / "app.py"
log = logging.getLogger(__name__)

_WARM = (
    "pandas",
    "pyarrow",
    "altair",
    "streamlit_authenticator",
    "services.pool_session",
    "services.cognito.sending",
)


def _warm_up() -> None:
    """Import what would otherwise be imported while the first visitor waits."""
    # streamlit-authenticator brings components that warn, at import, that no page is running.
    warnings = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    level = warnings.level
    warnings.setLevel(logging.ERROR)
    try:
        for name in _WARM:
            importlib.import_module(name)
    finally:
        warnings.setLevel(level)


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    """Before the first visitor: slow imports done, and what they made kept out of every collection."""
    _warm_up()
    collector = Collector()
    collector.start()
    # What login tests held that were waiting when an earlier process ended.
    sweep_login_tests(PROCESS.store)
    # And uploaded files that nobody has gone on with.
    drafts.sweep(PROCESS.store)
    # Jobs that a process left behind when it died are taken up from here on, and what fell due meanwhile.
    work = work_for(PROCESS.store)
    if PROCESS.settings.works:
        work.begin(TASKS, PROCESS.settings.public_url)
    # Only what answers people, and only now: the background works beside it. By its port: several
    # consoles of one machine shall not share a processor.
    stay_on_one(config.get_option("server.port"))
    try:
        yield
    finally:
        collector.close()
        work.close()
        scans_for(PROCESS.store).close()
        PROCESS.close()


def _on_script_error(error: Exception) -> bool:
    """Show errors in words; of an unforeseen one a reference that stands in the log as well."""
    if isinstance(error, ConsoleError):
        show_error(error)
        return True
    reference = secrets.token_hex(4)
    log.error("Unforeseen error, reference %s", reference, exc_info=error)
    st.error(
        f"Something went wrong in the console itself. Reference: {reference}\n\n"
        "What you did may or may not have taken effect: look before you repeat it. "
        "Tell whoever runs the console; the reference is in its log.",
        icon=":material/error:",
    )
    return True


app = st.App(
    ENTRY,
    lifespan=_lifespan,
    routes=ROUTES,
    middleware=[Middleware(SecurityHeaders), Middleware(Gate)],
    on_script_error=_on_script_error,
)
