"""The line on top of pages about people: what they read, how old, complete or not, and reading anew.

A small pool is read whole when somebody looks; of a large one, and for audits, there are snapshots. Whichever
was read last is what every page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TypeVar, cast
from weakref import ref

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from console import context
from console.context import Context
from console.feedback import done, guarded, show_error
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.focus import go_on_at
from console.widgets.table import show_table
from console.widgets.words import md, minute
from services.cognito.quotas import JOB_SHARE, operation_rps
from services.directory.listing import PEOPLE_TTL
from services.directory.pool import PoolTables
from services.directory.scan import ScanProgress
from services.directory.scan_memberships import PAGE_ROWS
from services.directory.scans import Scans, ScanState, ScanView, scans_for
from services.directory.snapshot_task import read_so_far
from services.directory.snapshots import SnapshotLine, Snapshots
from services.errors import CognitoError, ConsoleError
from services.retention import Retention
from services.roles import Permission
from services.words import ago, counted, duration

T = TypeVar("T")

RENEW = timedelta(seconds=1)
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
_FAILED = "_console_snapshot_error"
_OPENED = "_console_snapshots_kept_opened"
_AGAIN = "_console_pool_again"
_PRESSED = "_console_snapshot_pressed"


def pool_bar(ctx: Context) -> PoolTables | None:
    """Show the line, and return the pool as its pages show it, with the changes made here since.

    That is a small pool read whole, and of a large one the newest snapshot; None when a large pool was
    never read. Call it once a page, on top. Raises the gateway's and the store's errors.
    """
    refresh = bool(st.session_state.pop(_AGAIN, False))
    tables = None if refresh or ctx.pool_session.directory.is_large() else _read_lately(ctx)
    if tables is None:
        tables = _read_whole(ctx, refresh)
    if tables is None:
        return snapshot_bar(ctx)
    with (
        st.container(key="snapshot-bar"),
        _facts(tables),
    ):
        st.button(
            "Read again",
            icon=":material/refresh:",
            type="tertiary",
            key="pool-again",
            on_click=_ask_again,
            help="Changes made here show at once. This brings in what was changed elsewhere.",
        )
    _lacking(tables)
    return tables


def _read_whole(ctx: Context, refresh: bool) -> PoolTables | None:
    """Everybody, read now if need be while a bar shows how far; None for a large pool."""
    directory, place = ctx.pool_session.directory, st.empty()
    # a spinner is a thread of its own: none for what is there already
    at_hand = None if refresh else directory.tables_at_hand()
    if at_hand is not None:
        return at_hand

    def show_progress(done: int, expected: int) -> None:
        bar.progress(min(1.0, done / expected), text=f"Reading people: {done:,} of about {expected:,}")

    with place.container():
        bar = st.empty()
        with st.spinner("Reading the people and groups of this pool…", show_time=True):
            tables = directory.tables(refresh=refresh, progress=show_progress)
    place.empty()  # what is left of it would be a gap, until the next run
    return tables


def newest_reading(ctx: Context) -> PoolTables | None:
    """The pool as its pages show it once somebody has read it for an audit; None before.

    A small pool that was read whole since is shown so, here as on every page: their numbers agree. A pool
    that can't be read just now is shown as it was kept. Raises the store's errors.
    """
    kept = Snapshots(ctx.store).now(ctx.pool_session.gateway.pool_key)
    directory = ctx.pool_session.directory
    if kept is None:
        return None
    try:
        if directory.is_large():
            return kept
        lately = _read_lately(ctx)
        tables = directory.tables() if lately is None else lately
        return kept if tables is None else tables
    except CognitoError:
        return kept


def _read_lately(ctx: Context) -> PoolTables | None:
    """The newest snapshot of a small pool, if it is as young as what pages read whole, and younger."""
    kept, pool_key = Snapshots(ctx.store), ctx.pool_session.gateway.pool_key
    line, read = kept.newest_line(pool_key), ctx.pool_session.directory.cache.tables(PEOPLE_TTL)
    if line is None or datetime.now(UTC) - line.taken_at > PEOPLE_TTL:
        return None
    return kept.now(pool_key) if read is None or read.about.taken_at < line.taken_at else None


def _ask_again() -> None:
    """Have the next run read the pool again."""
    st.session_state[_AGAIN] = True


def _facts(tables: PoolTables) -> DeltaGenerator:
    """Show how old, how much and whether complete; returns the row, for buttons at its end."""
    people, groups, memberships = tables.counts
    parts = [f"Directory read {ago(tables.about.taken_at)}", counted(people, "person", "people")]
    if tables.completeness.groups_known:
        parts += [counted(groups, "group"), counted(memberships, "membership")]
    if tables.changed:
        parts.append(f"{counted(len(tables.changed), 'person', 'people')} changed here since, shown as now")
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        st.markdown(md(" · ".join(parts)), width="content")
        if tables.completeness.complete:
            st.badge("Complete", icon=":material/check:", color="green", help=tables.completeness.sentence)
        else:
            st.badge("Not complete", icon=":material/warning:", color="orange")
        st.space("stretch")
    return row


def _lacking(tables: PoolTables) -> None:
    if not tables.completeness.complete:
        st.warning(md(tables.completeness.sentence), icon=":material/warning:")


def snapshot_bar(ctx: Context) -> PoolTables | None:
    """Show the line, and return the newest reading with the changes made here since.

    None when the chosen pool was never read; then the line says what to do. Call it once a page, on
    top. Raises the gateway's and the store's errors.
    """
    bar = _Bar(ctx)
    snapshot = bar.snapshot()
    with st.container(gap=None):  # so that what follows the line takes none
        with st.container(key="snapshot-bar"):
            bar.show(snapshot)
        bar.go_on_from_here()
    if opened := dialog.opened(KEPT):
        _show_kept(ctx, opened, bar.pool_key)
    return snapshot


class _Bar:
    """The line on top of a page: how old the pool's data is, and the buttons to read it anew."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.gateway = ctx.pool_session.gateway
        self.pool_key = self.gateway.pool_key
        self.scans: Scans = scans_for(ctx.store)
        self.share_key = f"snapshot-share-{ctx.pool.name}"

    def snapshot(self) -> PoolTables | None:
        place = st.empty()
        if self._is_at_hand():  # a spinner is a thread of its own
            return newest_reading(self.ctx)
        with place, st.spinner("Opening what was read of this pool…", show_time=True):
            return newest_reading(self.ctx)

    def _is_at_hand(self) -> bool:
        kept, directory = Snapshots(self.ctx.store), self.ctx.pool_session.directory
        line = kept.newest_line(self.pool_key)
        if line is None:
            return True
        read = directory.tables_at_hand() is not None or directory.is_large()
        return read and kept.is_open(self.pool_key, line.id)

    def show(self, snapshot: PoolTables | None) -> None:
        error = st.session_state.pop(_FAILED, None)
        if isinstance(error, ConsoleError):
            show_error(error)
        reading = self.scans.of(self.pool_key)
        live = reading is not None and reading.live
        if snapshot is not None:
            self._line(snapshot, live)
            _lacking(snapshot)
        if reading is not None:
            self._reading(reading, snapshot)
        if snapshot is None and (reading is None or not (live or reading.can_go_on)):
            self._nothing_yet()

    def _line(self, snapshot: PoolTables, live: bool) -> None:
        with _facts(snapshot):
            if not live:
                self._button("Read again", ":material/refresh:", self._start, "Read the whole pool again")
            # a popover stays open over a dialog: opening one makes it another, which is closed
            with st.popover(
                "Details", icon=":material/info:", key=f"snapshot-details-{self._times_opened()}"
            ):
                self._details(snapshot)

    def _details(self, snapshot: PoolTables) -> None:
        about = snapshot.about
        took = duration((about.finished_at - about.taken_at).total_seconds())
        by = f" by {about.operator_name}" if about.operator_name else ""
        st.markdown(md(f"Read on {minute(about.taken_at)}{by}, in {took}."))
        st.markdown(md(snapshot.completeness.sentence))
        st.markdown(
            "\n".join(f"- {md(reading)}" for reading in about.how) or "- Nothing is noted on how it was read."
        )
        self._pace()
        st.button(
            "Snapshots kept",
            icon=":material/history:",
            on_click=self._open_kept,
            key="snapshot-kept",
        )

    def _times_opened(self) -> int:
        return int(st.session_state.get(_OPENED, 0))

    def _open_kept(self) -> None:
        st.session_state[_OPENED] = self._times_opened() + 1
        dialog.open_dialog(KEPT)

    def _pace(self) -> None:
        st.select_slider(
            "Share of AWS's request quota for reading",
            SHARES,
            value=JOB_SHARE,
            format_func=lambda share: f"{share:.0%}",
            key=self.share_key,
            persist_state="session",
            help="The applications' own calls share the account's quota: leave room for them.",
        )

    def _nothing_yet(self) -> None:
        people = self.gateway.describe_pool().estimated_users
        seconds = ceil(people / PAGE_ROWS) / (operation_rps("ListUsers") * JOB_SHARE)
        takes = "a few seconds" if seconds < 10 else f"about {duration(seconds)} or more"
        size = f"AWS estimates {counted(people, 'person', 'people')}: that takes {takes}."
        st.info(
            "No reading of this user pool is kept yet. What stands here works on a snapshot: all people, "
            f"groups and memberships as they are at one time. Reading bills nobody. "
            f"{md(size) if people else ''}",
            icon=":material/cloud_download:",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            self._button("Read the pool now", ":material/cloud_download:", self._start, "", primary=True)

    def _reading(self, reading: ScanView, snapshot: PoolTables | None) -> None:
        if reading.live:
            self._watch()
        elif reading.state is ScanState.FAILED and reading.error is not None:
            show_error(reading.error)
            self._go_on_with(f"Reading ended after {read_so_far(reading.progress)}.", anew=snapshot is None)
        elif reading.state is ScanState.STOPPED:
            by = f" by {reading.stopped_by}" if reading.stopped_by else ""
            so_far = read_so_far(reading.progress)
            text = f"Reading was stopped{by} after {so_far}; there is no snapshot of that."
            self._go_on_with(text, anew=snapshot is None)
        elif (
            reading.state is ScanState.INCOMPLETE
            and snapshot is not None
            and snapshot.about.id == reading.snapshot_id
        ):
            self._button("Try again what is missing", ":material/sync_problem:", self._go_on, "")

    def _go_on_with(self, text: str, *, anew: bool) -> None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(md(text), width="content")
            told = "What was read is kept for a day while the console runs"
            self._button("Go on reading", ":material/play_arrow:", self._go_on, told, primary=anew)
            if anew:  # with a snapshot, “Read again” does that
                self._button("Begin anew", ":material/restart_alt:", self._start, "")

    def _watch(self) -> None:
        """How far it is, renewed every second in whatever browser looks on."""

        @st.fragment(run_every=RENEW)
        def watch() -> None:
            context.require_live()
            with guarded():
                now = self.scans.of(self.pool_key)
                if now is None or not now.live:
                    st.rerun()  # the page shows what was read
                _show_progress(now)
                if now.state is ScanState.STOPPING:
                    st.markdown("Stopping: the pages asked for are read first.")
                else:
                    told = "What was read is kept, so that reading can go on later"
                    self._button("Stop reading", ":material/stop:", self._stop, told)

        watch()

    def _button(
        self, label: str, icon: str, act: Callable[[], object], help: str, *, primary: bool = False
    ) -> None:
        why_not = self.ctx.why_not(Permission.READ)
        st.button(
            label,
            icon=icon,
            type="primary" if primary else "secondary",
            disabled=bool(why_not),
            help=why_not or help or None,
            key=_key(act),
            on_click=_kept_error,
            args=(act,),
        )

    def go_on_from_here(self) -> None:
        """Where a button was pressed the keyboard goes on at what takes its place."""
        reading, pressed = self.scans.of(self.pool_key), int(st.session_state.get(_PRESSED, 0))
        live = reading is not None and reading.live
        turn = 2 * pressed + (not live) if pressed else 0  # once while it is read, once afterwards
        acts = (self._stop,) if live else (self._go_on, self._start)
        go_on_at("snapshot", turn, *(f".st-key-{_key(act)} button" for act in acts))

    def _start(self) -> None:
        share = float(st.session_state.get(self.share_key) or JOB_SHARE)
        self.scans.start(self.gateway, self.ctx.pool.name, self.ctx.who, share=share)

    def _go_on(self) -> None:
        if self.scans.go_on(self.pool_key, self.ctx.who, self.gateway) is None:
            self._start()

    def _stop(self) -> None:
        self.scans.stop(self.pool_key, self.ctx.who)


def _kept_error(act: Callable[[], object]) -> None:
    """Runs before the page: the right is checked by the service, an error is shown by the next run."""
    st.session_state[_PRESSED] = int(st.session_state.get(_PRESSED, 0)) + 1
    try:
        act()
    except ConsoleError as error:
        st.session_state[_FAILED] = error


def _key(act: Callable[[], object]) -> str:
    """The key of the button that does `act`."""
    return f"snapshot-{act.__name__}"


def _show_progress(reading: ScanView) -> None:
    st.progress(min(1.0, max(0.0, reading.progress.part)), text=md(how_far(reading.progress)))
    st.markdown(md(f"Started by {reading.started_by}, {ago(reading.started_at)}. Nobody is billed for it."))


def how_far(now: ScanProgress) -> str:
    """The line on the progress bar."""
    left = "" if now.seconds_left is None else f" · about {duration(now.seconds_left)} left"
    return f"{now.words}{left}"


KEPT = "snapshots-kept"


def _show_kept(ctx: Context, opened: Opened, pool_key: str) -> None:
    """The dialog with the snapshots kept: which there are, for how long, and throwing away."""
    dialog.show_dialog(
        "Snapshots kept of this pool", lambda: _kept_body(ctx, opened, pool_key), width="large"
    )


def _kept_body(ctx: Context, opened: Opened, pool_key: str) -> None:
    if opened.error is not None:
        show_error(opened.error)
    lines = Snapshots(ctx.store).list(pool_key)
    _kept_table(lines)
    _keeping(ctx)
    if ctx.may(Permission.CONFIGURE) and lines:
        _throw_away(ctx, opened, lines)
    if dialog.close_button(opened):
        st.rerun()


def _kept_table(lines: tuple[SnapshotLine, ...]) -> None:
    if not lines:
        st.markdown("None yet.")
        return
    cells = {
        "Read": [line.taken_at for line in lines],
        "By": [line.operator_name for line in lines],
        "Complete": ["Yes" if line.complete else "No" for line in lines],
        "People": [line.users for line in lines],
        "Groups": [line.groups for line in lines],
        "Memberships": [line.memberships for line in lines],
        "Size, MB": [round(line.bytes / 1e6, 1) for line in lines],
    }
    show_table(cells, "Snapshots kept of this pool")


def _keeping(ctx: Context) -> None:
    kept = Retention.read(ctx.store)
    st.markdown(
        f"The newest {kept.snapshots:,} of each pool are kept, for {kept.snapshot_days:,} days at most. "
        "An administrator can change that: Configuration, Retention."
    )


def _throw_away(ctx: Context, opened: Opened, lines: tuple[SnapshotLine, ...]) -> None:
    names = {line.id: f"{minute(line.taken_at)} · {line.users:,} people" for line in lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Throw one away",
            list(names),
            index=None,
            format_func=names.__getitem__,
            key=opened.key("chosen"),
            placeholder="Choose a snapshot",
            width=320,
        )
        sure = st.checkbox("It can't be brought back", key=opened.key("sure"))
        if st.button("Throw away", key=opened.key("delete"), disabled=not (chosen and sure)):
            opened.try_out(lambda: Snapshots(ctx.store).delete(str(chosen), ctx.who))
            if opened.error is None:
                done("The snapshot was thrown away.")
                dialog.close_dialog()
            st.rerun()


def kept(name: str, snapshot: PoolTables, mark: object, make: Callable[[], T], waiting: str = "") -> T:
    """The answer called `name` for this very `snapshot` and `mark`; made, with `waiting` shown, if it is new.

    Only the last answer of each name is kept, and the snapshot isn't held by it. One with further changes
    on top is another one. Give `waiting` only where the page may shift by a line.
    """
    key = f"_kept_{name}"
    known = st.session_state.get(key)
    if known is None or known[0]() is not snapshot or known[1] != (snapshot.version, mark):
        with st.spinner(waiting, show_time=True) if waiting else nullcontext():
            known = (ref(snapshot), (snapshot.version, mark), make())
        st.session_state[key] = known
    return cast(T, known[2])
