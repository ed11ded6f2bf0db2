"""A handful of changes made while the operator watches, with an outcome for each person.

The work waiting stands in the tab's session state: when a click interrupts the script, the next run
goes on where it stopped, and no second click starts anything twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

import streamlit as st

from console.context import Context
from console.feedback import failed, guarded
from console.widgets.table import Column, show_table
from console.widgets.words import md
from services.cognito.actions import Change
from services.errors import ConsoleError
from services.several import ChangeOutcome, ChangeState, perform_each, summary
from services.store.activity import Why, undoing
from services.undo import can_be_offered, ways_back
from services.words import people

_KEY = "_console_batch"

_WORDS = {
    ChangeState.DONE: "Done",
    ChangeState.UNCHANGED: "Already right",
    ChangeState.FAILED: "Failed",
    ChangeState.UNKNOWN: "No answer",
    ChangeState.NOT_ATTEMPTED: "Not attempted",
}


@dataclass
class Batch:
    """The changes waiting and what became of the others."""

    title: str
    done_word: str
    undone_word: str
    pool: str
    waiting: deque[Change]
    total: int
    why: Why = field(default_factory=Why)
    stays: tuple[str, ...] = ()
    outcomes: list[ChangeOutcome] = field(default_factory=list)
    working: Lock = field(default_factory=Lock, repr=False)


def start(
    ctx: Context,
    changes: Iterable[Change],
    *,
    title: str,
    done: str,
    undone: str = "",
    why: Why | None = None,
    stays: tuple[str, ...] = (),
) -> None:
    """Have the next `run_waiting` make `changes`; ignored while others are waiting.

    `title` heads the outcomes ("Added to billing"); `done` and `undone` are what is said of those
    that were made and undone ("added", "taken out again"). Without `undone` no undo is offered.
    `stays` is said with the outcomes: what can't be made.
    """
    running = st.session_state.get(_KEY)
    if running is not None and running.waiting:
        return
    waiting = deque(changes)
    st.session_state[_KEY] = Batch(
        title, done, undone, ctx.pool.name, waiting, len(waiting), why or Why(), stays
    )


def is_busy() -> bool:
    """True while changes are waiting in this tab."""
    batch = st.session_state.get(_KEY)
    return batch is not None and bool(batch.waiting)


def run_waiting(ctx: Context) -> None:
    """Make the changes that wait, with a progress bar, then show the outcomes. Call it once per run."""
    batch: Batch | None = st.session_state.get(_KEY)
    if batch is None:
        return
    if batch.pool != ctx.pool.name:
        _leave(batch)
        return
    if batch.waiting:
        with guarded():
            _require_proof(ctx, batch)
            _work(ctx, batch)
            st.rerun()
    if batch.waiting:
        with st.container(horizontal=True):
            st.button("Cancel", on_click=_forget, key="console-batch-cancel")
            st.button("Go on", type="primary", key="console-batch-go-on")
        return
    _show(ctx, batch)


def _require_proof(ctx: Context, batch: Batch) -> None:
    """Raise `ProofNeeded` before anything is sent when one of them is dangerous and the proof is old."""
    if not batch.outcomes and any(change.dangerous for change in batch.waiting):
        ctx.who().require(batch.waiting[0].permission, dangerous=True)


def _leave(batch: Batch) -> None:
    """The operator went to another pool meanwhile: what was not done stays undone."""
    left = "You went to another pool before it was its turn; nothing was sent."
    batch.outcomes += [
        ChangeOutcome(change, ChangeState.NOT_ATTEMPTED, left) for change in _taken(batch.waiting)
    ]


def _work(ctx: Context, batch: Batch) -> None:
    path = ctx.pool_session.changes
    bar = st.progress(0.0, text=_progress(batch))
    # A run that was interrupted may still be busy with one person: wait for that outcome.
    with batch.working:
        for outcome in perform_each(path, _taken(batch.waiting), **batch.why):
            # Kept before anything is shown: showing is where Streamlit interrupts a script.
            batch.outcomes.append(outcome)
            bar.progress(len(batch.outcomes) / max(1, batch.total), text=_progress(batch))


def _taken(waiting: deque[Change]) -> Iterator[Change]:
    while waiting:
        yield waiting.popleft()


def _progress(batch: Batch) -> str:
    return f"{md(batch.title)}: {len(batch.outcomes)} of {batch.total}"


def _show(ctx: Context, batch: Batch) -> None:
    text = f"{md(batch.title)}: {md(summary(batch.outcomes, batch.done_word))}"
    bad = [
        outcome
        for outcome in batch.outcomes
        if outcome.result not in (ChangeState.DONE, ChangeState.UNCHANGED)
    ]
    with st.container(border=True, key="console-outcomes"):
        if bad or batch.stays:
            st.warning(text, icon=":material/warning:")
        else:
            st.success(text, icon=":material/check_circle:")
        if batch.stays:
            st.text("\n".join(batch.stays))
        if bad or len(batch.outcomes) > 1:
            with st.expander("Outcome for each person", expanded=bool(bad)):
                _table(batch.outcomes)
        with st.container(horizontal=True):
            st.button("Close", on_click=_forget, key="console-batch-close")
            back = _with_way_back(batch)
            if back:
                st.button(
                    f"Undo for {people(len(back))}",
                    icon=":material/undo:",
                    on_click=_undo,
                    args=(ctx, batch, back),
                    key="console-batch-undo",
                )


def _table(outcomes: list[ChangeOutcome]) -> None:
    show_table(
        {
            "Person": [outcome.name for outcome in outcomes],
            "Outcome": [_WORDS[outcome.result] for outcome in outcomes],
            "What happened": [outcome.message for outcome in outcomes],
        },
        "Outcome for each person",
        columns={"What happened": Column(width=200)},
    )


def _with_way_back(batch: Batch) -> list[ChangeOutcome]:
    """What was done and may be taken back, as far as that is worth offering."""
    if not batch.undone_word:
        return []
    return [
        outcome
        for outcome in batch.outcomes
        if outcome.result is ChangeState.DONE and can_be_offered(outcome.change)
    ]


def _undo(ctx: Context, batch: Batch, made: list[ChangeOutcome]) -> None:
    """Compare with everybody as they are now, and have what can be taken back wait. Runs as a callback."""
    unknown = [outcome.change for outcome in batch.outcomes if outcome.result is ChangeState.UNKNOWN]
    done = [outcome.performed for outcome in made if outcome.performed is not None]
    try:
        back = list(ways_back(ctx.pool_session, done, unknown))
    except ConsoleError as error:
        failed(error)
        return
    start(
        ctx,
        [change for way in back for change, _, _ in way.changes],
        title=f"Undone: {batch.title[:1].lower()}{batch.title[1:]}",
        done=batch.undone_word,
        why=undoing(batch.why),
        stays=tuple(text for way in back for text in way.stays),
    )


def _forget() -> None:
    st.session_state.pop(_KEY, None)
