"""Addresses of downloads and uploads answer to the session that was told them, and to no other."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console.web import file_addresses
from services.store.store import Store
from tests.console.web.gated import OWN_ORIGIN, PAGE, STREAM, Cast, Inside, let_in, message

FILE, UPLOAD = "/media/0123abcd.csv", "/_stcore/upload_file/its-session/its-file"


def tells_a_download(path: str = FILE) -> bytes:
    """Streamlit's answer to whoever pressed a download button."""
    made = ForwardMsg()
    made.backend_operation_response.deferred_file.url = path
    return made.SerializeToString()


def tells_an_upload() -> bytes:
    """Streamlit's answer to a tab that wants to send a file."""
    made = ForwardMsg()
    made.file_urls_response.file_urls.add(file_id="its-file", upload_url=UPLOAD, delete_url=UPLOAD)
    return made.SerializeToString()


class TestFiles:
    @pytest.fixture
    def sam(self, client: TestClient, console_store: Store, cast: Cast) -> str:
        return let_in(client, console_store, cast["sam"])

    def tell(self, client: TestClient, inside: Inside, told: bytes) -> None:
        inside.answer = told
        with client.websocket_connect(STREAM, headers=OWN_ORIGIN) as socket:
            socket.send_bytes(message())
            assert socket.receive_bytes() == told

    @pytest.mark.usefixtures("sam")
    def test_a_download_answers_the_session_that_was_told_it_once_and_is_kept_nowhere(
        self, client: TestClient, inside: Inside
    ) -> None:
        self.tell(client, inside, tells_a_download())
        first = client.get(FILE, headers=PAGE)
        assert (first.status_code, first.text) == (200, "inside")
        assert first.headers["cache-control"] == "no-store"
        second = client.get(FILE, headers=PAGE)
        assert (second.status_code, second.content) == (404, b"")
        assert second.headers["cache-control"] == "no-store"

    @pytest.mark.usefixtures("sam")
    def test_a_script_that_tries_the_address_learns_that_it_is_there_and_no_more(
        self, client: TestClient, inside: Inside
    ) -> None:
        self.tell(client, inside, tells_a_download())
        for headers in ({"accept": "*/*"}, PAGE | {"sec-fetch-mode": "cors"}):
            tried = client.get(FILE, headers=headers)
            assert (tried.status_code, tried.content) == (204, b"")
        assert client.head(FILE, headers=PAGE).status_code == 204
        assert client.get(FILE, headers={"accept": "*/*", "sec-fetch-mode": "navigate"}).text == "inside"

    @pytest.mark.usefixtures("sam")
    def test_a_download_pressed_twice_answers_twice(self, client: TestClient, inside: Inside) -> None:
        self.tell(client, inside, tells_a_download())
        self.tell(client, inside, tells_a_download())
        assert [client.get(FILE, headers=PAGE).status_code for _ in range(3)] == [200, 200, 404]

    @pytest.mark.usefixtures("sam")
    @pytest.mark.parametrize("path", [FILE, UPLOAD])
    @pytest.mark.parametrize("who", ["ada", "sam"])
    def test_another_session_gets_nothing_from_an_address_it_wasnt_told(
        self, client: TestClient, inside: Inside, console_store: Store, cast: Cast, path: str, who: str
    ) -> None:
        self.tell(client, inside, tells_a_download())
        self.tell(client, inside, tells_an_upload())
        client.cookies.clear()
        let_in(client, console_store, cast[who])
        reached = len(inside.seen)
        for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS"):
            assert client.request(method, path, headers=PAGE).status_code == 404
        assert len(inside.seen) == reached

    @pytest.mark.usefixtures("sam")
    def test_a_file_goes_where_the_sessions_own_page_wants_it(
        self, client: TestClient, inside: Inside
    ) -> None:
        assert client.put(UPLOAD).status_code == 404
        self.tell(client, inside, tells_an_upload())
        assert [client.put(UPLOAD).text for _ in range(2)] == ["inside"] * 2
        assert client.delete(UPLOAD).text == "inside"
        assert client.put(UPLOAD + "2").status_code == 404

    @pytest.mark.usefixtures("sam")
    def test_text_that_looks_like_an_address_opens_nothing(self, client: TestClient, inside: Inside) -> None:
        shown = ForwardMsg()
        shown.delta.new_element.text.body = f"A person called {FILE}, {UPLOAD}"
        self.tell(client, inside, shown.SerializeToString())
        self.tell(client, inside, b"\xff no message, " + FILE.encode())
        assert client.get(FILE, headers=PAGE).status_code == client.put(UPLOAD).status_code == 404

    @pytest.mark.usefixtures("sam")
    def test_a_download_that_nobody_fetched_is_over_soon(
        self, client: TestClient, inside: Inside, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.tell(client, inside, tells_a_download())
        monkeypatch.setattr(file_addresses, "DOWNLOAD_SECONDS", 0.0)
        assert client.get(FILE, headers=PAGE).status_code == 404

    def test_what_runs_for_a_message_knows_which_session_sent_it(
        self, client: TestClient, inside: Inside, sam: str
    ) -> None:
        self.tell(client, inside, b"answer")
        assert inside.asking == [sam]
