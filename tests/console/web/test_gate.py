"""The gate, in front of an application that says what reached it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from console.navigation import SPECS
from console.web import gate as gates
from console.web import identity, sockets
from console.web.gate import Gate, host_is_allowed
from console.web.process import PROCESS
from console.web.settings import ConsoleSettings
from console.web.sockets import is_by_hand
from services.errors import StoreUnavailable
from services.roles import Role
from services.store.store import Store
from tests.console.web.gated import (
    OWN_ORIGIN,
    PAGE,
    SCRIPT,
    STREAM,
    Cast,
    Inside,
    let_in,
    message,
    tells_to_reload,
)
from tests.fixtures.console import sign_in_as


class TestWithoutASession:
    @pytest.mark.parametrize("path", ["/", "/users", "/anything", "/user?id=1&pool=a%20b"])
    def test_a_page_leads_to_the_sign_in_form_and_keeps_the_way_back(
        self, client: TestClient, inside: Inside, path: str
    ) -> None:
        answer = client.get(path, headers=PAGE)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
        if "?" in path:
            assert answer.headers["location"] == "/sign-in?next=%2Fuser%3Fid%3D1%26pool%3Da%2520b"
        assert inside.seen == []

    @pytest.mark.parametrize(
        "path",
        [
            "/media/abc.csv",
            "/_stcore/upload_file/a/b",
            "/_stcore/anything",
            "/_stcore/stream",
            "/component/x/index.html",
            "/app/static/x",
            "/users",
            "/auth/anything",
            "//media/abc.csv",
            "/sign-in/x",
            "/static/../media/abc.csv",
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
    def test_everything_else_answers_nothing(
        self, client: TestClient, inside: Inside, method: str, path: str
    ) -> None:
        answer = client.request(method, path)
        assert answer.status_code in (401, 404)
        assert answer.content == b""
        assert inside.seen == []

    @pytest.mark.parametrize("path", ["/sign-in", "/set-up?token=x", SCRIPT, "/favicon.png", "/healthz"])
    def test_what_the_sign_in_form_needs_is_open_to_reading_only(
        self, client: TestClient, inside: Inside, path: str
    ) -> None:
        assert client.get(path, headers=PAGE).text == "inside"
        assert inside.identity() == ""
        assert client.post(path).status_code == 401

    @pytest.mark.parametrize(
        "path", ["/static/", "/static/js", "/static/no-such.js", "/static/js/%00", "/static/" + "x" * 5000]
    )
    def test_a_static_file_that_is_not_there_is_not_answered_with_the_page(
        self, client: TestClient, inside: Inside, path: str
    ) -> None:
        answer = client.get(path, headers=PAGE)
        assert (answer.status_code, answer.content) == (404, b"")
        assert inside.seen == []

    def test_the_sign_in_page_brings_a_visit_cookie_once(self, client: TestClient, inside: Inside) -> None:
        first = client.get("/sign-in", headers=PAGE)
        assert "console_visit_8501=" in first.headers["set-cookie"]
        assert "HttpOnly" in first.headers["set-cookie"]
        second = client.get("/sign-in", headers=PAGE)
        assert "set-cookie" not in second.headers
        assert identity.public_id_in(inside.seen[-1]["x-console-visit"]) != ""

    def test_two_browsers_are_never_the_same_visit(self, client: TestClient, inside: Inside) -> None:
        for _ in range(2):
            with client.websocket_connect(STREAM, headers=OWN_ORIGIN):
                pass
        assert inside.seen[0]["x-console-visit"] != inside.seen[1]["x-console-visit"]

    def test_a_made_up_cookie_is_no_session(self, client: TestClient, inside: Inside) -> None:
        client.cookies.set("console_session_8501", "made-up")
        assert client.get("/media/abc.csv").status_code == 401
        assert inside.seen == []

    def test_identity_headers_of_the_client_are_dropped(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast
    ) -> None:
        session_id, _ = sign_in_as(console_store, cast["ann"])
        forged = {
            "X-Console-Session": identity.stamp(session_id),
            "x-CONSOLE-visit": "x",
            "x-console-address": "1.2.3.4",
        }
        client.get("/sign-in", headers=PAGE | forged)
        assert inside.identity() == ""
        assert inside.seen[-1]["x-console-address"] == "testclient"
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN | forged):
            pass
        assert inside.identity() == ""
        assert client.get("/media/abc.csv", headers=forged).status_code == 401

    def test_a_socket_carries_the_messages_of_a_form_only(self, client: TestClient, inside: Inside) -> None:
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            for kind in ("load_git_info", "clear_cache", "file_urls_request", "backend_operation_request"):
                socket.send_bytes(message(kind=kind))
            socket.send_bytes(b"\xff\xff no message at all")
            socket.send_bytes(message())
            assert socket.receive_bytes() == b"answer"
        assert inside.messages == [message()]

    def test_a_tab_that_comes_back_after_its_session_ended_loads_its_page_again(
        self, client: TestClient, inside: Inside
    ) -> None:
        protocols = ["streamlit", "xsrf", "id-of-its-streamlit-session"]
        with client.websocket_connect(STREAM, headers=dict(OWN_ORIGIN), subprotocols=protocols) as socket:
            assert tells_to_reload(socket.receive_bytes())
        with client.websocket_connect(STREAM, headers=dict(OWN_ORIGIN), subprotocols=protocols[:2]) as socket:
            socket.send_bytes(message())
            assert socket.receive_bytes() == b"answer"

    def test_the_form_says_that_a_session_ended_only_to_who_had_one(self, client: TestClient) -> None:
        assert client.get("/", headers=PAGE).headers["location"] == "/sign-in"
        client.cookies.set("console_session_8501", "of a session that ended")
        assert client.get("/", headers=PAGE).headers["location"] == "/sign-in?ended=1"


class TestWithASession:
    def test_requests_and_sockets_carry_its_identity(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast
    ) -> None:
        session_id = let_in(client, console_store, cast["sam"])
        assert client.get("/favicon.svg").text == "inside"
        assert inside.identity() == session_id
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN):
            pass
        assert inside.identity() == session_id

    @pytest.mark.parametrize(
        "path",
        [
            "/_stcore/metrics",
            "/_stcore/agent/openapi.json",
            "/_stcore/script-health-check",
            "/_stcore/bidi-components/console.focus/logo.svg",
            "/_stcore/bidi-components/console.escape/focus.js",
            "/component/x/index.html",
            "/auth/login",
            "/oauth2callback",
        ],
    )
    def test_what_the_console_has_no_use_for_stays_shut(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, path: str
    ) -> None:
        let_in(client, console_store, cast["ann"])
        assert client.get(path).status_code == 404
        assert inside.seen == []

    @pytest.mark.parametrize("path", ["/nosuchpage", "/users/nora", "/start", "/Users", "/%3Cb%3E?q=%3Cb%3E"])
    def test_an_address_that_no_page_has_leads_to_the_one_that_says_so(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, path: str
    ) -> None:
        let_in(client, console_store, cast["sam"])
        assert client.get(path, headers=PAGE).headers["location"] == "/no-such-page"
        assert inside.seen == []
        assert client.get("/no-such-page", headers=PAGE).text == "inside"

    @pytest.mark.parametrize(
        "path", ["/", *(f"/{spec.name}" for spec in SPECS), "/users/", "/sign-in?next=%2Fusers"]
    )
    def test_every_page_is_let_through(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, path: str
    ) -> None:
        let_in(client, console_store, cast["sam"])
        assert client.get(path, headers=PAGE).text == "inside"

    def test_after_revocation_the_next_request_gets_nothing(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast
    ) -> None:
        session_id = let_in(client, console_store, cast["sam"])
        assert client.get("/favicon.svg").status_code == 200
        console_store.sessions.revoke(session_id)
        assert client.get("/favicon.svg").status_code == 401
        assert client.get("/media/abc.csv").status_code == 401
        assert client.put("/_stcore/upload_file/a/b").status_code == 401

    @pytest.mark.parametrize("end", ["revoke", "disable"])
    def test_after_revocation_the_next_message_is_dropped_and_the_socket_closed(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, end: str
    ) -> None:
        session_id = let_in(client, console_store, cast["sam"])
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            socket.send_bytes(message())
            assert socket.receive_bytes() == b"answer"
            if end == "revoke":
                console_store.sessions.revoke(session_id)
            else:
                console_store.operators.update(cast["sam"].id, disabled=True)
            socket.send_bytes(message(timer=True))
            assert tells_to_reload(socket.receive_bytes())
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_bytes()
        assert closed.value.code == sockets.SESSION_OVER
        assert inside.messages == [message()]

    def test_a_silent_tab_is_closed_soon_after_its_session_ended(
        self, client: TestClient, console_store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sockets, "WATCH_SECONDS", 0.05)
        session_id = let_in(client, console_store, cast["sam"])
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            console_store.sessions.revoke(session_id)
            assert tells_to_reload(socket.receive_bytes())
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_bytes()
        assert closed.value.code == sockets.SESSION_OVER

    def test_a_tab_is_loaded_again_when_its_operator_gets_another_role(
        self,
        client: TestClient,
        inside: Inside,
        console_store: Store,
        cast: Cast,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        let_in(client, console_store, cast["ann"])
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            console_store.operators.update(cast["ann"].id, role=Role.AUDITOR)
            socket.send_bytes(message())  # of a control that the new role doesn't have
            assert tells_to_reload(socket.receive_bytes())
        assert inside.messages == []
        monkeypatch.setattr(sockets, "WATCH_SECONDS", 0.05)
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            console_store.operators.update(cast["ann"].id, role=Role.SUPPORT)
            assert tells_to_reload(socket.receive_bytes())  # with nobody touching it

    def test_timers_heartbeats_and_reconnects_do_not_keep_a_session_alive(
        self, client: TestClient, console_store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        touched: list[bool] = []
        find = console_store.sessions.find

        def watched(token: str, touch: bool = True) -> Any:
            touched.append(touch)
            return find(token, touch=touch)

        monkeypatch.setattr(console_store.sessions, "find", watched)
        let_in(client, console_store, cast["sam"])
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            for sent in (
                message(),
                message(timer=True),
                message(kind="app_heartbeat"),
                message(kind="clear_cache"),
            ):
                socket.send_bytes(sent)
                socket.receive_bytes()
            assert touched == [False] * 5
            socket.send_bytes(message())
            socket.receive_bytes()
            assert touched[-1] is True
        client.get("/media/abc.csv")
        assert touched[-1] is False
        client.get("/users", headers=PAGE)
        assert touched[-1] is True

    def test_a_store_that_is_busy_for_a_moment_ends_no_session_but_carries_no_message(
        self,
        client: TestClient,
        inside: Inside,
        console_store: Store,
        cast: Cast,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def busy(*_: object, **__: object) -> None:
            asked.append(True)
            raise StoreUnavailable("The database is locked.")

        asked: list[bool] = []
        monkeypatch.setattr(sockets, "WATCH_SECONDS", 0.05)
        let_in(client, console_store, cast["sam"])
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            find = console_store.sessions.find
            monkeypatch.setattr(console_store.sessions, "find", busy)
            while len(asked) < 3:
                time.sleep(0.01)
            monkeypatch.setattr(console_store.sessions, "find", find)
            socket.send_bytes(message())
            assert socket.receive_bytes() == b"answer"
            monkeypatch.setattr(console_store.sessions, "find", busy)
            socket.send_bytes(message())
            assert tells_to_reload(socket.receive_bytes())
        assert inside.messages == [message()]

    def test_an_idle_session_ends(self, client: TestClient, console_store: Store, cast: Cast) -> None:
        _, token = console_store.sessions.create(
            cast["sam"].id, "", "", timedelta(seconds=0), timedelta(hours=1)
        )
        client.cookies.set("console_session_8501", token)
        assert client.get("/media/abc.csv").status_code == 401

    def test_a_store_that_does_not_answer_lets_nobody_in(
        self,
        client: TestClient,
        inside: Inside,
        console_store: Store,
        cast: Cast,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        let_in(client, console_store, cast["sam"])

        def broken(*_: object, **__: object) -> None:
            raise StoreUnavailable("The database is locked.")

        monkeypatch.setattr(console_store.sessions, "find", broken)
        assert client.get("/users", headers=PAGE).status_code == 503
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(STREAM, headers=OWN_ORIGIN),
        ):
            pass
        assert inside.seen == []


class TestWhereFrom:
    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost.evil.example",
            "evil.example:8501",
            "localhost@evil.example",
            "",
            "[::1",
            "x y",
        ],
    )
    def test_any_other_host_name_is_refused(self, client: TestClient, inside: Inside, host: str) -> None:
        assert not host_is_allowed(host)
        assert client.get("/sign-in", headers=PAGE | {"host": host}).status_code == 421
        assert inside.seen == []

    def test_health_is_told_under_any_name(self, client: TestClient, inside: Inside) -> None:
        assert client.get("/healthz", headers={"host": "10.1.2.3:8501"}).text == "inside"

    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8501", "LOCALHOST:1", "127.0.0.1:8501", "[::1]:8501", "localhost."]
    )
    def test_this_machine_is_allowed(self, console_store: Store, host: str) -> None:
        assert host_is_allowed(host)

    @pytest.mark.parametrize(
        "origin",
        [
            "http://evil.example",
            "http://localhost:9999",
            "http://localhost",
            "null",
            "",
            "file://",
            "http://localhost:8501.evil.example",
            "http://localhost:8501@evil.example",
        ],
    )
    def test_a_socket_from_another_page_is_refused(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, origin: str
    ) -> None:
        let_in(client, console_store, cast["ann"])
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            client.websocket_connect(STREAM, headers={"origin": origin}),
        ):
            pass
        assert closed.value.code == gates.NOT_HERE
        assert inside.seen == []

    def test_the_public_address_is_an_own_page(
        self, client: TestClient, inside: Inside, console_store: Store
    ) -> None:
        PROCESS.use(
            settings=ConsoleSettings(public_url="https://c.example", hosts=("localhost", "c.example"))
        )
        with client.websocket_connect(STREAM, headers={"origin": "https://c.example"}):
            pass
        assert len(inside.seen) == 1

    def test_on_https_only_the_prefixed_cookie_counts(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast
    ) -> None:
        PROCESS.use(settings=ConsoleSettings(public_url="https://localhost", hosts=("localhost",)))
        _, token = sign_in_as(console_store, cast["sam"])
        client.cookies.set("console_session_8501", token)
        assert client.get("/favicon.svg").status_code == 401
        client.cookies.set("__Host-console_session_8501", token)
        assert client.get("/favicon.svg").status_code == 200


def test_clicks_uploads_and_downloads_are_by_hand_and_nothing_else() -> None:
    assert is_by_hand(message())
    assert is_by_hand(message(kind="file_urls_request"))
    assert is_by_hand(message(kind="backend_operation_request"))
    for kind in ("app_heartbeat", "clear_cache", "load_git_info", "stop_script"):
        assert not is_by_hand(message(kind=kind))
    assert not is_by_hand(message(timer=True))
    assert not is_by_hand(b"")
    assert not is_by_hand(b"\xff\xff\xff")


def test_other_kinds_of_connection_pass(console_store: Store) -> None:
    seen: list[str] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Any:
        return {}

    connection = Gate(inside)({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    # In a thread: where browser tests came before, this one has an event loop already.
    ThreadPoolExecutor(1).submit(asyncio.run, connection).result()
    assert seen == ["lifespan"]
