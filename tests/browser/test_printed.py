"""Documents on paper: nothing is wider than the sheet, whatever people and groups are called."""

from __future__ import annotations

from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from services.audits.audit import audit
from services.audits.report import AuditReport
from services.audits.rule import AuditContext
from services.bulk.report import pages
from services.cognito.models import Group
from services.print_style import print_style
from services.words import minute
from tests.services.audits.pools import DAY, NOW, application, demo_staff, seen_as, snapshot, user

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 5
LANDSCAPE = {"width": 1017, "height": 673}  # A4 across without its margins, at 96 pixels an inch
LINES = """cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getClientRects().length;
}"""
SHEET = {"width": 794, "height": 1123}  # A4 upright, at 96 pixels an inch


def audit_page() -> str:
    users = [
        user(f"p{number}", changed=NOW - 300 * DAY, attributes={"name": LONG, "email": f"{LONG}@example.org"})
        for number in range(3)
    ]
    groups = [Group(f"{LONG}{number}") for number in range(3)]
    groups.append(Group("admins", role_arn=f"arn:aws:iam::123456789012:role/{LONG}"))
    read = snapshot(users, groups, {"p0": [group.name for group in groups]})
    made = audit(read, AuditContext(NOW, applications=(application(LONG, "gone"),)))
    return AuditReport(made, "max", NOW + timedelta(minutes=9)).html().decode()


def sheets_page() -> str:
    person = SimpleNamespace(
        name=LONG,
        label="",
        addresses=[(LONG, f"https://{LONG}.example/{LONG}")],
        names=[LONG, f"{LONG}@example.org"],
        password=LONG,
        spelled=LONG,
        until=NOW,
    )
    template = pages().get_template("handover_sheets.html")
    return template.render(organisation=LONG, people=[person], minute=minute, zone=UTC)


def test_all_pictures_of_an_audit_stand_on_one_sheet(browser: Browser) -> None:
    read, context = seen_as(demo_staff(200))
    report = AuditReport(audit(read, context), "max", NOW + timedelta(minutes=9))
    with browser.new_context(viewport=LANDSCAPE) as window:
        page = window.new_page()
        page.emulate_media(media="print")
        page.set_content(report.html().decode())
        page.locator(".pictures img").last.wait_for()
        high = page.evaluate("() => document.querySelector('.pictures').offsetHeight")
        assert 0 < high <= LANDSCAPE["height"]


@pytest.mark.parametrize("made", [audit_page, sheets_page], ids=lambda made: made.__name__)
def test_long_names_are_wrapped(browser: Browser, made) -> None:
    with browser.new_context(viewport=SHEET) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.set_content(made())
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


def test_a_usual_address_stands_on_one_line_in_the_report_of_a_job(browser: Browser) -> None:
    address = "new.person012@brightwater.example"
    row = SimpleNamespace(
        row=2,
        label=address,
        action=SimpleNamespace(asks="create or change"),
        result="done",
        message="Created, added to group billing, added to group training, added to group customer-service.",
    )
    job = SimpleNamespace(
        id="1",
        title="new.csv",
        created_by_name="max",
        created_at=NOW,
        started_by_name="",
        started_at=None,
        finished_at=None,
        state="finished",
        reason="",
        total_rows=1,
    )
    made = pages().get_template("job_report.html")
    shown = {"job": job, "cover": "", "took": "", "total": 1, "counts": [("done", 1)]}
    text = made.render(**shown, print_style=print_style("new.csv"), parts=[("Done", [row])])
    with browser.new_context(viewport={"width": 688, "height": 1000}) as context:  # A4 without its margins
        page = context.new_page()
        page.emulate_media(media="print")
        page.set_content(text)
        assert page.locator("td.who").evaluate(LINES) == 1
