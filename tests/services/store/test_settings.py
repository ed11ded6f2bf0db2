"""Settings keep JSON values by key."""

import pytest


@pytest.mark.parametrize("value", [0, "", None, False, [1, {"a": None}], {"ö": "\0\ud800"}])
def test_a_value_comes_back_as_it_was_set(store, value):
    store.settings.set("key", "something else")
    store.settings.set("key", value)
    assert store.settings.get("key", "default") == value
    assert store.settings.all() == {"key": value}


def test_what_is_not_set_has_the_default(store):
    assert store.settings.get("key") is None
    assert store.settings.get("key", 5) == 5
    store.settings.set("key", 1)
    store.settings.delete("key")
    store.settings.delete("key")
    assert store.settings.get("key", 5) == 5
