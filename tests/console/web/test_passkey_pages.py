"""The plain pages for passkeys and for giving a second factor again, over HTTP as browsers speak it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console.sign_in import ASKED, TICKET
from console.web import cookies, urls
from console.web.gate import Gate
from console.web.headers import SecurityHeaders
from console.web.process import PROCESS
from console.web.routes import ROUTES
from services.access.second_factor import SecondFactor
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.authenticator import Authenticator
from tests.fixtures.console import sign_in_as
from tests.fixtures.store import set_up_factor

Cast = dict[str, Operator]
BASE = "http://localhost:8501"
FROM_HERE = {"origin": BASE}
VISIT = "a browser that nobody has signed in with"


@pytest.fixture
def client(console_store: Store) -> TestClient:
    """A browser before the console's own routes; nobody is signed in."""
    made = TestClient(SecurityHeaders(Gate(Starlette(routes=ROUTES))), base_url=BASE, follow_redirects=False)
    made.cookies.set("console_visit_8501", VISIT)
    return made


def let_in(client: TestClient, store: Store, operator: Operator) -> str:
    session_id, token = sign_in_as(store, operator)
    client.cookies.set("console_session_8501", token)
    return session_id


def device() -> Authenticator:
    return Authenticator(origin=BASE, host="localhost")


def form_of(page: httpx.Response) -> tuple[str, str]:
    """The ticket and the options in the page's form."""
    ticket = re.search(r'name="ticket" value="([^"]*)"', page.text)
    options = re.search(r'data-options="([^"]*)"', page.text)
    assert ticket is not None
    assert options is not None
    return ticket.group(1), html.unescape(options.group(1))


def add_passkey(client: TestClient, made: Authenticator, name: str = "Laptop") -> httpx.Response:
    ticket, options = form_of(client.get(urls.NEW_PASSKEY_PATH))
    fields = {"ticket": ticket, "answer": made.make(options), "name": name}
    made.count += 1
    return client.post(urls.NEW_PASSKEY_PATH, data=fields, headers=FROM_HERE)


def is_proved(store: Store, session_id: str) -> bool:
    session = store.sessions.get(session_id)
    assert session is not None
    return session.proved_at is not None


def test_the_first_passkey_is_added_and_its_recovery_codes_are_shown_and_not_kept(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    session_id = let_in(client, console_store, cast["sam"])
    page = add_passkey(client, device(), "<b>My laptop</b>")
    assert "Recovery codes" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert is_proved(console_store, session_id)
    assert add_passkey(client, device(), "Key").headers["location"] == urls.ACCOUNT_PATH


def test_whoever_thinks_better_of_it_finds_the_way_back(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    assert f'href="{urls.SIGN_IN_PATH}' in client.get(urls.PASSKEY_PATH).text
    let_in(client, console_store, cast["sam"])
    assert f'<a href="{urls.ACCOUNT_PATH}">Back to your account</a>' in client.get(urls.NEW_PASSKEY_PATH).text


def test_the_pages_run_no_script_but_their_own(client: TestClient, console_store: Store, cast: Cast) -> None:
    let_in(client, console_store, cast["sam"])
    page = client.get(urls.NEW_PASSKEY_PATH)
    assert re.findall("<script[^>]*>", page.text) == [f'<script src="{urls.PASSKEY_SCRIPT_PATH}" defer>']
    assert "script-src 'self'" in page.headers["content-security-policy"]
    script = client.get(urls.PASSKEY_SCRIPT_PATH)
    assert script.headers["content-type"].startswith("text/javascript")


def test_without_a_session_nothing_is_added_or_proved(client: TestClient) -> None:
    for path in (urls.NEW_PASSKEY_PATH, urls.PROVE_PATH):
        assert client.get(path).status_code == 401
        assert client.post(path, data={"answer": "{}"}, headers=FROM_HERE).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:9000", "null", ""])
def test_a_form_of_another_page_is_not_taken(
    client: TestClient, console_store: Store, cast: Cast, origin: str
) -> None:
    session_id = let_in(client, console_store, cast["sam"])
    made = device()
    ticket, options = form_of(client.get(urls.NEW_PASSKEY_PATH))
    fields = {"ticket": ticket, "answer": made.make(options), "name": "Laptop"}
    sent = client.post(urls.NEW_PASSKEY_PATH, data=fields, headers={"origin": origin} if origin else {})
    assert sent.status_code == 400
    assert "from elsewhere" in sent.text
    assert not is_proved(console_store, session_id)


def test_a_form_that_is_too_large_is_not_read(client: TestClient) -> None:
    sent = client.post(urls.PASSKEY_PATH, data={"answer": "x" * 70_000}, headers=FROM_HERE)
    assert sent.status_code == 400
    assert "too large" in sent.text


def ticket_of(answer: httpx.Response) -> str:
    target = urlsplit(answer.headers["location"])
    assert target.path == urls.FINISH_PATH
    return parse_qs(target.query)["ticket"][0]


def test_a_passkey_alone_signs_in_and_leads_on(client: TestClient, console_store: Store, cast: Cast) -> None:
    made = device()
    let_in(client, console_store, cast["sam"])
    add_passkey(client, made)
    client.cookies.delete("console_session_8501")
    path = f"{urls.PASSKEY_PATH}?next=%2Fusers%3Fpool%3Dstaff"
    ticket, options = form_of(client.get(path))
    answer = client.post(path, data={"ticket": ticket, "answer": made.show(options)}, headers=FROM_HERE)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["next"] == ["/users?pool=staff"]
    onward = client.get(answer.headers["location"])
    assert onward.headers["location"] == "/users?pool=staff"
    newest = console_store.sessions.list_live(cast["sam"].id)[0]
    assert newest.proved_at is not None


def test_after_the_password_only_the_passkey_of_that_operator_will_do(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    devices = {}
    for name in ("sam", "max"):
        devices[name] = device()
        let_in(client, console_store, cast[name])
        add_passkey(client, devices[name])
    client.cookies.delete("console_session_8501")
    bind = cookies.visit_id(VISIT)
    asked = console_store.tickets.issue(ASKED, cast["sam"].id, bind, timedelta(minutes=5))
    path = f"{urls.PASSKEY_PATH}?asked={asked}"
    ticket, options = form_of(client.get(path))
    theirs = client.post(
        path, data={"ticket": ticket, "answer": devices["max"].show(options)}, headers=FROM_HERE
    )
    assert theirs.status_code == 400
    ticket, options = form_of(client.get(path))
    answer = client.post(
        path, data={"ticket": ticket, "answer": devices["sam"].show(options)}, headers=FROM_HERE
    )
    assert console_store.tickets.redeem(TICKET, ticket_of(answer), bind) == f"{cast['sam'].id} proved"
    assert console_store.tickets.peek(ASKED, asked, bind) is None


def test_a_password_given_in_another_browser_asks_nothing_here(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    asked = console_store.tickets.issue(ASKED, cast["sam"].id, "another browser", timedelta(minutes=5))
    assert client.get(f"{urls.PASSKEY_PATH}?asked={asked}").status_code == 400


def test_it_is_shown_again_by_a_code_or_by_a_passkey(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    codes = set_up_factor(console_store, cast["sam"])
    session_id = let_in(client, console_store, cast["sam"])
    page = client.get(urls.PROVE_PATH)
    assert "With a code from your app" in page.text
    assert "With a passkey" not in page.text
    wrong = client.post(urls.PROVE_PATH, data={"code": "000000"}, headers=FROM_HERE)
    assert (wrong.status_code, "not right" in wrong.text) == (400, True)
    assert not is_proved(console_store, session_id)
    right = client.post(urls.PROVE_PATH, data={"code": codes[0]}, headers=FROM_HERE)
    assert right.headers["location"] == urls.PROVED_PATH
    assert "Close this tab" in client.get(urls.PROVED_PATH).text
    assert is_proved(console_store, session_id)
    made = device()
    add_passkey(client, made)
    second = let_in(client, console_store, cast["sam"])
    ticket, options = form_of(client.get(urls.PROVE_PATH))
    client.post(urls.PROVE_PATH, data={"ticket": ticket, "answer": made.show(options)}, headers=FROM_HERE)
    assert is_proved(console_store, second)


def test_a_colleague_s_passkey_proves_nothing(client: TestClient, console_store: Store, cast: Cast) -> None:
    theirs, own = device(), device()
    let_in(client, console_store, cast["max"])
    add_passkey(client, theirs)
    let_in(client, console_store, cast["sam"])
    add_passkey(client, own)
    session_id = let_in(client, console_store, cast["sam"])
    ticket, options = form_of(client.get(urls.PROVE_PATH))
    answer = client.post(
        urls.PROVE_PATH, data={"ticket": ticket, "answer": theirs.show(options)}, headers=FROM_HERE
    )
    assert answer.status_code == 400
    assert not is_proved(console_store, session_id)


def test_a_second_passkey_leads_by_way_of_the_first_factor(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    codes = set_up_factor(console_store, cast["sam"])
    let_in(client, console_store, cast["sam"])
    onward = client.get(urls.NEW_PASSKEY_PATH).headers["location"]
    assert onward == f"{urls.PROVE_PATH}?next=%2Fnew-passkey"
    back = client.post(onward, data={"code": codes[0]}, headers=FROM_HERE)
    assert back.headers["location"] == urls.NEW_PASSKEY_PATH
    assert SecondFactor(PROCESS.store).recovery_codes_left(cast["sam"].id) == 9


def test_where_the_host_is_a_number_that_is_said(
    client: TestClient, console_store: Store, cast: Cast
) -> None:
    let_in(client, console_store, cast["sam"])
    page = client.get("http://127.0.0.1:8501/new-passkey", headers={"cookie": _cookie(client)})
    assert page.status_code == 400
    assert "no passkeys at http://127.0.0.1:8501" in page.text


def _cookie(client: TestClient) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
