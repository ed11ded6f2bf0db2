"""From the one command to people in a browser, the way a newcomer takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.console import fill_sign_in
from tests.fixtures.demo import free_port, running, words_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]


def test_the_tour_leads_to_the_people_it_speaks_of(visitor: BrowserContext, tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        words_until_ready(process)
        page = visitor.new_page()
        page.goto(f"http://localhost:{port}/")
        page.get_by_text("sam-may-help").wait_for()
        fill_sign_in(page, "sam", "sam-may-help")
        page.get_by_role("heading", name="This is a demo").wait_for()
        page.get_by_role("heading", name="People by status").wait_for()
        with page.expect_download() as download:
            page.get_by_role("button", name="HR’s list").click()
        assert "u.novak" in download.value.path().read_text(encoding="utf-8")
        page.get_by_role("link", name="Expired invitations").click()
        page.wait_for_url("**/users?pool=staff&status=expired")
        page.get_by_role("grid").get_by_role("link", name="Ann Lindqvist").wait_for()
