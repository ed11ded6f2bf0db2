"""The two cookies."""

from __future__ import annotations

from starlette.responses import Response

from console.web import cookies

HOST = "ops.example"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    sent = cookies.header(cookies.SESSION, "token", https=False, host=HOST, same_site="strict").decode()
    assert sent.startswith("console_session=token;")
    assert "HttpOnly" in sent
    assert "SameSite=strict" in sent
    assert "Path=/" in sent
    assert "Secure" not in sent
    assert "Max-Age" not in sent
    assert "Domain" not in sent


def test_on_https_it_is_secure_and_no_sibling_site_can_set_it() -> None:
    sent = cookies.header(cookies.SESSION, "token", https=True, host=HOST, same_site="strict").decode()
    assert sent.startswith("__Host-console_session=token;")
    assert "Secure" in sent


def test_a_cookie_is_found_among_others_and_only_by_its_whole_name() -> None:
    headers = ["a=1; xconsole_session=no; console_session=yes", "b=2"]
    assert cookies.cookie_value(headers, cookies.SESSION, https=False, host="") == "yes"
    assert cookies.cookie_value(headers, cookies.SESSION, https=True, host="") == ""
    assert cookies.cookie_value([], cookies.SESSION, https=False, host="") == ""
    assert cookies.cookie_value(["console_session="], cookies.SESSION, https=False, host="") == ""


def test_clearing_a_cookie_names_it_as_it_was_set() -> None:
    response = Response()
    cookies.clear_cookie(response, cookies.SESSION, https=True, host="")
    assert response.headers["set-cookie"].startswith('__Host-console_session=""; expires=')
    assert "Secure" in response.headers["set-cookie"]


def test_a_visit_is_known_by_a_digest() -> None:
    value = cookies.new_visit()
    assert value not in cookies.visit_id(value)
    assert cookies.visit_id("") == ""


def test_two_consoles_on_one_host_keep_out_of_each_others_cookies() -> None:
    first, second = "localhost:8501", "localhost:8502"
    sent = cookies.header(cookies.SESSION, "token", https=False, host=first, same_site="strict").decode()
    kept = [sent.partition(";")[0]]
    assert cookies.cookie_value(kept, cookies.SESSION, https=False, host=first) == "token"
    assert cookies.cookie_value(kept, cookies.SESSION, https=False, host=second) == ""
    for host in ("ops.example", "ops.example:443", "ops.example:80", "", "[::1", "x:y"):
        assert cookies.sent_name(cookies.SESSION, https=True, host=host) == "__Host-console_session"
