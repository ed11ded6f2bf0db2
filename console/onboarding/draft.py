"""The draft in hand: in the address by its id and step, in the store as it was left, open in this tab."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.widgets.file_reading import UnreadFile
from console.widgets.words import md
from services.bulk import drafts
from services.bulk.columns import ColumnMap, recognise
from services.bulk.drafts import FileDraft
from services.bulk.files.csv_file import Choices, CsvTable
from services.bulk.files.workbook import sheets_in
from services.bulk.model import Plan, PlanOptions
from services.bulk.remembered import RememberedColumns, recall
from services.bulk.template import without_examples
from services.errors import ConsoleError, DraftChanged, FileRejected, RecordNotFound

DRAFT, STEP, JOB = "draft", "step", "job"
"""What the address says: the draft and its step, or the job that a draft became."""
COLUMNS, CHECK, PREVIEW, RESULT = 2, 3, 4, 5
_KEY = "_onboarding-draft"


@dataclass
class UnreadDraft:
    """A draft whose file can't be read as chosen, or can be in several ways."""

    saved: FileDraft
    unread: UnreadFile

    @property
    def furthest(self) -> int:
        """The number of the last step that can be opened, from 1."""
        return 1


@dataclass
class UploadDraft:
    """A draft as this tab works on it; `saved` is how it stands in the store.

    `recognised` is what the headings say by themselves, `remembered` what was chosen for them before.
    `stale` says that the file or its meaning changed since `plan` was made.
    """

    saved: FileDraft
    table: CsvTable
    columns: ColumnMap
    options: PlanOptions
    recognised: ColumnMap
    remembered: RememberedColumns | None = None
    checked: bool = False
    plan: Plan | None = None
    stale: bool = False
    key: str = field(init=False)
    """What the keys of its widgets begin with: another tab's changes make them anew."""

    def __post_init__(self) -> None:
        self.key = f"onboarding-{self.saved.id}-{self.saved.version}"

    @property
    def furthest(self) -> int:
        """The number of the last step that can be opened, from 1."""
        if not self.checked:
            return COLUMNS
        return CHECK if self.stale else PREVIEW

    @property
    def now(self) -> FileDraft:
        """The draft as it is to be kept."""
        return replace(
            self.saved,
            rows=self.table.row_count,
            meanings=self.columns.meanings,
            options=self.options,
            edits=self.table.edits,
            dropped=self.table.dropped,
            checked=self.checked,
        )

    def choose(self, columns: ColumnMap, options: PlanOptions) -> bool:
        """Take over what was chosen for the whole file. Whether that is anything new."""
        changed = (columns, options) != (self.columns, self.options)
        self.columns, self.options = columns, options
        self.stale = self.stale or changed
        return changed

    def edit(self, table: CsvTable) -> None:
        """Replace the file by a corrected one."""
        self.table = table
        self.stale = True


Draft = UploadDraft | UnreadDraft


def current_draft(ctx: Context) -> Draft | None:
    """The draft that the address names, as it stands in the store; None when it names none.

    One that isn't there (any more) is said, and leaves the address.
    """
    id = st.query_params.get(DRAFT, "")
    if not id:
        return None
    known = st.session_state.get(_KEY)
    if isinstance(known, Draft) and known.saved.id == id:
        if drafts.version_of(ctx.store, ctx.who, id) == known.saved.version:
            return known
        st.info("This draft was changed in another tab or browser. This is how it stands now.")
    try:
        return _open(ctx, drafts.find_draft(ctx.store, ctx.pool, ctx.who, id))
    except RecordNotFound as error:
        st.info(md(str(error)), icon=":material/info:")
        leave(ctx)
        return None


def _open(ctx: Context, saved: FileDraft) -> Draft:
    """Read the file of a draft, and make it the one in hand."""
    draft: Draft
    try:
        with st.spinner("Reading the file…", show_time=True):
            table = drafts.read_draft(ctx.store, ctx.who, saved)
    except FileRejected as error:
        data = drafts.file_of(ctx.store, ctx.who, saved.id)
        draft = UnreadDraft(saved, UnreadFile(sheets_in(data, saved.name), error=error))
    else:
        draft = _read(ctx, saved, table)
    st.session_state[_KEY] = draft
    return draft


def _read(ctx: Context, saved: FileDraft, table: CsvTable) -> Draft:
    if table.readings:
        return UnreadDraft(saved, UnreadFile(None, table.readings))
    pool = ctx.pool_session.gateway.describe_pool()
    recognised = recognise(table.header, pool, table.repeated, table.empty)
    known = recall(ctx.store, ctx.pool, recognised)
    columns = known.columns if known and not saved.meanings else recognised.with_meanings(saved.meanings)
    return UploadDraft(
        saved, without_examples(table, pool), columns, saved.options, recognised, known, saved.checked
    )


def begin(ctx: Context, name: str, data: bytes) -> None:
    """Keep an uploaded file, and go on with it: to its columns, or to how it is to be read."""
    draft = _open(ctx, drafts.begin(ctx.store, ctx.pool, ctx.who, name, data))
    go_to_step(ctx, draft.saved.id, COLUMNS if isinstance(draft, UploadDraft) else 1)


def read_again(ctx: Context, draft: Draft, choices: Choices) -> None:
    """Read the file in another way: what was corrected by row and column is of no use then."""
    fresh = replace(
        draft.saved, choices=choices, meanings=(), edits={}, dropped=frozenset(), checked=False, rows=0
    )
    again = _open(ctx, drafts.keep(ctx.store, ctx.who, fresh))
    go_to_step(ctx, again.saved.id, COLUMNS if isinstance(again, UploadDraft) else 1)


def keep(ctx: Context, draft: Draft | None) -> None:
    """Write to the store what was changed. What another tab wrote meanwhile is shown with the next run."""
    if not isinstance(draft, UploadDraft) or draft.now == draft.saved:
        return
    try:
        draft.saved = drafts.keep(ctx.store, ctx.who, draft.now)
    except DraftChanged as error:
        st.session_state.pop(_KEY, None)
        show_error(error)


def go(ctx: Context, draft: Draft, step: int) -> None:
    """Show a step of the draft, with everything kept as it stands."""
    keep(ctx, draft)
    go_to_step(ctx, draft.saved.id, step)


def leave(ctx: Context) -> None:
    """Go back to the start; a draft in hand waits."""
    st.session_state.pop(_KEY, None)
    st.query_params.from_dict({"pool": ctx.pool.name})


def throw_away(ctx: Context, id: str, name: str) -> None:
    """Forget a draft and its file."""
    try:
        drafts.throw_away(ctx.store, ctx.who, id)
        done(f"The draft “{name}” was thrown away. Nothing was sent.")
    except ConsoleError as error:
        show_error(error)
    leave(ctx)


def become(ctx: Context, draft: UploadDraft, job_id: str) -> None:
    """The draft is a job now, which holds its rows: forget it, and show what becomes of the job, if any."""
    drafts.throw_away(ctx.store, ctx.who, draft.saved.id)
    leave(ctx)
    if job_id:
        st.query_params[JOB] = job_id


def go_to_step(ctx: Context, id: str, step: int | None = None) -> None:
    """Put a draft and its step into the address: the next run shows it. No step: where it was left."""
    address = {"pool": ctx.pool.name, DRAFT: id}
    st.query_params.from_dict(address if step is None else {**address, STEP: str(step)})


def step_of(draft: Draft | None) -> int:
    """The step that the address asks for, as far as the draft has come: 1 to 5."""
    if draft is None:
        return RESULT if st.query_params.get(JOB) else 1
    asked = st.query_params.get(STEP, "")
    return min(int(asked) if asked in ("1", "2", "3", "4") else CHECK, draft.furthest)
