"""Fixtures shared by all tests; each room's parts stand in tests/fixtures/."""

import signal

pytest_plugins = ["tests.fixtures.store", "tests.fixtures.cognito", "tests.fixtures.console"]

# A run in the background of a script ignores Ctrl-C, and so would every command that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
