"""A console as docs/deploy.md has it, on one machine: PostgreSQL, consoles, workers, nginx with TLS.

The tests and `bench.workers` start it from the files in docs/deploy/, with addresses and ports of their own
put into them. Each process believes that it is on a machine of its own where the system allows that, so that
nobody sees by a process's number that another is dead.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "docs" / "deploy"
PATIENCE = 280.0
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "")
# where each process can have a host name of its own
ALONE = ("unshare", "--uts", "sh", "-c", 'hostname "$1"; shift; exec "$@"', "sh")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
    """Wait until it is so; how many seconds that took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise TimeoutError(f"It didn't come about: {what}.")
        time.sleep(0.05)
    return time.monotonic() - began


def changed(text: str, changes: dict[str, str]) -> str:
    """The text of a file with these words put in the places of others, each of which must be there."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in the file"
        text = text.replace(old, new)
    return text


def command_in(unit: str, instance: str) -> list[str]:
    """What a systemd unit of docs/deploy starts, with this Python, for one instance."""
    line = re.search(r"^ExecStart=(.*)$", (FILES / unit).read_text(encoding="utf-8"), re.M)
    assert line is not None
    return [sys.executable, *line[1].replace("%i", instance).split()[1:]]


@dataclass
class Deployment:
    """The processes by name (`console-1`, `worker-2`), started and killed one by one. A context manager."""

    database: str
    key: str
    folder: Path
    consoles: int = 2
    workers: int = 3
    apart: Sequence[str] = ()
    """Names of processes that are on machines of their own, where the system allows it."""
    ports: dict[str, int] = field(init=False)
    processes: dict[str, subprocess.Popen[bytes]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        names = [f"console-{number}" for number in range(1, self.consoles + 1)]
        self.ports = {name: free_port() for name in names}
        self.port = free_port() if names and NGINX else 0
        self.url = f"https://localhost:{self.port}" if self.port else ""
        self.trust = ssl.create_default_context()

    def __enter__(self) -> Deployment:
        try:
            for number in range(1, self.workers + 1):
                self.start(f"worker-{number}")
            for name in self.ports:
                self.start(name)
            if self.port:
                self._start_nginx()
            for name in self.ports:
                self.wait_for(name)
            for number in range(1, self.workers + 1):
                self.wait_for(f"worker-{number}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(
                    signal.SIGTERM if process is self.processes.get("nginx") else signal.SIGKILL
                )
            process.wait(30)

    def start(self, name: str) -> None:
        """Start a process, as its unit does."""
        if name in self.ports:
            command = command_in("console@.service", str(self.ports[name]))
        else:
            command = command_in("console-worker@.service", name)
        if name in self.apart and os.geteuid() == 0 and shutil.which("unshare"):
            command = [*ALONE, name, *command]
        settings = {
            "CONSOLE_DATABASE_URL": self.database,
            "CONSOLE_ENCRYPTION_KEYS": self.key,
            "CONSOLE_PUBLIC_URL": self.url,
            "PYTHONPATH": str(ROOT),
        }
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT
            )

    def log(self, name: str) -> Path:
        """What a process has written."""
        return self.folder / f"{name}.log"

    def wait_for(self, name: str) -> None:
        """Wait until a process does its work."""
        until(lambda: self.answers(name) or self._has_ended(name), f"{name} answers")

    def kill(self, name: str) -> int:
        """End a process as a power cut does; the id it had."""
        process = self.processes[name]
        process.kill()
        process.wait(30)
        return process.pid

    def alive(self, pid: int) -> bool:
        """True if this is a process that hasn't been killed."""
        return any(known.pid == pid and known.poll() is None for known in self.processes.values())

    def answers(self, name: str) -> bool:
        """True once a console answers, or a worker has said that it works."""
        if name not in self.ports:
            return b"Worker: up to" in self.log(name).read_bytes()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _has_ended(self, name: str) -> bool:
        assert self.processes[name].poll() is None, self.log(name).read_text(errors="replace")
        return False

    def _start_nginx(self) -> None:
        certificate, key = self.folder / "fullchain.pem", self.folder / "privkey.pem"
        made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        subprocess.run(
            [*made, *named, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
        )
        self.trust.load_verify_locations(certificate)
        site = changed(
            (FILES / "nginx.conf").read_text(encoding="utf-8"),
            {
                "127.0.0.1:8501": f"127.0.0.1:{self.ports['console-1']}",
                "127.0.0.1:8502": f"127.0.0.1:{self.ports['console-2']}",
                "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
                "listen 80;": f"listen 127.0.0.1:{free_port()};",
                "console.example.com": "localhost",
                "/etc/ssl/console/fullchain.pem": str(certificate),
                "/etc/ssl/console/privkey.pem": str(key),
            },
        )
        (self.folder / "site.conf").write_text(site, encoding="utf-8")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{what}_temp_path {self.folder}/nginx-{what};" for what in kinds)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"{user} daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log stderr;"
            f" events {{}} http {{ access_log off; {places} include {self.folder}/site.conf; }}",
            encoding="utf-8",
        )
        with self.log("nginx").open("ab") as log:
            self.processes["nginx"] = subprocess.Popen(
                [NGINX, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], stdout=log, stderr=log
            )


@contextlib.contextmanager
def postgresql_of_its_own() -> Iterator[str]:
    """The address of an empty database in a server that ends with the block."""
    from tests.fixtures.postgresql import PostgresqlServer, _programs  # noqa: PLC0415

    programs = _programs()
    assert programs is not None, "PostgreSQL is not installed on this machine."
    server = PostgresqlServer(programs)
    try:
        server.start()
        yield server.url(server.create())
    finally:
        server.stop()
