"""Step 2: what each column means, and how rows are treated."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pandas as pd
import streamlit as st

from console.context import Context
from console.onboarding.draft import CHECK, UploadDraft, go, keep
from console.onboarding.preview import make_plan
from console.theme import side_by_side
from console.widgets.file_reading import show_reading_notes
from console.widgets.words import day, md, zone
from services.bulk.columns import IGNORE, UNSETTLED, ColumnMap
from services.bulk.files.csv_file import FileRow
from services.bulk.model import PlanOptions
from services.bulk.row_actions import LEAVER, for_whole_files
from services.bulk.rows import PASSWORD_TARGETS
from services.bulk.usernames import PATTERNS
from services.cognito.people import UsernameKind, username_kind
from services.people.leaving import LeaverPart
from services.schedule.timing import zone_names

NOT_USED, TO_CHOOSE = "(not used)", "(please choose)"
_IN_FILE, _OWN = "", "own"
_STANDS_OUT = "background-color: rgba(255, 170, 0, 0.25)"
SAMPLES = 3

DELIVERIES: dict[tuple[str, ...], str] = {
    (): "No message: you hand over temporary passwords",
    ("EMAIL",): "Cognito sends an invitation by e-mail",
    ("SMS",): "Cognito sends an invitation by SMS",
}


def show_columns(ctx: Context, draft: UploadDraft) -> None:
    """The columns with their meaning, the choices for the whole file, and the button to check it."""
    show_reading_notes(draft.table.notes)
    _remembered(draft)
    _unused(draft.columns)
    left, right = side_by_side("columns", (3, 2))
    with left:
        columns = _editor(draft)
    with right:
        options = _options(ctx, draft)
    if draft.choose(columns, options):
        keep(ctx, draft)
        st.rerun()  # what stands out depends on what was chosen
    unsettled = columns.problems(made=bool(options.usernames))
    for problem in unsettled:
        st.error(md(f"{problem.what} {problem.fix}"), icon=":material/block:")
    if st.button("Check the file", type="primary", disabled=bool(unsettled), icon=":material/fact_check:"):
        _check(ctx, draft)


def _check(ctx: Context, draft: UploadDraft) -> None:
    if make_plan(ctx, draft):
        go(ctx, draft, CHECK)
        st.rerun()


def _remembered(draft: UploadDraft) -> None:
    known = draft.remembered
    if known is None or draft.columns != known.columns:
        return
    st.info(
        f"The columns mean what {md(known.operator_name)} chose on {md(day(known.chosen_at))} for a file "
        "with the same headings.",
        icon=":material/history:",
    )


def _unused(columns: ColumnMap) -> None:
    """Columns whose cells go nowhere: nobody should find that out afterwards."""
    names = [f"“{md(column.heading)}”" for column in columns.unused if column.meaning != UNSETTLED]
    if names:
        verb, means = ("column is", "it means") if len(names) == 1 else ("columns are", "they mean")
        st.warning(
            f"{len(names)} {verb} **not used**: {', '.join(names)}. Choose below what {means}, if anything.",
            icon=":material/warning:",
        )


def _editor(draft: UploadDraft) -> ColumnMap:
    """The table of columns. Its rows are those of the file, so nothing can be added or removed."""
    columns = draft.columns
    labels = {target.name: f"{target.title} ({target.name})" for target in columns.targets}
    labels |= {UNSETTLED: TO_CHOOSE} if UNSETTLED in columns.meanings else {}
    names = {label: name for name, label in labels.items()} | {NOT_USED: IGNORE}
    first = list(islice(draft.table.rows(), SAMPLES))
    frame = pd.DataFrame(
        {
            "Column in the file": [column.heading for column in columns.columns],
            "Means": [labels.get(column.meaning, NOT_USED) for column in columns.columns],
            "Remark": [column.remark for column in columns.columns],
            "First values": [_samples(column.target, column.index, first) for column in columns.columns],
        }
    )
    if not any(frame["Remark"]):
        frame = frame.drop(columns="Remark")
    unused = [not column.target for column in columns.columns]
    edited = st.data_editor(
        frame.style.apply(lambda row: [_STANDS_OUT if unused[row.name] else ""] * len(row), axis=1),
        key=f"{draft.key}-columns-{hash(columns)}",
        hide_index=True,
        disabled=["Column in the file", "First values", "Remark"],
        column_config={
            "Means": st.column_config.SelectboxColumn(options=[NOT_USED, *labels.values()], required=True)
        },
        width="stretch",
    )
    chosen = columns
    for column, label in zip(columns.columns, edited["Means"], strict=True):
        target = names.get(label, IGNORE)
        if target not in (column.meaning, UNSETTLED):
            chosen = chosen.assign(column.index, target)
    return chosen


MOST_LETTERS = 42
"""Of the first values: the grid would cut more off without saying so."""


def _samples(target: str, index: int, first: list[FileRow]) -> str:
    if target in PASSWORD_TARGETS:
        return "(hidden)"
    said = " · ".join(cell for row in first if (cell := row.cells[index].strip()))
    return said if len(said) <= MOST_LETTERS else f"{said[: MOST_LETTERS - 1]}…"


def _options(ctx: Context, draft: UploadDraft) -> PlanOptions:
    """How rows are treated. Widgets start from what was chosen before."""
    now = draft.options
    key, actions = draft.key, for_whole_files()
    action = st.selectbox(
        "What is done with each row",
        actions,
        index=actions.index(now.action),
        format_func=lambda action: action.sentence,
        key=f"{key}-action",
        help="A column named action says it for each row.",
    )
    leaver = _leaver(draft) if action == LEAVER else now.leaver
    zone_name = _zone(draft) if "last_day" in draft.columns.used else now.zone
    delivery = st.radio(
        "How new people hear of it",
        list(DELIVERIES),
        index=list(DELIVERIES).index(now.delivery),
        format_func=DELIVERIES.__getitem__,
        key=f"{key}-delivery",
    )
    return replace(
        now,
        action=action,
        delivery=delivery,
        usernames=_usernames(ctx, draft),
        leaver=leaver,
        zone=zone_name,
        split_names=_split_names(draft),
        join_names=_join_names(ctx, draft),
        create_groups=st.checkbox(
            "Create groups that don't exist yet", value=now.create_groups, key=f"{key}-groups"
        ),
        mark_verified=st.checkbox(
            "Addresses and numbers of new people count as verified",
            value=now.mark_verified,
            key=f"{key}-verified",
            help="Someone with an unverified address can't reset a password by themselves.",
        ),
    )


def _usernames(ctx: Context, draft: UploadDraft) -> str:
    """The pattern of usernames that are made, in pools with plain usernames."""
    if username_kind(ctx.pool_session.gateway.describe_pool()) is not UsernameKind.NAME:
        return ""
    now = draft.options.usernames
    shown = {_IN_FILE: "They stand in the file"}
    shown |= {pattern: f"Made: {pattern} ({result})" for pattern, result in PATTERNS.items()}
    shown[_OWN] = "Made from another pattern…"
    chosen = st.selectbox(
        "Usernames of new people",
        list(shown),
        index=list(shown).index(now if now in shown else _OWN),
        format_func=shown.__getitem__,
        key=f"{draft.key}-usernames",
        help="For rows without a username. Letters become plain ones; who comes second gets a number.",
    )
    if chosen != _OWN:
        return chosen
    return st.text_input(
        "Pattern",
        value="" if now in PATTERNS else now,
        placeholder="{first}.{last}, or {badge}",
        key=f"{draft.key}-pattern",
        help="{first}, {last}, {f} and {l} (first letters), {mail} (before the @), or an attribute.",
    ).strip()


def _split_names(draft: UploadDraft) -> bool:
    """Whether full names are split, where the file has them and no first or last names."""
    used = draft.columns.used
    if "name" not in used or {"given_name", "family_name"} <= used.keys():
        return False
    return st.checkbox(
        "Split full names of new people into first and last",
        value=draft.options.split_names,
        key=f"{draft.key}-split",
        help="“Ek, Ann” and “Dr. Ann Ek” are both Ann and Ek. The check shows what comes of it.",
    )


def _join_names(ctx: Context, draft: UploadDraft) -> bool:
    """Whether full names are put together, where the file has their parts and the pool asks for the whole."""
    used = draft.columns.used
    known = ctx.pool_session.gateway.describe_pool().attribute("name")
    if "name" in used or not {"given_name", "family_name"} <= used.keys() or not (known and known.required):
        return False
    return st.checkbox(
        "Put full names of new people together from first and last",
        value=draft.options.join_names,
        key=f"{draft.key}-join",
        help="This pool requires full names. Ann and Ek become “Ann Ek”.",
    )


def _zone(draft: UploadDraft) -> str:
    """The time zone in which last days end: the reader's, unless another one was chosen."""
    names = zone_names()
    usual = draft.options.zone or str(zone())
    if usual not in names:
        names.insert(0, usual)
    return st.selectbox(
        "Last days end in",
        names,
        index=names.index(usual),
        key=f"{draft.key}-zone",
        help="Leavers with a last day are seen off when that day ends there, at 23:59.",
    )


def _leaver(draft: UploadDraft) -> tuple[str, ...]:
    """What is done to somebody who leaves, each part to be switched off."""
    return tuple(
        part
        for part in LeaverPart
        if st.checkbox(part.choice, value=part in draft.options.leaver, key=f"{draft.key}-leaver-{part}")
    )
