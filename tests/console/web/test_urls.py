"""Addresses that a browser is sent to."""

from __future__ import annotations

import pytest

from console.web import urls


@pytest.mark.parametrize(
    "path", ["/", "/users", "/user?id=1&pool=staff", "/users?q=a%20b%26c", "/x?t=%2F%2Fx"]
)
def test_pages_of_this_site_are_kept(path: str) -> None:
    assert urls.safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "users",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/users",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/users\r\nSet-Cookie: a=b",
        " /users",
        "/sign-in",
        "/sign-in?next=/sign-in",
        "/set-up?token=x",
        "/auth/leave",
        "/_stcore/health",
        "/media/x.csv",
    ],
)
def test_every_other_address_becomes_the_first_page(path: str | None) -> None:
    assert urls.safe_path(path) == "/"


def test_the_sign_in_page_knows_the_way_back() -> None:
    assert urls.sign_in_address("/user?id=1&pool=a b") == "/sign-in"
    assert urls.sign_in_address("/user?id=1&pool=a%20b") == "/sign-in?next=%2Fuser%3Fid%3D1%26pool%3Da%2520b"
    assert urls.sign_in_address("/", ended=True) == "/sign-in?ended=1"
    assert urls.sign_in_address("//evil.example") == "/sign-in"
