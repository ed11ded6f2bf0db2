"""Files as people really have them: read as they are meant, or refused with what they look like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.bulk.cells.damage import DamageKind, count_by_kind
from services.bulk.columns import ColumnMap, recognise
from services.bulk.files.csv_file import CsvTable, read_file
from services.bulk.model import PlanOptions, Problem, ProblemSeverity, Row, RowPlan, RowVerdict
from services.bulk.plan import check_file
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on

CASES = Path(__file__).parent / "cases"
OWN = {
    "department": "String",
    "employee_number": "String",
    "dept": "String",
    "start": "DateTime",
    "cost": "Number",
    "remote": "Boolean",
}
POOL = UserPool(
    "eu-west-1_cases",
    "Cases",
    schema=(*STANDARD_SCHEMA, *(SchemaAttribute(f"custom:{name}", kind) for name, kind in OWN.items())),
)
Checked = dict[int, tuple[Row, list[Problem]]]


def opened(name: str) -> tuple[CsvTable, ColumnMap]:
    table = read_file((CASES / f"{name}.csv").read_bytes(), f"{name}.csv")
    return table, recognise(table.header, POOL)


def checked(name: str, **options: Any) -> Checked:
    """Every row of a case, by its number."""
    return {
        row.number: (row, found) for row, found in check_file(*opened(name), POOL, PlanOptions(**options))
    }


def kinds(found: list[Problem]) -> list[str]:
    return [problem.kind for problem in found]


def said(found: list[Problem]) -> str:
    return " ".join(f"{problem.what} {problem.fix}" for problem in found)


def test_a_backslash_is_an_escape_before_a_comma_only() -> None:
    rows = checked("aws_template_backslash")
    assert [row.username for row, _ in rows.values()] == ["adfs-corp_CORP\\ann", "adfs-corp_CORP\\new"]
    assert rows[3][0].attributes["name"] == "C:\\new"


def test_a_list_without_heading_is_one_column() -> None:
    table, columns = opened("bare_list")
    assert table.header == ("email",)
    assert "no heading" in table.notes[0]
    assert [row.email for row, _ in check_file(table, columns, POOL)] == [
        "ann.ek@example.org",
        "bo.ek@example.org",
    ]


def test_addresses_are_taken_out_of_what_stands_round_them() -> None:
    rows = checked("display_name_mail")
    right = {number: row.email for number, (row, found) in rows.items() if not found}
    assert right == {
        2: "ma1@example.org",
        3: "ma2@example.org",
        4: "ma3@example.org",
        5: "ma4@example.org",
        6: "MA5@EXAMPLE.ORG",
        8: "ma7@example.org",
        9: "ma8@example.org",
        11: "ma10@example.org",
    }
    assert "ma6@example.org and ma6b@example.org" in said(rows[7][1])
    assert "mixes alphabets" in said(rows[10][1])


@pytest.mark.parametrize("case", ["equals_quoted", "placeholders"])
def test_errors_of_formulas_and_words_for_nothing_are_told(case: str) -> None:
    rows = checked(case)
    assert kinds(rows[2][1]) == [DamageKind.FORMULA] * 3
    assert kinds(rows[3][1]) == [DamageKind.EMPTY] * 3
    assert kinds(rows[4][1]) == [DamageKind.EMPTY] * 3
    assert kinds(rows[5][1]) == [DamageKind.DASH, DamageKind.DASH, DamageKind.EMPTY]
    assert kinds(rows[6][1]) == [DamageKind.NARROW, DamageKind.OBJECT, DamageKind.SCIENTIFIC]
    assert kinds(rows[7][1]) == []
    assert rows[7][0].attributes["custom:department"] == "Sales"
    assert rows[7][0].attributes["custom:employee_number"] == "00123"
    assert kinds(rows[8][1]) == [DamageKind.DECIMAL, DamageKind.EMPTY]
    assert all(problem.is_error for _, found in rows.values() for problem in found)


def test_what_can_not_be_meant_is_never_accepted_and_the_rest_by_kind() -> None:
    rows = checked("placeholders", accept=tuple(DamageKind))
    assert all(problem.is_error for problem in rows[2][1])
    assert [problem.severity for problem in rows[3][1]] == [ProblemSeverity.WARNING] * 3
    assert rows[3][0].attributes["given_name"] == "NULL"
    repaired = checked("placeholders", repair=(DamageKind.EMPTY, DamageKind.DASH, DamageKind.DECIMAL))
    assert "given_name" not in repaired[3][0].attributes
    assert repaired[8][0].attributes["custom:employee_number"] == "12345"
    assert repaired[8][0].groups in (None, ())
    assert not any(problem.is_error for problem in repaired[8][1])


def test_the_cells_of_each_kind_are_counted() -> None:
    problems = [problem for _, found in checked("placeholders").values() for problem in found]
    counts = count_by_kind(problems)
    assert counts[DamageKind.FORMULA] == 3
    assert list(counts) == sorted(counts, key=list(DamageKind).index)


def test_invisible_characters_are_named() -> None:
    rows = checked("invisible")
    named = {number: said(found) for number, (_, found) in rows.items() if found}
    for number, mark in {2: "U+2028", 3: "U+0085", 4: "U+202E", 5: "U+00A0", 7: "U+200B"}.items():
        assert mark in named.pop(number)
    assert named == {}
    assert rows[6][0].username == "ls5"
    repaired = checked("invisible", repair=(DamageKind.INVISIBLE, DamageKind.BREAK, DamageKind.SPACE))
    assert [row.attributes["name"] for row, _ in repaired.values()][:4] == [
        "Ann Ek",
        "Ann Ek",
        "Ann",
        "Ann Ek",
    ]
    assert repaired[7][0].username == "ls6"


def test_yes_and_no_in_the_languages_of_spreadsheets() -> None:
    rows = checked("local_booleans")
    assert all(found == [] for _, found in rows.values())
    assert [row.enabled for row, _ in rows.values()] == [True] * 6
    assert [row.attributes["email_verified"] for row, _ in rows.values()] == ["true"] * 6
    assert [row.attributes["custom:remote"] for row, _ in rows.values()] == [
        "true",
        "true",
        "true",
        "false",
        "true",
        "true",
    ]


def test_mojibake_and_lost_letters_and_signs_of_web_pages() -> None:
    rows = checked("mojibake")
    assert "José" in said(rows[2][1])
    assert kinds(rows[3][1]) == [DamageKind.LOST, DamageKind.LOST]
    assert rows[4][0].attributes["given_name"] == "Zoë"
    assert kinds(rows[5][1]) == [DamageKind.INVISIBLE, DamageKind.INVISIBLE]
    assert "O'Neil" in said(rows[6][1])
    assert kinds(rows[7][1]) == [DamageKind.QUESTION]
    repaired = checked("mojibake", repair=(DamageKind.MOJIBAKE, DamageKind.INVISIBLE, DamageKind.ENTITY))
    assert repaired[2][0].attributes["given_name"] == "José"
    assert repaired[5][0].attributes == {"email": "mo4@example.org", "given_name": "Ann", "family_name": "Ek"}
    assert "José" in said(repaired[2][1])


def test_letters_and_accents_become_one() -> None:
    ((row, found),) = checked("nfd_group").values()
    assert (row.username, row.groups, found) == ("zoë", ("Café-Crew",), [])


def test_what_a_spreadsheet_made_of_numbers_is_told() -> None:
    rows = checked("numbers_mangled")
    assert kinds(rows[2][1]) == [DamageKind.SCIENTIFIC, DamageKind.SCIENTIFIC]
    assert kinds(rows[3][1]) == [DamageKind.DECIMAL, DamageKind.DAY]
    assert (rows[4][0].username, rows[4][1]) == ("00123", [])
    assert kinds(rows[5][1]) == [DamageKind.TRUTH, DamageKind.TRUTH]


@pytest.mark.parametrize("case", ["phone_excel", "phone_trunk_zero"])
def test_phone_numbers_are_right_or_refused(case: str) -> None:
    right = {
        "phone_excel": {
            2: "+4915123456789",
            3: "+442079460018",
            4: "+4915123456789",
            7: "+4915123456789",
            10: "+46701234567",
            11: "+18005550100",
        },
        "phone_trunk_zero": {
            2: "+4915123456789",
            4: "+442079460018",
            5: "+390669812345",
            7: "+33612345678",
            8: "+436641234567",
            10: "+468123456",
            11: "+74951234567",
            12: "+4915123456789",
        },
    }[case]
    rows = checked(case)
    for number in range(2, 13):
        row, found = rows[number]
        if number in right:
            assert (row.phone_number, found) == (right[number], [])
        else:
            (problem,) = found
            assert problem.is_error


@pytest.mark.parametrize("case", ["pipe", "quotes_after_space", "title_row", "whole_line_quoted"])
def test_the_name_is_found_however_the_file_is_written(case: str) -> None:
    row, found = next(iter(checked(case).values()))
    assert row.attributes["given_name"] == "Ann"
    assert found == []


def test_single_quotation_marks_round_a_value_are_told() -> None:
    (_, (row, found)) = checked("quotes_after_space").values()
    assert row.attributes["given_name"] == "'Bo'"
    assert kinds(found) == [DamageKind.QUOTED]


def test_a_repeated_header_is_left_out_and_a_line_of_totals_held_back() -> None:
    rows = checked("repeated_header")
    assert list(rows) == [2, 4, 5]
    assert "3" in opened("repeated_header")[0].notes[0]
    assert kinds(rows[5][1]) == [DamageKind.TOTAL]


def test_dates_as_numbers_and_unlikely_birthdays_are_held_back() -> None:
    rows = checked("serial_dates")
    assert "2025-12-31" in said(rows[2][1])
    assert kinds(rows[2][1]) == [DamageKind.SERIAL, DamageKind.UNLIKELY_DAY]
    assert kinds(rows[3][1]) == [DamageKind.SERIAL, DamageKind.UNLIKELY_DAY]
    assert "2026-12-31" in said(rows[4][1])
    assert not [problem for problem in rows[6][1] if problem.kind]
    repaired = checked("serial_dates", repair=(DamageKind.SERIAL,))
    assert repaired[2][0].attributes["custom:start"] == "2025-12-31"


def test_a_soft_line_break_is_named_by_row_and_column() -> None:
    rows = checked("vertical_tabs")
    assert len(rows) >= 40
    (problem,) = rows[2][1]
    assert (problem.row, problem.column, problem.kind) == (2, "address", DamageKind.BREAK)
    assert "U+000B" in problem.what


def test_an_existing_value_is_no_damage_of_this_file() -> None:
    (problem,) = checked("overwrite_with_NA")[3][1]
    assert problem.is_error
    assert problem.attribute == "name"


def test_an_exact_attribute_name_wins_and_a_tie_is_left_to_a_person() -> None:
    own = [SchemaAttribute("custom:tenantId"), SchemaAttribute("custom:tenant_id")]
    pool = UserPool("eu-west-1_tie", "Tie", schema=(*STANDARD_SCHEMA, *own))
    table = read_file((CASES / "two_custom_attributes.csv").read_bytes())
    assert recognise(table.header, pool).used["custom:tenant_id"] == 2
    found = recognise(["username", "Tenant ID", "tenantId"], pool)
    assert [column.target for column in found.columns] == ["username", "", "custom:tenantId"]
    assert "custom:tenantId and custom:tenant_id" in found.columns[1].remark
    titles = {target.name: target.title for target in found.targets}
    assert titles["custom:tenantId"] != titles["custom:tenant_id"]
    assert titles["custom:tenant_id"] == "custom:tenant_id"


@pytest.fixture
def crew(empty_pool: Callable[..., str], cognito: Cognito, store: Store, aws_environment: None) -> Bulk:
    """A pool with the groups billing, support and Café-Crew, and somebody called nl, whose name is good."""
    pool_id, client = empty_pool(), cognito.client()
    for group in ("billing", "support", "Café-Crew"):
        client.create_group(UserPoolId=pool_id, GroupName=group)
    for username, name in (("nl", "Two Lines"), ("zoë", "Zoë Ek")):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "name", "Value": name}],
        )
    return bulk_on(store, cognito, pool_id)


def plan_of(bulk: Bulk, case: str, **options: Any) -> dict[int, RowPlan]:
    plan = bulk.plan((), raw=(CASES / f"{case}.csv").read_bytes(), **options)
    return {row.row: row for row in plan.rows}


def joined(row: RowPlan) -> set[str]:
    return {step.change.joins for step in row.steps} - {""}


def test_lists_of_groups_are_read_however_they_are_written(crew: Bulk) -> None:
    rows = plan_of(crew, "comma_groups", create_groups=True)
    assert [joined(rows[number]) for number in (2, 3, 5, 6)] == [{"billing", "support"}] * 4
    assert joined(rows[4]) == {"billing"}
    assert "read as a list of 2 groups" in said(list(rows[2].problems))
    for number in (7, 8):
        assert rows[number].verdict is RowVerdict.INVALID


def test_a_list_of_groups_that_are_not_there_is_never_made_one_group(crew: Bulk) -> None:
    plan = crew.plan(("username", "groups"), ("ann", "sales,field"), create_groups=True)
    assert plan.preparation == ()
    assert "looks like a list" in said(plan.problems)


def test_lines_of_one_newcomer_that_differ_in_the_group_only_are_one_person(crew: Bulk) -> None:
    rows = plan_of(crew, "memberships_newcomers")
    assert rows[2].verdict is RowVerdict.CREATE
    assert joined(rows[2]) == {"billing", "support"}
    assert rows[3].verdict is RowVerdict.UNCHANGED
    assert "row 2" in rows[3].remark
    wrong = crew.plan(("username", "email", "groups"), ("a", "bad", "billing"), ("a", "bad", "support"))
    assert [row.verdict for row in wrong.rows] == [RowVerdict.INVALID] * 2


def test_accents_written_apart_find_the_person_and_the_group(crew: Bulk) -> None:
    (row,) = plan_of(crew, "nfd_group", create_groups=True).values()
    assert row.person is not None
    assert row.person.username == "zoë"
    assert joined(row) == {"Café-Crew"}


def test_a_good_value_is_not_overwritten_by_a_damaged_one(crew: Bulk) -> None:
    row = plan_of(crew, "overwrite_with_NA", accept=tuple(DamageKind))[3]
    assert row.person is not None
    assert row.verdict is RowVerdict.INVALID
    assert row.steps == ()
    kept = crew.plan(("username", "name"), ("nl", "NULL"))
    assert kept.rows[0].verdict is RowVerdict.INVALID
    cleared = crew.plan(("username", "name"), ("nl", "NULL"), repair=(DamageKind.EMPTY,))
    assert cleared.rows[0].verdict is RowVerdict.UNCHANGED
    taken = crew.plan(("username", "name"), ("nl", "NULL"), accept=(DamageKind.EMPTY,))
    assert taken.rows[0].verdict is RowVerdict.CHANGE
