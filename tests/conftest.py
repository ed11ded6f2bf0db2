"""Fixtures shared by all tests; each room's parts stand in tests/fixtures/."""

import gc
import signal
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = [f"tests.fixtures.{name}" for name in ("store", "postgresql", "cognito", "console")]

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("console", deadline=None)
settings.load_profile("console")

# A run in the background of a script ignores Ctrl-C, and so would every command that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The longest first, so that no worker ends long after the others.
_BROWSER_FILES = ("every_page", "onboarding", "onboarding_jobs", "sign_in", "people", "calls", "reviews")
_BROWSER_FILES += ("federation", "login_test", "onboarding_drafts", "audits", "ask", "passkeys", "compare")
# Seconds; a test waits for states, so that only one that hangs comes near it, on a busy machine too.
_BROWSER_LIMIT = 900
_SPREAD = 0.85  # of the run: at its end only short files are left


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the browser's files over the run: several browsers at once starve each other on two cores."""
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    browser = [file for file in files if file[0].path.parent.name == "browser"]
    others = [file for file in files if file[0].path.parent.name != "browser"]
    browser.sort(key=lambda item: _place(item[0].path))
    step = max(1, round(len(others) * _SPREAD / max(1, len(browser))))
    for number, file in enumerate(browser):
        others.insert(number * (step + 1), file)
    items[:] = [item for file in others for item in file]
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.timeout(_BROWSER_LIMIT))


def pytest_collection_finish() -> None:
    """What is there by now stays: no later collection of garbage looks through it again."""
    gc.collect()
    gc.freeze()
    # tests make little garbage and much that lives as long as they do: 45 looks for it instead of 1,500
    gc.set_threshold(20_000, 20, 20)


def _place(path: Path) -> int:
    name = path.stem.removeprefix("test_")
    return _BROWSER_FILES.index(name) if name in _BROWSER_FILES else len(_BROWSER_FILES)
