"""What the person who runs the console can set, read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from services.errors import InvalidValue

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """An operator whose password is shown on the sign-in page, in the demo only."""

    username: str
    password: str
    role: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Settings of one running console."""

    public_url: str = ""
    hosts: tuple[str, ...] = LOCAL_HOSTS
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)
    demo_operators: tuple[DemoOperator, ...] = ()
    demo_notice: str = ""
    works: bool = True
    """Whether the console does background work in its own process, too."""

    @property
    def https(self) -> bool:
        """True if browsers reach the console by https."""
        return self.public_url.startswith("https://")

    @property
    def is_demo(self) -> bool:
        """True if everything is forgotten when the console stops."""
        return bool(self.demo_operators)


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    public_url: str = "",
    host: str = "",
    demo_operators: tuple[DemoOperator, ...] = (),
    demo_notice: str = "",
    works: bool = True,
) -> ConsoleSettings:
    """Read the settings; arguments stand above the environment. Raises `InvalidValue`.

    CONSOLE_PUBLIC_URL (as people type it, behind a proxy), CONSOLE_IDLE_MINUTES (default 30),
    CONSOLE_SESSION_HOURS (default 10), CONSOLE_ALLOWED_HOSTS (names besides the public one, by comma).
    """
    env = os.environ if environment is None else environment
    url = (public_url or env.get("CONSOLE_PUBLIC_URL", "")).strip().rstrip("/").lower()
    hosts = list(LOCAL_HOSTS)
    hosts += [
        name.strip().lower() for name in env.get("CONSOLE_ALLOWED_HOSTS", "").split(",") if name.strip()
    ]
    if host and host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        hosts.append(host.lower())
    if url:
        hosts.append(_host_of(url))
    return ConsoleSettings(
        public_url=url,
        hosts=tuple(dict.fromkeys(hosts)),
        idle=timedelta(minutes=_number(env, "CONSOLE_IDLE_MINUTES", 30)),
        absolute=timedelta(hours=_number(env, "CONSOLE_SESSION_HOURS", 10)),
        demo_operators=demo_operators,
        demo_notice=demo_notice,
        works=works,
    )


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise InvalidValue(
            f"The public address {url!r} is not usable.",
            "Give scheme and host only, as in https://console.example.com.",
            field="public-url",
        )
    return parts.hostname


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10_000:
        raise InvalidValue(
            f"{name} is {text!r}, which is no usable number.", "Give a number above 0.", field=name
        )
    return value
