"""The form of a person's attributes: a widget for each, and what was entered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import streamlit as st

from console.widgets.words import md
from services.cognito.attributes import FormField, Widget

# Letters, digits and single marks that mean nothing to Markdown.
_PLAIN = re.compile(r"[^\W_]+([ ()'-]{1,2}[^\W_]+)*\)?")
# Numbers beyond this aren't exact in a browser.
_SAFE = 2**53 - 1
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)
_YES_NO = {"": "Not set", "true": "Yes", "false": "No"}

KeyOf = Callable[[str], str]
"""From the name of an attribute to the session key of its widget."""


def ask_attribute(field: FormField, key_of: KeyOf, value: str = "", *, required: bool = False) -> None:
    """Show the widget for one attribute, holding `value`."""
    key = key_of(field.name)
    label = label_of(field) + (" *" if required else "")
    if not field.mutable:
        label += " (can't be changed later)"
    help_text = md(field.help)
    match _widget(field, value):
        case Widget.CHECKBOX:
            known = list(_YES_NO)
            st.selectbox(
                label,
                known,
                index=known.index(value),
                format_func=_YES_NO.__getitem__,
                key=key,
                help=help_text,
            )
        case Widget.DATE:
            day = date.fromisoformat(value) if value else None
            st.date_input(label, day, _EARLIEST, _LATEST, key=key, help=help_text, format="YYYY-MM-DD")
        case Widget.NUMBER:
            number, low, high = int(value) if value else None, field.min_value, field.max_value
            st.number_input(label, low, high, number, 1, key=key, help=help_text, placeholder="")
        case Widget.LONG_TEXT:
            st.text_area(label, value, key=key, help=help_text, height=80)
        case widget:
            _ask_text(widget, label, value, key=key, help=help_text, placeholder=field.example)


def _ask_text(widget: Widget, label: str, value: str, **more: Any) -> None:
    if widget is Widget.EMAIL:
        st.text_input(label, value, type="email", validate="", **more)
    elif widget is Widget.PHONE:
        st.text_input(label, value, type="phone", **more)
    else:
        st.text_input(label, value, autocomplete="off", **more)


def label_of(field: FormField) -> str:
    """The title as a label. Escapes would be read aloud, so they stand only where a title needs them."""
    return field.title if _PLAIN.fullmatch(field.title) else md(field.title)


def attribute_answers(fields: Iterable[FormField], key_of: KeyOf) -> dict[str, str]:
    """What was entered, as Cognito stores it; "" for what was left empty."""
    return {field.name: _text(st.session_state.get(key_of(field.name))) for field in fields}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _widget(field: FormField, value: str) -> Widget:
    """The widget; plain text where the value there is doesn't fit into a better one."""
    match field.widget:
        case Widget.DATE if value and not _is_date(value):
            return Widget.TEXT
        case Widget.NUMBER if not _fits_number(field, value):
            return Widget.TEXT
        case Widget.CHECKBOX if value not in _YES_NO:
            return Widget.TEXT
        case _:
            return field.widget


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value) >= _EARLIEST and len(value) == 10
    except ValueError:
        return False


def _fits_number(field: FormField, value: str) -> bool:
    low, high = field.min_value, field.max_value
    if any(bound is not None and abs(bound) > _SAFE for bound in (low, high)):
        return False
    if not value:
        return True
    if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 16):
        return False
    number = int(value)
    return (low is None or number >= low) and (high is None or number <= high) and str(number) == value
