"""Drafts: kept as they were left, seen by their operator alone, bounded in number, size and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.bulk import drafts
from services.bulk.files.csv_file import Choices
from services.bulk.model import PlanOptions
from services.bulk.row_actions import UPDATE
from services.errors import DraftChanged, FileRejected, InvalidValue, NotPermitted, RecordNotFound
from services.roles import Actor, ActorSource, Origin
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store

FILE = b"username;email\nann;ann@example.com\nbob;bob@example.com\n"
As = Callable[[str], ActorSource]


@pytest.fixture
def pools(store: Store) -> tuple[PoolRecord, ...]:
    aws = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return tuple(store.pools.add(PoolRecord(aws.id, name, name)) for name in ("staff", "customers"))


@pytest.fixture
def acting(cast: dict[str, Operator]) -> As:
    """Whoever acts, by name."""

    def source(name: str) -> ActorSource:
        operator = cast[name]
        return lambda: Actor(operator.id, operator.name, operator.role, Origin.BROWSER)

    return source


def begun(store: Store, pool: PoolRecord, who: ActorSource, name: str = "people.csv") -> drafts.FileDraft:
    return drafts.begin(store, pool, who, name, FILE)


def test_a_draft_comes_back_as_it_was_left(store: Store, pools: tuple[PoolRecord, ...], acting: As) -> None:
    draft = begun(store, pools[0], acting("max"))
    left = drafts.keep(
        store,
        acting("max"),
        replace(
            draft,
            options=PlanOptions(action=UPDATE, share=0.25, accept=("mojibake",)),
            meanings=("username", ""),
            edits={(2, 0): "anna"},
            dropped=frozenset({3}),
            checked=True,
        ),
    )
    assert drafts.find_draft(store, pools[0], acting("max"), draft.id) == left
    table = drafts.read_draft(store, acting("max"), left)
    assert [row.cells for row in table.rows()] == [("anna", "ann@example.com")]
    assert table.row_count == 1
    assert drafts.file_of(store, acting("max"), draft.id) == FILE


def test_nobody_else_sees_reads_changes_or_throws_away_a_draft(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    draft, ann = begun(store, pools[0], acting("max")), acting("ann")
    assert drafts.drafts_of(store, pools[0], ann) == ()
    assert drafts.version_of(store, ann, draft.id) == 0
    for call in (
        lambda: drafts.find_draft(store, pools[0], ann, draft.id),
        lambda: drafts.file_of(store, ann, draft.id),
        lambda: drafts.read_draft(store, ann, draft),
        lambda: drafts.keep(store, ann, replace(draft, checked=True)),
        lambda: drafts.throw_away(store, ann, draft.id),
    ):
        with pytest.raises(RecordNotFound, match="somebody else's"):
            call()
    assert drafts.find_draft(store, pools[0], acting("max"), draft.id) == draft


def test_whoever_may_not_do_bulk_work_has_no_drafts(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    for call in (
        lambda: begun(store, pools[0], acting("sam")),
        lambda: drafts.drafts_of(store, pools[0], acting("ada")),
    ):
        with pytest.raises(NotPermitted):
            call()


def test_a_draft_belongs_to_one_pool(store: Store, pools: tuple[PoolRecord, ...], acting: As) -> None:
    draft = begun(store, pools[0], acting("max"))
    assert drafts.drafts_of(store, pools[1], acting("max")) == ()
    with pytest.raises(RecordNotFound, match="another user pool"):
        drafts.find_draft(store, pools[1], acting("max"), draft.id)


def test_two_tabs_do_not_overwrite_each_other(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    draft = begun(store, pools[0], acting("max"))
    newer = drafts.keep(store, acting("max"), replace(draft, edits={(2, 0): "first"}))
    with pytest.raises(DraftChanged, match="another tab"):
        drafts.keep(store, acting("max"), replace(draft, edits={(2, 0): "second"}))
    assert drafts.find_draft(store, pools[0], acting("max"), draft.id) == newer


def test_there_are_at_most_ten_for_a_pool_and_their_files_have_a_limit(
    store: Store, pools: tuple[PoolRecord, ...], acting: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(drafts.MOST):
        drafts.keep(store, acting("max"), replace(begun(store, pools[0], acting("max")), rows=2))
    with pytest.raises(InvalidValue, match="10 drafts for staff already"):
        begun(store, pools[0], acting("max"), "more.csv")
    begun(store, pools[0], acting("ann"))
    monkeypatch.setattr(drafts, "ROOM", len(FILE))
    with pytest.raises(InvalidValue, match="may take"):
        begun(store, pools[1], acting("max"))


def test_files_that_were_never_read_make_room_for_another(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    read = drafts.keep(store, acting("max"), replace(begun(store, pools[0], acting("max")), rows=2))
    unread = [begun(store, pools[0], acting("max"), f"x{number}.pdf") for number in range(drafts.MOST)]
    left = {draft.id for draft in drafts.drafts_of(store, pools[0], acting("max"))}
    assert left == {read.id, *(draft.id for draft in unread[1:])}


def test_what_nobody_touches_for_two_weeks_is_forgotten(
    store: Store, pools: tuple[PoolRecord, ...], acting: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = begun(store, pools[0], acting("max")), begun(store, pools[0], acting("max"))
    later = utc_now() + timedelta(days=13)
    monkeypatch.setattr("services.store.drafts.utc_now", lambda: later)
    drafts.keep(store, acting("max"), replace(new, checked=True))
    due = drafts.kept_until(store, old) + timedelta(seconds=1)
    monkeypatch.setattr("services.bulk.drafts.utc_now", lambda: due)
    assert drafts.sweep(store) == 1
    assert [draft.id for draft in drafts.drafts_of(store, pools[0], acting("max"))] == [new.id]


def test_a_draft_goes_with_its_pool(store: Store, pools: tuple[PoolRecord, ...], acting: As) -> None:
    draft = begun(store, pools[0], acting("max"))
    store.pools.delete(pools[0].id)
    with pytest.raises(RecordNotFound):
        drafts.file_of(store, acting("max"), draft.id)


def test_neither_the_file_nor_its_name_stands_in_the_database(
    store: Store, pools: tuple[PoolRecord, ...], acting: As, tmp_path: Path
) -> None:
    draft = begun(store, pools[0], acting("max"), "unmistakable.csv")
    drafts.keep(store, acting("max"), replace(draft, edits={(2, 0): "unmistakable"}))
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert stored
    for text in (b"unmistakable", b"bob@example.com"):
        assert text not in stored


def test_a_draft_of_a_file_read_in_a_wrong_way_can_be_read_in_another(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    draft = begun(store, pools[0], acting("max"))
    wrong = drafts.keep(store, acting("max"), replace(draft, choices=Choices(header_row=9)))
    with pytest.raises(FileRejected):
        drafts.read_draft(store, acting("max"), wrong)
    right = drafts.keep(store, acting("max"), replace(wrong, choices=Choices(delimiter=";")))
    assert drafts.read_draft(store, acting("max"), right).header == ("username", "email")


def test_a_large_file_comes_back_byte_for_byte(
    store: Store, pools: tuple[PoolRecord, ...], acting: As
) -> None:
    data = b"".join(f"user{n},{n * 7919 % 65_537}\n".encode() for n in range(300_000))
    draft = drafts.begin(store, pools[0], acting("max"), "large.csv", data)
    assert drafts.file_of(store, acting("max"), draft.id) == data
    assert draft.changed_at > datetime(2020, 1, 1, tzinfo=UTC)
