"""Fixtures shared by all tests; each room's parts stand in tests/fixtures/."""

pytest_plugins = ["tests.fixtures.store", "tests.fixtures.cognito", "tests.fixtures.console"]
