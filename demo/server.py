"""Running the embedded Cognito: in a thread for tests, in a process of its own for the demo.

`python -m demo.server --port 5055` starts it by hand and prints its address as a line of JSON.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from demo.pools import CONSOLE_PORT
from services.errors import ConsoleError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ADDRESS = "127.0.0.1"
PEOPLE, EMAIL_PEOPLE = 500, 200
MOST_PEOPLE, MOST_EMAIL_PEOPLE = 20_000, 1_000
START_LIMIT = 60.0  # seconds until a start counts as failed


class ServerFailed(ConsoleError):
    """The embedded Cognito did not start."""


class CognitoThread:
    """The embedded Cognito in a thread of this process, for tests. Starts empty."""

    def __init__(self, port: int = 0, application: WSGIApplication | None = None) -> None:
        """`port` 0 takes a free one; `application` answers instead of the embedded Cognito itself."""
        from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415
        from werkzeug.serving import make_server  # noqa: PLC0415

        from demo.application import CognitoApplication  # noqa: PLC0415

        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        self._server = make_server(
            ADDRESS,
            port,
            application or CognitoApplication(),
            threaded=True,
            request_handler=MotoRequestHandler,
        )
        host = str(self._server.server_address[0])
        if not ipaddress.ip_address(host).is_loopback:
            self._server.server_close()
            raise ServerFailed(f"The embedded Cognito must listen on loopback only, not on {host}.")
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},  # seconds; how soon a stop is noticed
            name="cognito",
            daemon=True,
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class EmbeddedCognito:
    """The embedded Cognito with the demo's pools, in a process of its own on a loopback port.

    It ends with `stop`, and by itself when the process that started it is gone.
    """

    def __init__(
        self,
        people: int = PEOPLE,
        email_people: int = EMAIL_PEOPLE,
        port: int = 0,
        console_port: int = CONSOLE_PORT,
    ) -> None:
        """`people` have plain usernames, `email_people` are in the other pool; `port` 0 takes a free one.

        Login pages send people back to a console at `console_port` of this machine too.
        """
        self.people = people
        self.email_people = email_people
        self.port = port
        self.console_port = console_port
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start, wait for the first answer, return the endpoint URL. Raises `ServerFailed`."""
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Start without waiting; `wait` must follow."""
        command = [sys.executable, "-m", "demo.server", "--port", str(self.port), "--end-with-input"]
        command += ["--people", str(self.people), "--email-people", str(self.email_people)]
        command += ["--console-port", str(self.console_port)]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> str:
        """Wait until it answers; return the endpoint URL. Raises `ServerFailed`."""
        process = self._process
        if process is None or process.stdout is None:
            raise ServerFailed("The embedded Cognito was not started.")
        watchdog = threading.Timer(START_LIMIT, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self.stop()
            raise ServerFailed(
                "The embedded Cognito did not start.",
                "The lines above say why; if there are none, try again.",
            )
        self.url = str(json.loads(line)["url"])
        return self.url

    def stop(self) -> None:
        """End the process and wait for it; harmless when it has ended already."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM, or until standard input ends when asked to."""
    parser = argparse.ArgumentParser(prog="python -m demo.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"at most {MOST_PEOPLE}")
    parser.add_argument("--email-people", type=int, default=EMAIL_PEOPLE, help=f"at most {MOST_EMAIL_PEOPLE}")
    parser.add_argument("--console-port", type=int, default=CONSOLE_PORT, help="where the console will be")
    parser.add_argument("--end-with-input", action="store_true", help="stop when standard input ends")
    options = parser.parse_args(arguments)

    from demo.seed import seed  # noqa: PLC0415

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if options.end_with_input:
        # The starter decides when to stop; a Ctrl-C in its terminal reaches this process too.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    server = CognitoThread(options.port)
    seed(
        people=min(options.people, MOST_PEOPLE),
        email_people=min(options.email_people, MOST_EMAIL_PEOPLE),
        console_port=options.console_port,
        address=server.url,
    )
    with server:
        sys.stdout.write(json.dumps({"url": server.url}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
