"""How an uploaded file is to be read, where that isn't sure or an operator knows better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from console.context import Context
from console.feedback import show_error
from console.onboarding.draft import UnreadDraft
from console.widgets.words import md
from services.bulk.csv_file import DELIMITERS, Choices, CsvTable, read_file
from services.bulk.encoding import ENCODINGS, EncodingReading
from services.bulk.workbook import sheets_in
from services.errors import FileRejected

FROM_FILE = ""
_AS_TOLD = "as told from the file"
_NAMES = {FROM_FILE: _AS_TOLD} | {sign: name for sign, name in DELIMITERS.items()}


@dataclass
class Upload:
    """A file as it came and how it is to be read, until it can be."""

    name: str
    data: bytes = field(repr=False)
    file_id: str
    choices: Choices = field(default_factory=Choices)


def kept_upload(ctx: Context) -> Upload | None:
    """The file that was uploaded for the chosen pool and couldn't be read yet."""
    found = st.session_state.get(_key(ctx))
    return found if isinstance(found, Upload) else None


def keep_upload(ctx: Context, upload: Upload) -> None:
    """Make `upload` the file at hand."""
    st.session_state[_key(ctx)] = upload


def forget_upload(ctx: Context) -> None:
    """Forget the uploaded file."""
    st.session_state.pop(_key(ctx), None)


def read_upload(upload: Upload) -> CsvTable | None:
    """The table of the upload; what can't be read is said, with the choices beside it."""
    try:
        with st.spinner("Reading the file…", show_time=True):
            return read_file(upload.data, upload.name, upload.choices)
    except FileRejected as error:
        show_error(error)
    sheets = sheets_in(upload.data, upload.name)
    choices = show_choices(f"onboarding-{upload.file_id}", upload.choices, sheets)
    if choices is not None:
        upload.choices = choices
        st.rerun()
    return None


def show_unread(draft: UnreadDraft, choose: Callable[[Choices], None]) -> None:
    """Why a draft can't be read, or the readings to choose from, and the other choices below."""
    if draft.error is not None:
        show_error(draft.error)
    for place, reading in enumerate(draft.readings):
        if not place:
            st.warning(
                "It isn't sure in which encoding this file was written. Choose the reading in which every "
                "name looks right.",
                icon=":material/translate:",
            )
        _show_reading(reading, place, draft.saved.choices, choose)
    choices = show_choices(f"onboarding-{draft.saved.id}", draft.saved.choices, draft.sheets)
    if choices is not None:
        choose(choices)


def _show_reading(
    reading: EncodingReading, place: int, now: Choices, choose: Callable[[Choices], None]
) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.code("\n".join(reading.lines), language=None, width="stretch")
        if st.button(f"Read as {reading.encoding}", key=f"onboarding-encoding-{place}"):
            choose(replace(now, encoding=reading.encoding))


def show_notes(notes: Sequence[str]) -> None:
    """What was found while reading, in one box."""
    if notes:
        st.info("  \n".join(map(md, notes)), icon=":material/info:")


def show_choices(key: str, now: Choices, sheets: tuple[str, ...] | None) -> Choices | None:
    """The form in which an operator says how the file is to be read; what it says once it is sent.

    `sheets` are those of a workbook, None for a text.
    """
    with st.form(f"{key}-reading", border=True, enter_to_submit=False):
        st.markdown("**Read the file in another way**")
        places = st.columns(3)
        if sheets is None:
            chosen = _choose_text(places, now, key)
        else:
            chosen = Choices(sheet=_choose_sheet(places[0], now, sheets, key))
        row = places[2].number_input(
            "Row with the headings",
            min_value=0,
            value=now.header_row,
            step=1,
            placeholder=_AS_TOLD,
            key=f"{key}-row",
            help="As a spreadsheet counts; 0 for a file without headings.",
        )
        sent = st.form_submit_button("Read it so", type="primary")
    return replace(chosen, header_row=row) if sent else None


def _choose_sheet(place: DeltaGenerator, now: Choices, sheets: tuple[str, ...], key: str) -> str:
    names = [FROM_FILE, *sheets]
    return place.selectbox(
        "Sheet",
        names,
        index=names.index(now.sheet) if now.sheet in sheets else 0,
        format_func=lambda name: md(name) if name else "the one with people",
        key=f"{key}-sheet",
    )


def _choose_text(places: Sequence[DeltaGenerator], now: Choices, key: str) -> Choices:
    encodings = [FROM_FILE, *ENCODINGS]
    encoding = places[0].selectbox(
        "Encoding",
        encodings,
        index=encodings.index(now.encoding),
        format_func=lambda name: name or _AS_TOLD,
        key=f"{key}-encoding",
    )
    delimiter = places[1].selectbox(
        "Between cells stands a",
        list(_NAMES),
        index=list(_NAMES).index(now.delimiter),
        format_func=_NAMES.__getitem__,
        key=f"{key}-delimiter",
    )
    return Choices(encoding, delimiter)


def _key(ctx: Context) -> str:
    return f"_onboarding-upload-{ctx.pool.id}"
