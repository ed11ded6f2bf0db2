"""What an operator is preparing in this tab: the file, what its columns mean, the plan made from it.

It lives in the tab's session, one for each pool, so that going back loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from console.context import Context
from services.bulk.columns import ColumnMap
from services.bulk.csv_file import CsvTable
from services.bulk.model import Plan, PlanOptions

STEPS = ("File", "Columns", "Check", "Preview", "Result")


@dataclass
class UploadDraft:
    """A file on its way into one pool.

    `chosen` are columns and options as they stand in the open form; leaving the step keeps them.
    `stale` says that the file or its meaning changed since `plan` was made.
    """

    table: CsvTable
    columns: ColumnMap
    options: PlanOptions = field(default_factory=PlanOptions)
    plan: Plan | None = None
    stale: bool = False
    job_id: str = ""
    chosen: tuple[ColumnMap, PlanOptions] | None = None

    def settle(self) -> None:
        """Keep what was chosen in the form of step 2."""
        if self.chosen is not None and self.chosen != (self.columns, self.options):
            self.columns, self.options = self.chosen
            self.stale = True
        self.chosen = None

    def edit(self, table: CsvTable) -> None:
        """Replace the file by a corrected one."""
        self.table = table
        self.stale = True

    @property
    def furthest(self) -> int:
        """The last step that can be opened, from 1."""
        if self.job_id:
            return 5
        if self.plan is None:
            return 2
        return 3 if self.stale else 4


def current(ctx: Context) -> UploadDraft | None:
    """The draft for the chosen pool, if there is one."""
    found = st.session_state.get(_key(ctx))
    return found if isinstance(found, UploadDraft) else None


def keep(ctx: Context, draft: UploadDraft) -> None:
    """Make `draft` the one for the chosen pool."""
    st.session_state[_key(ctx)] = draft


def discard(ctx: Context) -> None:
    """Forget the draft and begin again."""
    st.session_state.pop(_key(ctx), None)
    go(ctx, 1)


def step(ctx: Context) -> int:
    """The step shown now, 1 to 5."""
    draft = current(ctx)
    wanted = int(st.session_state.get(f"{_key(ctx)}-step", 1))
    return min(wanted, draft.furthest if draft else 1)


def go(ctx: Context, number: int) -> None:
    """Show step `number` with the next run."""
    draft = current(ctx)
    if draft is not None:
        draft.settle()
    st.session_state[f"{_key(ctx)}-step"] = number


def show_line(ctx: Context) -> int:
    """The five steps as a line of buttons; returns the one shown now."""
    now = step(ctx)
    draft = current(ctx)
    reachable = draft.furthest if draft else 1
    with st.container(horizontal=True, gap="small", key="onboarding-steps"):
        for number, name in enumerate(STEPS, start=1):
            st.button(
                f"{number}  {name}",
                key=f"onboarding-step-{number}",
                type="primary" if number == now else "secondary",
                disabled=number > reachable,
                on_click=go,
                args=(ctx, number),
            )
    return now


def _key(ctx: Context) -> str:
    return f"_onboarding-{ctx.pool.id}"
