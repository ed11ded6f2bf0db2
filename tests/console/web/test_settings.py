"""Settings from the environment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.web.settings import DemoOperator, read_settings
from services.errors import InvalidValue


def test_without_anything_set_only_this_machine_is_served() -> None:
    settings = read_settings({})
    assert settings.hosts == ("127.0.0.1", "localhost", "::1")
    assert (settings.idle, settings.absolute) == (timedelta(minutes=30), timedelta(hours=10))
    assert not settings.https
    assert not settings.is_demo


def test_a_public_address_adds_its_name_and_says_https() -> None:
    settings = read_settings({"CONSOLE_PUBLIC_URL": "https://Console.Example.com/"})
    assert settings.public_url == "https://console.example.com"
    assert "console.example.com" in settings.hosts
    assert settings.https


def test_arguments_stand_above_the_environment() -> None:
    settings = read_settings(
        {"CONSOLE_PUBLIC_URL": "https://a.example"}, public_url="http://b.example:8080", host="10.0.0.5"
    )
    assert settings.public_url == "http://b.example:8080"
    assert {"b.example", "10.0.0.5"} <= set(settings.hosts)


def test_listening_everywhere_is_no_name() -> None:
    assert read_settings({}, host="0.0.0.0").hosts == read_settings({}).hosts


def test_other_names_and_limits_can_be_set() -> None:
    settings = read_settings(
        {
            "CONSOLE_ALLOWED_HOSTS": "a.example, B.example",
            "CONSOLE_IDLE_MINUTES": "5",
            "CONSOLE_SESSION_HOURS": "1.5",
        }
    )
    assert {"a.example", "b.example"} <= set(settings.hosts)
    assert (settings.idle, settings.absolute) == (timedelta(minutes=5), timedelta(minutes=90))


@pytest.mark.parametrize(
    "environment",
    [
        {"CONSOLE_PUBLIC_URL": "console.example.com"},
        {"CONSOLE_PUBLIC_URL": "https://console.example.com/path"},
        {"CONSOLE_PUBLIC_URL": "ftp://console.example.com"},
        {"CONSOLE_IDLE_MINUTES": "soon"},
        {"CONSOLE_IDLE_MINUTES": "0"},
        {"CONSOLE_IDLE_MINUTES": "nan"},
        {"CONSOLE_SESSION_HOURS": "-1"},
    ],
)
def test_what_can_not_be_used_is_refused_in_words(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_settings(environment)
    assert refused.value.next_step


def test_with_demo_operators_it_is_a_demo() -> None:
    assert read_settings({}, demo_operators=(DemoOperator("ada", "pw", "auditor"),)).is_demo
