"""Ask: a question of one's own in SQL, answered as a table, a chart, a file, or people for a plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import altair as alt
import pandas as pd
import streamlit as st

from console import context
from console.audits.findings import show_found
from console.context import Context
from console.feedback import done, guarded, show_error
from console.theme import side_by_side
from console.widgets.downloads import downloads
from console.widgets.table import Column, fingerprint, show_table, turn
from console.widgets.words import label, md, minute
from services.audits.ask import NO_SUB, TABLES, Answered, AskedQuestion, QuestionData
from services.audits.asked_rules import result_of
from services.audits.log_lines import activity_of
from services.audits.questions import (
    READY,
    ReadyQuestion,
    save_question,
)
from services.audits.severity import Severity
from services.directory.pool import PoolTables
from services.directory.snapshots import Snapshots
from services.errors import ConsoleError, InvalidValue
from services.roles import Permission
from services.saved import LONGEST_NAME, forget, may_forget, saved_record
from services.store.saved import SavedQuestion
from services.words import counted

QUESTION = "ask"
"""Which saved question is open stands in the address, so that a link can be sent to a colleague."""
SQL, ASKED, FOLLOWED, OLDER = "ask-sql", "_ask_question", "_ask_followed", "ask-older"
TABLE, CHART, PEOPLE = "Table", "Chart", "People, for a plan"
PAGE_ROWS = 100
MOST_BARS = 60
POLL = 0.5


def show_ask(ctx: Context, snapshot: PoolTables) -> None:
    """The tab “Ask”: a question in SQL and its answer."""
    _follow(ctx)
    left, right = side_by_side("ask", (5, 4))
    with left:
        _question(ctx, snapshot)
    with right:
        _columns()
    asked: AskedQuestion | None = st.session_state.get(ASKED)
    if asked is not None and asked.ground.snapshot.about.pool_key != snapshot.about.pool_key:
        asked = st.session_state[ASKED] = None
    if asked is None:
        st.markdown(
            "A question reads the directory as it was read, with the changes made here since. "
            "It changes nothing, and reaches no file and no network."
        )
    elif asked.outcome is None:
        _wait()
    elif isinstance(asked.outcome, ConsoleError):
        show_error(asked.outcome)
    else:
        _answer(ctx, snapshot, asked.outcome)


def _follow(ctx: Context) -> None:
    """Take the saved question that a link names, once; before the widgets are made."""
    id = st.query_params.get(QUESTION, "")
    if id and st.session_state.get(FOLLOWED) != id:
        st.session_state[FOLLOWED] = id
        with guarded():
            st.session_state[SQL] = saved_record(ctx.store.saved_questions, ctx.pool, id).sql


def _question(ctx: Context, snapshot: PoolTables) -> None:
    """The box for the question, the saved ones, and the buttons to ask and to save."""
    saved = ctx.store.saved_questions.of_pool(ctx.pool.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Start from",
            [*saved, *READY],
            index=None,
            format_func=_title,
            key="ask-start",
            on_change=_start,
            placeholder="A ready question, or a saved one",
            help="Fills the box below; change it as you like.",
            width=400,
        )
        _saved_button(ctx, saved)
    kept = Snapshots(ctx.store)
    lines = {line.id: line for line in kept.list(snapshot.about.pool_key)}
    chosen = st.selectbox(
        "Compare with",
        ["", *lines],
        format_func=lambda id: f"Read {minute(lines[id].taken_at)}" if id else "No other snapshot",
        key=OLDER,
        help="Its tables are called older_users, older_groups and older_memberships.",
        width=400,
    )
    st.text_area(
        "Question, one SELECT",
        key=SQL,
        height=210,
        placeholder="SELECT state, count(*) AS people FROM users GROUP BY state",
    )
    asked: AskedQuestion | None = st.session_state.get(ASKED)
    running = asked is not None and asked.outcome is None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Ask",
            type="primary",
            icon=":material/play_arrow:",
            key="ask-go",
            disabled=running,
            on_click=_ask,
            args=(ctx, snapshot, kept, chosen or ""),
        )
        _save(ctx)


def _title(question: ReadyQuestion | SavedQuestion) -> str:
    if isinstance(question, SavedQuestion):
        return f"Saved: {label(question.name)}"
    return f"{question.title}{' (choose an older snapshot)' if question.older else ''}"


def _start() -> None:
    """Put the question that was chosen into the box; a callback."""
    start = st.session_state["ask-start"]
    st.session_state[SQL] = "" if start is None else start.sql
    st.session_state.pop(ASKED, None)


def _ask(ctx: Context, snapshot: PoolTables, kept: Snapshots, older: str) -> None:
    """Ask in the background; a callback."""
    with guarded():
        ctx.who().require(Permission.READ)
        ground = QuestionData(
            snapshot,
            datetime.now(UTC),
            ctx.store.applications.list(ctx.pool.id),
            activity_of(ctx.store, ctx.pool.pool_id, ctx.pool.name),
            kept.tables(older) if older else None,
        )
        question = AskedQuestion(ground, st.session_state.get(SQL) or "")
        question.start()
        st.session_state[ASKED] = question


@st.fragment(run_every=POLL)
def _wait() -> None:
    """How long it takes, and a way to stop it."""
    context.require_live()
    asked: AskedQuestion | None = st.session_state.get(ASKED)
    if asked is None or asked.outcome is not None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top: Asking…", width="content")
        st.button("Cancel", icon=":material/stop:", key="ask-cancel", on_click=asked.cancel)


def _columns() -> None:
    """What can be asked, beside the box."""
    name = st.segmented_control(
        "Tables and their columns", list(TABLES), default="users", key="ask-help", required=True
    )
    show_table(
        {
            "Column": [column.name for column in TABLES[str(name)]],
            "Kind": [column.kind for column in TABLES[str(name)]],
            "What it says": [column.meaning for column in TABLES[str(name)]],
        },
        f"Columns of the table {name}",
        rows=8,
        columns={"What it says": Column(width=180)},
    )


def _answer(ctx: Context, snapshot: PoolTables, answer: Answered) -> None:
    views = [TABLE, CHART, PEOPLE] if len(answer) else [TABLE]
    with st.container(horizontal=True, vertical_alignment="center"):
        more = "more than " if answer.more else ""
        st.markdown(f"**{more}{counted(len(answer), 'row')}**", width="content")
        view = st.segmented_control(
            "View", views, default=TABLE, key="ask-view", label_visibility="collapsed", required=True
        )
        st.space("stretch")
        downloads(
            ctx,
            snapshot,
            "question",
            lambda: answer.table("Answer"),
            lambda: (answer.table("Answer"),),
            lambda: answer.head("A question of one's own", ctx.who().name),
            key="ask",
        )
    if not answer.complete:
        st.warning(md(answer.statement), icon=":material/warning:")
    if view == CHART and len(answer):
        _chart(answer)
    elif view == PEOPLE and len(answer):
        _people(ctx, answer)
    else:
        _table(answer)


def _table(answer: Answered) -> None:
    if not len(answer):
        st.markdown("No row fits.")
    place = st.container()
    key = fingerprint(answer.question, len(answer))
    first, last = turn(len(answer), f"ask-{key}", PAGE_ROWS)
    with place:
        show_table(answer.frame(first, last - first), "The answer to the question", width="content")


def _chart(answer: Answered) -> None:
    frame = answer.frame()
    numbers = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    others = [name for name in frame.columns if name not in numbers]
    others.sort(key=lambda name: name.casefold() == "sub")  # who it is says nothing to the eye
    numbers = [name for name in numbers if not pd.api.types.is_bool_dtype(frame[name].dtype)]
    if not numbers or not others:
        st.markdown(
            "A chart needs a column of numbers and one that says what they are of; count something, as in "
            "`SELECT state, count(*) AS people FROM users GROUP BY state`."
        )
        return
    with st.container(horizontal=True):
        what = st.selectbox("Bars", others, key="ask-chart-what", width=220)
        how_many = st.selectbox("Length", numbers, key="ask-chart-number", width=220)
    # rows that say the same of what they count are one bar
    summed = frame.groupby(frame[what].astype(str), sort=False)[how_many].sum()
    shown = pd.DataFrame({"what": summed.index, "number": summed.to_numpy(), "row": range(len(summed))})
    st.altair_chart(bars(shown.head(MOST_BARS), str(what), str(how_many)), width="stretch")
    if len(shown) > MOST_BARS:
        st.markdown(f"The first {MOST_BARS} of {counted(len(shown), 'bar')} are drawn.")


def bars(shown: pd.DataFrame, what: str, number: str) -> Any:
    """A bar for each line of `shown`, in the order of the answer; titles are texts of whoever asked."""
    return (
        alt.Chart(shown, title=alt.TitleParams(text=number, anchor="start"))
        .mark_bar(color="#0f8f83")
        .encode(
            y=alt.Y("what:N", sort=alt.SortField("row"), title=what, axis=alt.Axis(labelLimit=260)),
            x=alt.X("number:Q", title=number, axis=alt.Axis(format=",", tickMinStep=1)),
            tooltip=[alt.Tooltip("what:N", title=what), alt.Tooltip("number:Q", title=number, format=",")],
        )
        .properties(height=alt.Step(22))
    )


def _people(ctx: Context, answer: Answered) -> None:
    try:
        result = result_of(answer, "A question of one’s own")
    except InvalidValue:
        st.info(NO_SUB, icon=":material/info:")
        return
    if not result.subs:
        st.markdown("Nobody of the answer is in the pool.")
        return
    show_found(ctx, answer.ground.snapshot, result)


def _save(ctx: Context) -> None:
    with st.popover("Save…", icon=":material/bookmark_add:", key="ask-save"):
        with st.form("ask-save-form", border=False):
            name = st.text_input("Name", key="ask-save-name", max_chars=LONGEST_NAME)
            why = st.text_input("Why it is asked (optional)", key="ask-save-about", max_chars=300)
            why_not = ctx.why_not(Permission.AUDIT_RULES)
            severity = st.selectbox(
                "Ask it in every audit",
                ["", *Severity],
                format_func=lambda severity: (
                    f"As a rule: {Severity(severity).words.lower()}" if severity else "No"
                ),
                key="ask-save-severity",
                disabled=bool(why_not),
                help=why_not or "Whoever it finds is counted on the tab Findings, marked as your own.",
            )
            pressed = st.form_submit_button("Save", icon=":material/bookmark_add:")
        if pressed:
            with guarded():
                saved = save_question(
                    ctx.store,
                    ctx.pool,
                    ctx.who,
                    name or "",
                    st.session_state.get(SQL) or "",
                    why or "",
                    str(severity or ""),
                )
                done(f"The question “{saved.name}” is saved. Its link stands under “Saved questions”.")
                st.rerun()


def _saved_button(ctx: Context, saved: tuple[SavedQuestion, ...]) -> None:
    with st.popover("Saved questions", icon=":material/bookmark:", key="ask-saved"):
        if not saved:
            st.markdown("None yet. A saved question is there for everybody who works on this pool.")
        for question in saved:
            with st.container(horizontal=True, vertical_alignment="center"):
                rule = f", rule: {Severity(question.severity).words.lower()}" if question.severity else ""
                st.markdown(
                    f"**{md(question.name)}** (by {md(question.operator_name)}{rule})", width="stretch"
                )
                if may_forget(ctx.who(), question) and st.button(
                    "",
                    icon=":material/delete:",
                    key=f"ask-delete-{question.id}",
                    help=md(f"Delete {question.name}"),
                ):
                    with guarded():
                        forget(ctx.store, ctx.store.saved_questions, ctx.who, ctx.pool, question.id)
                        done(f"The question “{question.name}” is deleted.")
                        st.rerun()
            st.code(_link(ctx, question), language=None, wrap_lines=True)


def _link(ctx: Context, saved: SavedQuestion) -> str:
    here = urlsplit(st.context.url or "")
    start = f"{here.scheme}://{here.netloc}{here.path}" if here.netloc else "/audits"
    return f"{start}?pool={quote(ctx.pool.name)}&{QUESTION}={saved.id}"
