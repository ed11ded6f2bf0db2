"""An existing good value is never overwritten by a damaged one unless somebody accepted its kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.cells.damage import KINDS, DamageKind
from services.bulk.model import RowPlan, RowVerdict
from services.cognito.written import nfc
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.cells.test_damage_checks import DAMAGED
from tests.services.bulk.conftest import Bulk, bulk_on, only, said

GOOD = {
    "name": "Ann Ek",
    "given_name": "Ann",
    "family_name": "Ek",
    "nickname": "Annie",
    "email": "ann@example.com",
    "birthdate": "1990-02-28",
    "phone_number": "+46701234567",
    "custom:badge": "00123",
    "custom:start": "2026-03-31T09:00:00Z",
    "custom:cost": "42",
}
OWN = (("badge", "String"), ("start", "String"), ("cost", "Number"))


@pytest.fixture
def ann(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with one person in it, whose every value is good."""
    schema = [{"Name": name, "AttributeDataType": kind, "Mutable": True} for name, kind in OWN]
    pool_id = empty_pool(Schema=schema)
    client = cognito.client()
    client.admin_create_user(
        UserPoolId=pool_id,
        Username="ann",
        UserAttributes=[{"Name": name, "Value": value} for name, value in GOOD.items()],
        MessageAction="SUPPRESS",
    )
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    return bulk_on(store, cognito, pool_id)


def cells_of(kind: DamageKind) -> list[tuple[str, str, str | None]]:
    """Damaged cells of values that Ann has; DateTime attributes are tried where the pool has them."""
    found = [(target, text, likely) for target, text, likely in DAMAGED[kind] if target in GOOD]
    return [cell for cell in found if cell[0] != "custom:start"]


def plan_of(bulk: Bulk, cells: list[tuple[str, str, str | None]], **options: object) -> list[RowPlan]:
    """A row for each cell, each in a file of its own: they are all Ann's."""
    return [only(bulk.plan(("username", target), ("ann", text), **options)) for target, text, _ in cells]


# lines of totals, and days of leaving, which are written nowhere
LAST_DAYS = (DamageKind.NO_DAY, DamageKind.PAST_DAY, DamageKind.MISSING_DAY)
NO_CELLS_OF_VALUES = (
    DamageKind.TOTAL,
    DamageKind.SHORT,
    DamageKind.FULL_NAME,
    DamageKind.TWIN,
    DamageKind.NAMESAKE,
    DamageKind.PHONE,
    *LAST_DAYS,
)
WRITTEN = [
    kind
    for kind in DamageKind
    if kind is not DamageKind.HEADING and any(target in GOOD for target, _, _ in DAMAGED.get(kind, []))
]


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_damaged_cell_changes_nothing_until_its_kind_is_accepted(ann: Bulk, kind: DamageKind) -> None:
    cells = cells_of(kind)[:12]
    for row in plan_of(ann, cells):
        assert row.verdict is RowVerdict.INVALID, (row, said(row))
        assert row.steps == ()
        assert [problem for problem in row.errors if problem.kind == kind], said(row)


@pytest.mark.parametrize("kind", WRITTEN)
def test_an_accepted_kind_is_written_as_it_stands_and_one_that_can_not_be_meant_never(
    ann: Bulk, kind: DamageKind
) -> None:
    cells = [cell for cell in cells_of(kind) if cell[0].startswith(("name", "custom:badge"))][:4]
    for (target, text, _), row in zip(cells, plan_of(ann, cells, accept=(kind,)), strict=True):
        if KINDS[kind].never:
            assert row.steps == ()
        else:
            assert [problem for problem in row.problems if problem.kind == kind]
            written = [step.after["attributes"].get(target) for step in row.steps]
            assert written in ([nfc(text)], []), (text, written, said(row))


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_kind_that_is_put_right_writes_the_original_or_leaves_the_value_alone(
    ann: Bulk, kind: DamageKind
) -> None:
    cells = cells_of(kind)[:8]
    for (target, _, likely), row in zip(cells, plan_of(ann, cells, repair=(kind,)), strict=True):
        written = [step.after["attributes"].get(target) for step in row.steps if "attributes" in step.after]
        if KINDS[kind].never or likely is None:
            assert written == []
        elif likely == "":
            assert written == []
            assert row.verdict is RowVerdict.UNCHANGED
        else:
            assert written in ([likely], []), (likely, written)


def test_a_repeated_heading_and_a_line_of_totals_change_nothing(ann: Bulk) -> None:
    plan = ann.plan(("username", "name"), ("ann", "NAME"), ("Total", "2"))
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID, RowVerdict.INVALID]
    assert [row.errors[0].kind for row in plan.rows] == [DamageKind.HEADING, DamageKind.TOTAL]


@pytest.mark.parametrize("kind", [kind for kind in DamageKind if kind not in NO_CELLS_OF_VALUES])
def test_no_group_is_joined_by_a_damaged_name(ann: Bulk, kind: DamageKind) -> None:
    for _, text, _ in DAMAGED[kind][:6]:
        if kind in (
            DamageKind.SERIAL,
            DamageKind.UNLIKELY_DAY,
            DamageKind.HEADING,
            DamageKind.ODD_SIGN,
            DamageKind.UNFIT,
        ):
            continue  # of dates, of one's own column and of people only
        row = only(ann.plan(("username", "groups"), ("ann", f"billing;{text}"), create_groups=True))
        assert not [step for step in row.steps if step.change.joins not in ("", "billing")]


@pytest.mark.parametrize("number", ["0", "44927"])
def test_a_name_gives_way_to_no_number_that_a_formula_made(ann: Bulk, number: str) -> None:
    row = only(ann.plan(("username", "given_name"), ("ann", number)))
    assert row.verdict is RowVerdict.INVALID
    assert [problem.kind for problem in row.problems] == [DamageKind.EMPTY]
    assert "would take the place of “Ann”" in said(row)
    taken = only(ann.plan(("username", "given_name"), ("ann", number), accept=(DamageKind.EMPTY,)))
    assert taken.verdict is RowVerdict.CHANGE


@pytest.mark.parametrize("number", ["0", "-1"])
def test_no_other_value_gives_way_to_a_number_that_formulas_make_of_empty_cells(
    ann: Bulk, number: str
) -> None:
    row = only(ann.plan(("username", "nickname"), ("ann", number)))
    assert row.verdict is RowVerdict.INVALID
    assert "would take the place of “Annie”" in said(row)
    taken = only(ann.plan(("username", "nickname"), ("ann", number), accept=(DamageKind.EMPTY,)))
    assert taken.verdict is RowVerdict.CHANGE


@pytest.mark.parametrize(
    ("target", "value"), [("custom:cost", "0"), ("custom:badge", "0"), ("nickname", "01"), ("nickname", "7")]
)
def test_numbers_that_replace_numbers_and_other_numbers_are_written(
    ann: Bulk, target: str, value: str
) -> None:
    assert only(ann.plan(("username", target), ("ann", value))).verdict is RowVerdict.CHANGE
