"""How a file is to be read, where that isn't sure or an operator knows better: encoding, delimiter, sheet,
row with the headings. Every page that takes a file of people asks with these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from console.feedback import show_error
from console.widgets.words import label, md
from services.bulk.files.csv_file import Choices, CsvTable, read_file
from services.bulk.files.dialect import DELIMITERS
from services.bulk.files.encoding import ENCODINGS, EncodingReading
from services.bulk.files.workbook import sheets_in
from services.errors import FileRejected, SheetNotChosen

FROM_FILE = ""
_AS_TOLD = "as told from the file"
_NAMES = {FROM_FILE: _AS_TOLD} | {sign: name for sign, name in DELIMITERS.items()}


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that can't be read as chosen (`error` says why), or can be in several `readings`.

    `sheets` are those of a workbook, None for a text.
    """

    sheets: tuple[str, ...] | None
    readings: tuple[EncodingReading, ...] = ()
    error: FileRejected | None = None


def read_upload(data: bytes, name: str, key: str) -> CsvTable | None:
    """The table of an uploaded file, with the choices below it; None, and why, while it can't be read.

    What was chosen holds as long as the same file lies there. `key` is that of the place.
    """
    mark = f"{key}-{sha256(data).hexdigest()[:16]}"
    now: Choices = st.session_state.get(f"{mark}-choices", Choices())

    def choose(choices: Choices) -> None:
        st.session_state[f"{mark}-choices"] = choices
        st.rerun()

    try:
        table = read_file(data, name, now)
    except FileRejected as error:
        show_unread(UnreadFile(sheets_in(data, name), error=error), now, mark, choose)
        return None
    if table.readings:
        show_unread(UnreadFile(None, table.readings), now, mark, choose)
        return None
    show_reading_notes(table.notes)
    show_way(table, now, mark, choose)
    return table


def show_way(
    table: CsvTable, now: Choices, key: str, choose: Callable[[Choices], None], *, warning: str = ""
) -> None:
    """The choices for a file that was read, folded away. `warning`: what choosing costs."""
    with st.expander("Not read as it is meant?"):
        if warning:
            st.markdown(warning)
        chosen = show_choices(key, now, None if table.grid is None else table.sheets)
    if chosen is not None:
        choose(chosen)


def show_unread(unread: UnreadFile, now: Choices, key: str, choose: Callable[[Choices], None]) -> None:
    """Why a file can't be read, or the readings to choose from, and the other choices below."""
    if isinstance(unread.error, SheetNotChosen):
        _show_sheets(unread.error, key, now, choose)
    elif unread.error is not None:
        show_error(unread.error)
    for place, reading in enumerate(unread.readings):
        if not place:
            st.warning(
                "It isn't sure in which encoding this file was written. Choose the reading in which every "
                "name looks right.",
                icon=":material/translate:",
            )
        _show_reading(reading, f"{key}-encoding-{place}", now, choose)
    choices = show_choices(key, now, unread.sheets)
    if choices is not None:
        choose(choices)


def _show_sheets(unread: SheetNotChosen, key: str, now: Choices, choose: Callable[[Choices], None]) -> None:
    """The sheets of which one is meant, a button for each."""
    st.warning(f"{md(unread.message)}  \n{md(unread.next_step)}", icon=":material/table:")
    with st.container(horizontal=True):
        for place, sheet in enumerate(unread.sheets):
            if st.button(f"Read {label(sheet)}", key=f"{key}-sheet-{place}"):
                choose(replace(now, sheet=sheet))


def _show_reading(
    reading: EncodingReading, key: str, now: Choices, choose: Callable[[Choices], None]
) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.code("\n".join(reading.lines), language=None, width="stretch")
        if st.button(f"Read as {reading.encoding}", key=key):
            choose(replace(now, encoding=reading.encoding))


def show_reading_notes(notes: Sequence[str]) -> None:
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
