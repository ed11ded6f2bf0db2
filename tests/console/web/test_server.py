"""The real server, asked over HTTP and WebSockets without a browser."""

from __future__ import annotations

import contextlib
import http.client
import re
import resource
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from console.sign_in import TICKET
from console.web import cookies
from console.web.urls import TICKET_LIFETIME
from services.access import setup
from services.store.schema import sessions
from tests.fixtures.console import ConsoleServer, run_server, sign_in_as

PAGE = {"Accept": "text/html"}


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def ask(server: ConsoleServer, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection("localhost", urlsplit(server.url).port, timeout=60)
    connection.request(method, path, headers=headers or {})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def cookie_of(server: ConsoleServer, who: str) -> dict[str, str]:
    return {"Cookie": f"{server.cookie('session')}={sign_in_as(server.store, server.cast[who])[1]}"}


@contextlib.contextmanager
def socket(server: ConsoleServer, headers: dict[str, str] | None = None) -> Iterator[ClientConnection]:
    url = server.url.replace("http", "ws") + "/_stcore/stream"
    with connect(
        url, additional_headers=headers or {}, origin=server.url, subprotocols=["streamlit"], max_queue=None
    ) as made:  # type: ignore[list-item,arg-type]
        yield made


def rerun(page: str = "", timer: bool = False) -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.is_auto_rerun = timer
    message.rerun_script.context_info.url = f"http://localhost/{page}"
    return message.SerializeToString()


def texts(made: ClientConnection) -> str:
    """Everything that the script shows until it ends, as one text."""
    said = []
    while True:
        data = made.recv(timeout=120)
        assert isinstance(data, bytes)
        message = ForwardMsg()
        message.ParseFromString(data)
        said.append(str(message))
        if message.WhichOneof("type") == "script_finished":
            return "\n".join(said)


def quoted(said: str, field: str) -> str:
    """What a message says first under this name."""
    value = said.partition(f'{field}: "')[2].partition('"')[0]
    assert value
    return value


def kinds_until_the_end(made: ClientConnection) -> list[str | None]:
    """What kinds of messages came before the server closed the socket."""
    kinds = []
    with contextlib.suppress(ConnectionClosed):
        for data in made:
            assert isinstance(data, bytes)
            message = ForwardMsg()
            message.ParseFromString(data)
            kinds.append(message.WhichOneof("type"))
    return kinds


class TestAnyone:
    @pytest.mark.parametrize(
        "path",
        [
            "/media/abc.csv",
            "/_stcore/metrics",
            "/_stcore/upload_file/a/b",
            "/_stcore/agent/openapi.json",
            "/_stcore/script-health-check",
            "/component/x",
            "/app/static/x",
            "/auth/login",
            "/oauth2callback",
            "/users",
        ],
    )
    def test_gets_an_empty_answer(self, console_server: ConsoleServer, path: str) -> None:
        for method in ("GET", "POST", "PUT"):
            answer = ask(console_server, method, path)
            assert answer.status in (401, 404)
            assert answer.body == b""
            assert "content-security-policy" in answer.headers

    @pytest.mark.parametrize(
        "path",
        [
            "/static/../media/abc.csv",
            "/static/%2e%2e/media/abc.csv",
            "//media/abc.csv",
        ],
    )
    def test_finds_no_way_round_through_what_is_open(self, console_server: ConsoleServer, path: str) -> None:
        answer = ask(console_server, "GET", path, PAGE)
        assert answer.status in (303, 400, 401, 404)
        assert len(answer.body) < 50

    def test_gets_the_form_and_its_scripts(self, console_server: ConsoleServer) -> None:
        page = ask(console_server, "GET", "/sign-in", PAGE)
        assert page.status == 200
        assert b"<script" in page.body
        assert "HttpOnly" in page.headers["set-cookie"]
        assert ask(console_server, "GET", "/_stcore/health").status == 200

    @pytest.mark.parametrize("request_line", [b"GET /healthz HTTP/1.1", b"GET /users HTTP/1.1", b"nonsense"])
    def test_is_not_told_which_software_answers(
        self, console_server: ConsoleServer, request_line: bytes
    ) -> None:
        address = ("127.0.0.1", urlsplit(console_server.url).port)
        with create_connection(address, timeout=60) as made:
            made.sendall(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            said = b"".join(iter(lambda: made.recv(65_536), b""))
        head = said.partition(b"\r\n\r\n")[0].lower()
        assert head.startswith(b"http/1.1 ")
        assert b"server:" not in head
        assert b"uvicorn" not in head

    def test_is_told_whether_it_works_and_nothing_else(self, console_server: ConsoleServer) -> None:
        answer = ask(console_server, "GET", "/healthz")
        assert (answer.status, answer.body) == (200, b'{"ok":true}')

    def test_under_another_host_name_gets_nothing(self, console_server: ConsoleServer) -> None:
        answer = ask(console_server, "GET", "/sign-in", PAGE | {"Host": "rebound.example"})
        assert (answer.status, answer.body) == (421, b"")

    def test_sees_the_form_only_on_a_socket(self, console_server: ConsoleServer) -> None:
        with socket(console_server) as made:
            made.send(rerun("sign-in"))
            said = texts(made)
        assert "Operator name" in said
        assert "Sign out" not in said
        assert "overview.py" not in said

    @pytest.mark.parametrize("page", ["operators", "users", "configuration", ""])
    def test_asking_for_a_page_on_a_socket_gets_sent_to_the_form(
        self, console_server: ConsoleServer, page: str
    ) -> None:
        with socket(console_server) as made:
            made.send(rerun(page))
            said = texts(made)
        assert "/sign-in" in said
        assert "ann@example.com" not in said

    def test_with_forged_identity_headers_is_still_nobody(self, console_server: ConsoleServer) -> None:
        session_id, _ = sign_in_as(console_server.store, console_server.cast["ann"])
        forged = {"X-Console-Session": session_id, "X-Console-Visit": session_id}
        assert ask(console_server, "GET", "/media/abc.csv", forged).status == 401
        with socket(console_server, forged) as made:
            made.send(rerun("operators"))
            assert "ann@example.com" not in texts(made)

    def test_from_another_origin_gets_no_socket(self, console_server: ConsoleServer) -> None:
        url = console_server.url.replace("http", "ws") + "/_stcore/stream"
        headers = cookie_of(console_server, "ann")
        for origin in ("http://evil.example", "http://localhost:1", None):
            named = Origin(origin) if origin else None
            with pytest.raises(InvalidStatus), connect(url, additional_headers=headers, origin=named):
                pass


class TestTickets:
    def visit(self, server: ConsoleServer) -> str:
        sent = ask(server, "GET", "/sign-in", PAGE).headers["set-cookie"]
        return str(sent.partition(f"{server.cookie('visit')}=")[2].partition(";")[0])

    def ticket(self, server: ConsoleServer, visit: str, who: str = "sam") -> str:
        operator = server.cast[who].id
        return server.store.tickets.issue(TICKET, operator, cookies.visit_id(visit), TICKET_LIFETIME)

    def finish(self, server: ConsoleServer, ticket: str, visit: str, after: str = "/users") -> Answer:
        cookie = {"Cookie": f"{server.cookie('visit')}={visit}"} if visit else {}
        return ask(server, "GET", f"/auth/finish?ticket={ticket}&next={after}", cookie)

    def test_a_ticket_becomes_a_strict_cookie_once(self, console_server: ConsoleServer) -> None:
        visit = self.visit(console_server)
        ticket = self.ticket(console_server, visit)
        first = self.finish(console_server, ticket, visit)
        assert (first.status, first.headers["location"]) == (303, "/users")
        sent = first.headers["set-cookie"]
        assert sent.startswith(f"{console_server.cookie('session')}=")
        assert "HttpOnly" in sent
        assert "SameSite=strict" in sent
        assert first.headers["cache-control"] == "no-store"
        assert first.headers["referrer-policy"] == "no-referrer"
        again = self.finish(console_server, ticket, visit)
        assert again.headers["location"] == "/sign-in?failed=1"
        assert "set-cookie" not in again.headers

    @pytest.mark.parametrize("visit", ["", "another-browser"])
    def test_in_another_browser_it_is_worthless(self, console_server: ConsoleServer, visit: str) -> None:
        ticket = self.ticket(console_server, self.visit(console_server))
        assert "set-cookie" not in self.finish(console_server, ticket, visit).headers

    def test_it_leads_to_no_other_site(self, console_server: ConsoleServer) -> None:
        visit = self.visit(console_server)
        for after in ("//evil.example", "https://evil.example", "/%5Cevil.example", "%2F%2Fevil.example"):
            answer = self.finish(console_server, self.ticket(console_server, visit), visit, after)
            assert answer.headers["location"] == "/"

    def test_an_operator_disabled_meanwhile_gets_no_session(self, console_server: ConsoleServer) -> None:
        visit = self.visit(console_server)
        ticket = self.ticket(console_server, visit, "max")
        store, operator = console_server.store, console_server.cast["max"].id
        store.operators.update(operator, disabled=True)
        try:
            assert "set-cookie" not in self.finish(console_server, ticket, visit).headers
        finally:
            store.operators.update(operator, disabled=False)

    def test_signing_in_again_ends_the_session_before(self, console_server: ConsoleServer) -> None:
        visit = self.visit(console_server)
        old = cookie_of(console_server, "sam")
        ticket = self.ticket(console_server, visit)
        both = {"Cookie": f"{old['Cookie']}; {console_server.cookie('visit')}={visit}"}
        assert ask(console_server, "GET", f"/auth/finish?ticket={ticket}", both).status == 303
        assert ask(console_server, "GET", "/media/x", old).status == 401

    def test_another_site_can_not_sign_anyone_out(self, console_server: ConsoleServer) -> None:
        cookie = cookie_of(console_server, "sam")
        answer = ask(console_server, "GET", "/auth/leave", cookie)
        assert "set-cookie" not in answer.headers
        assert ask(console_server, "GET", "/media/x", cookie).status != 401

    def test_a_link_on_another_site_takes_nobody_s_cookie_away(self, console_server: ConsoleServer) -> None:
        # a Strict cookie isn't sent along, so the console sees no session, though it lives on
        answer = ask(console_server, "GET", "/auth/leave", {"Sec-Fetch-Site": "cross-site"})
        assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
        assert "set-cookie" not in answer.headers

    def test_after_signing_out_the_cookie_goes(self, console_server: ConsoleServer) -> None:
        session, token = sign_in_as(console_server.store, console_server.cast["sam"])
        console_server.store.sessions.revoke(session)
        name = console_server.cookie("session")
        answer = ask(console_server, "GET", "/auth/leave", {"Cookie": f"{name}={token}"})
        assert answer.headers["set-cookie"].startswith(f'{name}=""; expires=')


class TestSignedIn:
    def test_a_socket_shows_the_page_asked_for(self, console_server: ConsoleServer) -> None:
        with socket(console_server, cookie_of(console_server, "ann")) as made:
            made.send(rerun("operators"))
            said = texts(made)
        assert "Sign out" in said
        assert "The people who may sign in" in said

    def test_a_page_beyond_the_role_says_so_and_stands_in_no_menu(
        self, console_server: ConsoleServer
    ) -> None:
        with socket(console_server, cookie_of(console_server, "sam")) as made:
            made.send(rerun("operators"))
            said = texts(made)
        assert "Your role is support; this needs admin" in said
        assert "The people who may sign in" not in said
        with socket(console_server, cookie_of(console_server, "sam")) as made:
            made.send(rerun("account"))
            said = texts(made)
        assert 'url_pathname: "account"' in said
        for page in ("operators", "configuration", "onboarding"):
            assert re.search(rf'url_pathname: "{page}"\s+is_hidden: true', said)

    @pytest.mark.parametrize("timer", [False, True])
    def test_after_revocation_a_click_or_timer_runs_nothing(
        self, console_server: ConsoleServer, timer: bool
    ) -> None:
        session_id, token = sign_in_as(console_server.store, console_server.cast["ann"])
        with socket(console_server, {"Cookie": f"{console_server.cookie('session')}={token}"}) as made:
            made.send(rerun("account"))
            texts(made)
            console_server.store.sessions.revoke(session_id)
            made.send(rerun("operators", timer))
            kinds = kinds_until_the_end(made)
            assert kinds[-1] == "auth_redirect"
            assert not {"new_session", "delta"} & set(kinds)
            assert made.close_code == 4401

    def test_another_ones_streamlit_session_can_not_be_taken_over(
        self, console_server: ConsoleServer
    ) -> None:
        """Streamlit hands a session on to whoever shows its id, unless their identity differs."""
        url = console_server.url.replace("http", "ws") + "/_stcore/stream"
        with socket(console_server, cookie_of(console_server, "ann")) as made:
            made.send(rerun("operators"))
            said = texts(made)
            session_id = quoted(said, "session_id")
        protocols = [Subprotocol(part) for part in ("streamlit", "x", session_id)]
        for headers in (cookie_of(console_server, "sam"), {}):
            with connect(
                url,
                additional_headers=headers,
                origin=Origin(console_server.url),
                subprotocols=protocols,
            ) as thief:
                thief.send(rerun("operators"))
                seen = texts(thief)
            assert session_id not in seen
            assert "ann@example.com" not in seen


class TestDownloads:
    def pressed(self, made: ClientConnection, tab: str, button: str) -> tuple[str, str]:
        """What the server answers when that tab presses the button of this id: an address, or an error."""
        message = BackMsg()
        message.backend_operation_request.request_id = "r"
        message.backend_operation_request.session_id = tab
        message.backend_operation_request.deferred_file.file_id = button
        made.send(message.SerializeToString())
        while True:
            data = made.recv(timeout=120)
            assert isinstance(data, bytes)
            answer = ForwardMsg()
            answer.ParseFromString(data)
            if answer.WhichOneof("type") == "backend_operation_response":
                response = answer.backend_operation_response
                return response.deferred_file.url, response.error_msg

    def test_a_file_goes_once_to_the_session_whose_page_offers_it(
        self, console_server: ConsoleServer
    ) -> None:
        own, other = (cookie_of(console_server, who) for who in ("ann", "ada"))
        with socket(console_server, own) as made:
            made.send(rerun("activity"))
            said = texts(made)
            tab, button = quoted(said, "session_id"), quoted(said, "deferred_file_id")
            with socket(console_server, other) as thief:
                thief.send(rerun("account"))
                assert self.pressed(thief, quoted(texts(thief), "session_id"), button) == (
                    "",
                    "Failed to generate file for download",
                )
            path, error = self.pressed(made, tab, button)
            assert (path[:7], error) == ("/media/", "")
            again = cookie_of(console_server, "ann")
            for somebody in (other, again, {}):
                assert ask(console_server, "GET", path, somebody | PAGE).status in (401, 404)
            answer = ask(console_server, "GET", path, own | PAGE)
            assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
            assert b"," in answer.body
            assert ask(console_server, "GET", path, own | PAGE).status == 404


def test_health_says_that_nothing_can_be_saved_and_when_it_can_again(tmp_path: Path) -> None:
    with run_server(tmp_path) as server:
        for most, expected in ((1, 503), (resource.RLIM_INFINITY, 200)):
            # what a disk without room does to the console: no file of its process grows any more
            limits = (most, resource.RLIM_INFINITY)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
            end = time.monotonic() + 60
            while (answer := ask(server, "GET", "/healthz")).status != expected:
                assert time.monotonic() < end, answer.body
                time.sleep(0.5)
            assert answer.body == (b'{"ok":true}' if expected == 200 else b'{"ok":false}')


def test_an_idle_session_ends_and_use_puts_its_end_off(tmp_path: Path) -> None:
    with run_server(tmp_path, CONSOLE_IDLE_MINUTES="60") as server:
        visit = TestTickets().visit(server)
        answer = TestTickets().finish(server, TestTickets().ticket(server, visit), visit)
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        for _ in range(4):
            pass_by(server, timedelta(minutes=25))
            assert ask(server, "GET", "/account", cookie | PAGE).status == 200
        for _ in range(4):
            pass_by(server, timedelta(minutes=20))
            last = ask(server, "GET", "/media/x", cookie).status
        assert last == 401


def pass_by(server: ConsoleServer, time: timedelta) -> None:
    """Make the last use of each session so much longer ago."""
    with server.store.database.write() as database:
        for session in server.store.sessions.list_live():
            earlier = update(sessions).where(sessions.c.id == session.id)
            database.execute(earlier.values(seen_at=session.seen_at - time))


class TestStartAndEnd:
    def test_the_first_start_prints_a_set_up_link_of_which_the_store_knows_a_hash_only(
        self, tmp_path: Path
    ) -> None:
        with run_server(tmp_path, with_cast=False, arguments=("--public-url", "https://c.example")) as server:
            token = server.output.partition("https://c.example/set-up?token=")[2].split()[0]
            assert setup.is_valid(server.store, token)
            assert token.encode() not in (tmp_path / "console.db").read_bytes()
            assert ask(server, "GET", "/sign-in", PAGE).headers["strict-transport-security"]
            assert "Secure" in ask(server, "GET", "/sign-in", PAGE).headers["set-cookie"]
            assert ask(server, "GET", "/sign-in", PAGE | {"Host": "c.example"}).status == 200

    def test_with_operators_there_is_no_link_and_it_ends_cleanly_when_told(self, tmp_path: Path) -> None:
        with run_server(tmp_path) as server:
            assert "set-up" not in server.output
            assert server.stop() == 0
            assert "Traceback" not in server.output
            assert "Warning" not in server.output

    def test_a_client_can_not_choose_the_address_it_is_counted_under(self, tmp_path: Path) -> None:
        with run_server(tmp_path) as server:
            visit = TestTickets().visit(server)
            ticket = TestTickets().ticket(server, visit)
            headers = {"Cookie": f"{server.cookie('visit')}={visit}", "X-Forwarded-For": "203.0.113.9"}
            ask(server, "GET", f"/auth/finish?ticket={ticket}", headers)
            assert [session.address for session in server.store.sessions.list_live()] == ["127.0.0.1"]
