"""How an uploaded file is to be read, where that isn't sure or an operator knows better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from console.context import Context
from console.feedback import show_error
from console.widgets.words import md
from services.bulk.csv_file import DELIMITERS, Choices, CsvTable, read_file
from services.bulk.encoding import ENCODINGS
from services.bulk.workbook import Workbook, is_workbook
from services.errors import FileRejected

FROM_FILE = ""
_AS_TOLD = "as told from the file"
_NAMES = {FROM_FILE: _AS_TOLD} | {sign: name for sign, name in DELIMITERS.items()}


@dataclass
class Upload:
    """A file as it came, and how it is to be read. `taken`: it could be read, and the next step has it."""

    name: str
    data: bytes = field(repr=False)
    file_id: str
    choices: Choices = field(default_factory=Choices)
    taken: bool = False


def kept_upload(ctx: Context) -> Upload | None:
    """The file that was uploaded last for the chosen pool."""
    found = st.session_state.get(_key(ctx))
    return found if isinstance(found, Upload) else None


def keep_upload(ctx: Context, upload: Upload) -> None:
    """Make `upload` the file at hand."""
    st.session_state[_key(ctx)] = upload


def forget_upload(ctx: Context) -> None:
    """Let go of the file."""
    st.session_state.pop(_key(ctx), None)


def read_upload(ctx: Context, upload: Upload) -> CsvTable | None:
    """The table of the upload once it is clear how to read it; None while something has to be chosen.

    What can't be read, or could be read in several ways, is said, with the choices beside it.
    """
    try:
        with st.spinner("Reading the file…", show_time=True):
            table = read_file(upload.data, upload.name, upload.choices)
    except FileRejected as error:
        show_error(error)
        show_choices(ctx, upload)
        return None
    if not table.readings:
        upload.taken = True
        return table
    _show_readings(ctx, upload, table)
    return None


def _show_readings(ctx: Context, upload: Upload, table: CsvTable) -> None:
    st.warning(
        "It isn't sure in which encoding this file was written. Choose the reading in which every name "
        "looks right.",
        icon=":material/translate:",
    )
    for place, reading in enumerate(table.readings):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.code("\n".join(reading.lines), language=None, width="stretch")
            st.button(
                f"Read as {reading.encoding}",
                key=f"onboarding-encoding-{place}",
                on_click=_choose,
                args=(ctx, upload, Choices(reading.encoding, upload.choices.delimiter)),
            )
    show_choices(ctx, upload)


def show_choices(ctx: Context, upload: Upload, sheets: tuple[str, ...] = ()) -> None:
    """The form in which an operator says how the file is to be read; `sheets` where they are known."""
    key = f"onboarding-reading-{upload.file_id}"
    now = upload.choices
    with st.form(key, border=True, enter_to_submit=False):
        st.markdown("**Read the file in another way**")
        places = st.columns(3)
        if is_workbook(upload.data):
            chosen = Choices(sheet=_choose_sheet(places[0], now, sheets or _sheets(upload), key))
        else:
            chosen = _choose_text(places, now, key)
        row = places[2].number_input(
            "Row with the headings",
            min_value=0,
            value=now.header_row,
            step=1,
            placeholder=_AS_TOLD,
            key=f"{key}-row",
            help="As a spreadsheet counts; 0 for a file without headings.",
        )
        if st.form_submit_button("Read it so", type="primary"):
            _choose(ctx, upload, replace(chosen, header_row=row))
            st.rerun()


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


def _sheets(upload: Upload) -> tuple[str, ...]:
    try:
        return Workbook(upload.data, upload.name).sheets
    except FileRejected:
        return ()


def _choose(ctx: Context, upload: Upload, choices: Choices) -> None:
    upload.choices, upload.taken = choices, False
    keep_upload(ctx, upload)


def _key(ctx: Context) -> str:
    return f"_onboarding-upload-{ctx.pool.id}"
