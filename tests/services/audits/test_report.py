"""The report says everything in every format, runs nothing, and asks nobody for anything."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html.parser import HTMLParser

import openpyxl
import pytest

from services.audits.audit import audit
from services.audits.report import FINDINGS, PRINTED, AuditReport
from services.audits.rule import AuditContext, RuleState
from services.cognito.models import Group
from services.directory.snapshot import Completeness
from tests.services.audits.pools import DAY, NOW, application, demo_staff, seen_as, snapshot, user

HOSTILE = '=HYPERLINK("http://evil.example")'
SCRIPT = "<script>alert(1)</script>"
GAP = Completeness(
    missing=("The members of billing could not be read: Rate exceeded.",),
    unread_groups=frozenset({"billing"}),
)


def report(completeness: Completeness | None = None, people: int = 0) -> AuditReport:
    users = [
        user("ann", changed=NOW - 300 * DAY, attributes={"name": HOSTILE, "email": SCRIPT}),
        user("bo", enabled=False, changed=NOW - 300 * DAY, created=NOW - 300 * DAY),
        *(user(f"p{number}") for number in range(people)),
    ]
    groups = [Group("billing"), Group(SCRIPT, role_arn="arn:aws:iam::1:role/R"), Group("=1+1")]
    read = snapshot(users, groups, {"bo": ["=1+1", SCRIPT]}, completeness=completeness)
    made = audit(read, AuditContext(NOW, applications=(application("@App", "gone"),)))
    return AuditReport(made, "Ada", NOW + timedelta(minutes=1))


class _Links(HTMLParser):
    """Every tag, and every address that the document asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]


@pytest.fixture(scope="module")
def page() -> str:
    return report(GAP).html().decode()


def test_the_page_runs_nothing_and_asks_for_nothing(page: str) -> None:
    seen = _Links()
    seen.feed(page)
    assert "script" not in seen.tags
    assert all(address.startswith("data:image/svg+xml;base64,") for address in seen.addresses)
    assert len(seen.addresses) == 3
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_says_which_pool_when_and_that_something_is_missing(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page)
    for words in (
        "Audit of staff",
        "eu-west-1_AuditPool",
        "2026-11-23 09:26 UTC to 2026-11-23 09:27 UTC",
        "NOT complete. The members of billing could not be read: Rate exceeded.",
        "2026-11-23 09:31 UTC by Ada",
        "Not all members could be read of billing.",
        "Disabled, but still in groups",
        "No pairs of groups that nobody may hold together are set up for this pool.",
    ):
        assert words in text, words


def test_the_first_line_says_where_which_pool_who_read_it_and_how_old_that_is(page: str) -> None:
    (cover,) = re.findall(r'<p class="cover">(.*)</p>', page)
    assert cover == (
        "Account 123456789012, eu-west-1 · user pool staff (eu-west-1_AuditPool) · "
        "read 2026-11-23 09:26 UTC by max · made 2026-11-23 09:31 UTC by Ada, 5 minutes after reading"
    )


def test_how_the_pool_was_read_is_said_once_and_at_the_end(page: str) -> None:
    assert page.count("People were read page after page.") == 1
    assert page.index("Appendix") < page.index("People were read page after page.")


def test_each_page_of_the_print_has_its_number_and_headings_stay_with_what_follows(page: str) -> None:
    assert 'counter(page) " of " counter(pages)' in page
    for section in re.findall(r"<section>.*?</section>", page, re.DOTALL):
        before = section.partition("<table>")[0]
        assert "<table>" not in section or before.count("<p") == len(
            re.findall(r'<p class="[^"]*lead"', before)
        )


def test_files_for_people_call_severities_what_pages_call_them() -> None:
    made = report(GAP)
    lines = list(csv.DictReader(io.StringIO(made.csv().decode("utf-8-sig"))))
    assert {line["severity"] for line in lines} == {"High", "Medium", "Low", "To know"}
    book = openpyxl.load_workbook(io.BytesIO(made.xlsx()), read_only=True)
    for sheet in book.worksheets[1:]:
        cells = {str(value) for row in sheet.iter_rows(values_only=True, max_col=1) for value in row}
        assert cells >= {"High", "To know"}
        assert not cells & {"high", "info"}


def test_the_csv_has_every_finding_and_every_rule_and_the_statement_on_each_line() -> None:
    made = report(GAP)
    lines = list(csv.DictReader(io.StringIO(made.csv().decode("utf-8-sig"))))
    assert set(lines[0]) == {*FINDINGS, "Completeness"}
    assert {line["rule"] for line in lines} == {result.rule.id for result in made.audit.results}
    assert all("NOT complete." in line["Completeness"] for line in lines)
    assert not [cell for line in lines for cell in line.values() if re.match(r"[=+\-@\t\r]", cell or "")]
    states = {line["rule"]: line["state"] for line in lines}
    assert states["in_no_group"] == "Could not be evaluated"
    assert states["separation_of_duties"] == "Not answered"
    assert states["same_phone"] == "Nothing found"
    assert made.filename("csv") == "audit-staff-20261123-0926-INCOMPLETE.csv"


def test_the_csv_of_the_demo_has_a_line_for_each_finding() -> None:
    made = audit(*seen_as(demo_staff(200)))
    lines = list(csv.DictReader(io.StringIO(AuditReport(made, "Ada", NOW).csv().decode("utf-8-sig"))))
    for result in made.of(RuleState.FOUND):
        assert [line["sub"] for line in lines if line["rule"] == result.rule.id] == list(
            result.findings["sub"]
        )


def test_the_workbook_holds_text_only_and_the_statement() -> None:
    book = openpyxl.load_workbook(io.BytesIO(report(GAP).xlsx()))
    assert book.sheetnames == ["About", "Rules", "Findings"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert HOSTILE in {cell.value for cell in cells}
    for sheet in book:
        said = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
        assert "NOT complete. The members of billing could not be read: Rate exceeded." in said


def test_a_long_list_is_printed_in_part_and_filed_whole() -> None:
    made = report(people=PRINTED + 5)
    page = made.html().decode()
    assert "more; the CSV and XLSX files hold all." in page
    assert made.fits_workbook
    assert made.filename("html") == "audit-staff-20261123-0926.html"
    assert "Complete: all users, groups and memberships were read." in page
