"""What is exported: all of it, with where it comes from, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from dataclasses import replace

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.csv_safe import join_groups, write_csv
from services.directory import export
from services.directory.export import (
    about_of,
    filename,
    fits_workbook,
    groups_table,
    memberships_table,
    users_table,
    write,
)
from services.directory.file_format import Format
from services.directory.search import search
from services.directory.search_query import parse
from services.errors import InvalidValue
from tests.services.directory.pool_stub import START, somebody
from tests.services.directory.test_search import tables

ANN = somebody(1, given_name="Ann", family_name="Ek", **{"custom:team": "Nord"})
EVIL = replace(somebody(2, name="=SUM(A1)", phone_number="+46701234567"), enabled=False)
MEMBERS = {ANN.sub: ["billing", "semi;colon"]}
GROUPS = ("billing", "semi;colon", "=cmd")


def made(**completeness):
    return tables([ANN, EVIL], MEMBERS, groups=GROUPS, **completeness)


def written(source, format, names=None):
    table = users_table(source, source.everybody(), names, START)
    return write(table, about_of(source, "Users", "all 2 people", "ada"), format)


def read_csv(source, names=None):
    return list(csv.DictReader(io.StringIO(written(source, Format.CSV, names).decode("utf-8-sig"))))


def test_a_csv_names_attributes_and_says_on_every_line_whether_it_is_complete():
    ann, evil = read_csv(made())
    assert (ann["sub"], ann["username"], ann["enabled"]) == ("sub-00001", "user00001", "true")
    assert (ann["status"], ann["aws_status"]) == ("Active", "CONFIRMED")
    assert ann["created"] == "2026-04-04T09:00:00+00:00"
    assert ann["all_groups"] == r"billing;semi\;colon"
    assert (ann["custom:team"], evil["custom:team"]) == ("Nord", "")
    assert ann["Completeness"] == evil["Completeness"]
    assert ann["Completeness"].startswith("staff, read 2026-05-04 09:00 UTC. Complete: ")


def test_a_file_says_which_account_and_region_the_pool_is_in():
    source = made()
    source.about = replace(source.about, account="123456789012", region="eu-west-1")
    facts = about_of(source, "Users").facts
    assert facts["Account and region"] == "Account 123456789012, eu-west-1"
    assert about_of(made(), "Users").facts["Account and region"].startswith("Account not known")


def test_cells_that_look_like_formulas_are_neutralised():
    _, evil = read_csv(made())
    assert (evil["name"], evil["phone_number"]) == ("'=SUM(A1)", "'+46701234567")


def test_memberships_mean_exactly_these_only_when_all_are_known():
    for lost in ({"unread_groups": frozenset({"billing"})}, {"missing": ("A page failed.",)}):
        ann, _ = read_csv(made(**lost))
        assert "all_groups" not in ann
        assert ann["groups"] == r"billing;semi\;colon"
        assert "NOT complete" in ann["Completeness"]
    blind = read_csv(made(groups_known=False))
    assert [row["groups"] for row in blind] == ["", ""]


def test_chosen_columns_follow_who_it_is():
    row = read_csv(made(), ["name", "groups"])[0]
    assert list(row) == ["sub", "username", "name", "given_name", "family_name", "all_groups", "Completeness"]


def test_in_an_email_pool_the_meaningless_username_is_left_out():
    source = made()
    pool = replace(source.about.pool, username_attributes=frozenset({"email"}))
    source.about = replace(source.about, pool=pool)
    assert "username" not in read_csv(source, ["name"])[0]
    assert "username" in read_csv(source, ["username"])[0]


def test_a_workbook_holds_text_not_formulas_and_a_sheet_about_it():
    book = openpyxl.load_workbook(io.BytesIO(written(made(missing=("Page 3 failed.",)), Format.XLSX)))
    rows = list(book["Users"].iter_rows())
    heading = [cell.value for cell in rows[0]]
    evil = dict(zip(heading, rows[2], strict=True))
    assert evil["name"].value == "=SUM(A1)"
    assert evil["name"].data_type == "s"
    assert evil["phone_number"].value == "+46701234567"
    assert evil["enabled"].value is False
    assert evil["created (UTC)"].value.isoformat() == "2026-04-04T09:00:00"
    said = {name.value: text.value for name, text in book["About this file"].iter_rows(max_col=2)}
    assert said["Completeness"] == "NOT complete. Page 3 failed."
    assert said["Selection"] == "all 2 people"
    assert said["Made by"] == "ada"


@pytest.mark.parametrize("limit", ["MOST_ROWS", "MOST_CELLS"])
def test_more_than_a_workbook_holds_is_refused(monkeypatch, limit):
    pool = made()
    assert fits_workbook(pool, pool.everybody())
    monkeypatch.setattr(export, limit, 1)
    monkeypatch.setattr(export, limit, 1)
    with pytest.raises(InvalidValue, match="too large for a workbook"):
        written(made(), Format.XLSX)
    assert not fits_workbook(pool, pool.everybody())


def test_nobody_is_written_into_a_temporary_file_on_the_way(monkeypatch):
    def refuse(*_args, **_named):
        raise AssertionError("people would lie on the disk, unencrypted")

    for name in ("mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    for format in Format:
        assert written(made(), format)


def test_parquet_keeps_types_and_the_statement():
    table = pq.read_table(io.BytesIO(written(made(), Format.PARQUET)))
    assert table["all_groups"].to_pylist() == [["billing", "semi;colon"], []]
    assert table["created"].to_pylist()[0] == ANN.created
    assert "Complete: " in json.loads(table.schema.metadata[b"about"])["Completeness"]


def test_json_holds_the_statement_beside_the_rows():
    data = json.loads(written(made(), Format.JSON))
    assert data["about"]["User pool"] == "staff (eu-west-1_search)"
    assert data["rows"][1]["name"] == "=SUM(A1)"
    assert "custom:team" not in data["rows"][1]
    assert (
        json.loads(write(groups_table(tables([], groups=())), about_of(made(), "Groups"), Format.JSON))[
            "rows"
        ]
        == []
    )


def test_only_those_found_are_exported_in_their_order():
    source = made()
    found = search(source, parse("is:disabled"))
    table = users_table(source, found.rows)
    assert table["sub"].to_pylist() == [EVIL.sub]


def test_groups_come_with_sizes_where_they_are_known():
    table = groups_table(made(unread_groups=frozenset({"billing"})))
    assert table.select(["name", "members"]).to_pylist() == [
        {"name": "billing", "members": None},
        {"name": "semi;colon", "members": 1},
        {"name": "=cmd", "members": 0},
    ]


def test_memberships_are_one_line_each():
    pool = made()
    rows = memberships_table(pool, pool.everybody()).to_pylist()
    assert [(row["sub"], row["groups"]) for row in rows] == [
        (ANN.sub, "billing"),
        (ANN.sub, "semi;colon"),
    ]


@pytest.mark.parametrize(("pool", "start"), [("a/b <c>", "users-a-b--c-2"), ("中", "users-pool-2")])
def test_the_filename_is_harmless_and_warns(pool, start):
    about = replace(about_of(made(), "Users"), pool=pool)
    assert filename(about, Format.CSV).startswith(start)
    assert filename(about, Format.CSV).endswith("-20260504-0900.csv")
    assert filename(replace(about, complete=False), Format.XLSX).endswith("-INCOMPLETE.xlsx")


def test_an_empty_csv_still_says_where_it_comes_from():
    source = tables([])
    (row,) = read_csv(source)
    assert "Complete: " in row["Completeness"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from("'=+-@\t\r\n＝a;,\"é ")),
            st.none() | st.booleans(),
            st.lists(st.text(st.sampled_from("a;\\="), max_size=3), max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_columns_are_written_as_the_csv_of_rows_would_be(rows):
    types = (pa.string(), pa.bool_(), pa.list_(pa.string()))
    table = pa.table({f"={at}": pa.array([row[at] for row in rows], types[at]) for at in range(3)})
    about = about_of(tables([]), "Users")
    lines = [(text, flag, join_groups(names), about.sentence) for text, flag, names in rows]
    assert write(table, about, Format.CSV) == write_csv(["=0", "=1", "=2", "Completeness"], lines)


def test_a_column_that_no_table_has_is_worked_out_person_by_person():
    source = made()
    computed = {"initials": lambda person: person.user.name[:1], "status": lambda _: "never asked"}
    table = users_table(source, source.everybody(), ["status", "initials"], START, computed)
    assert table["initials"].to_pylist() == ["A", "="]
    assert "never asked" not in table["status"].to_pylist()
