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
_EARLIEST = date(1900, 1, 1)
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
            st.selectbox(
                label,
                list(_YES_NO),
                index=list(_YES_NO).index(value),
                format_func=_YES_NO.__getitem__,
                key=key,
                help=help_text,
            )
        case Widget.DATE:
            st.date_input(
                label,
                date.fromisoformat(value) if value else None,
                min_value=_EARLIEST,
                max_value=date(2100, 12, 31),
                format="YYYY-MM-DD",
                key=key,
                help=help_text,
            )
        case Widget.NUMBER:
            st.number_input(
                label,
                field.min_value,
                field.max_value,
                int(value) if value else None,
                1,
                key=key,
                help=help_text,
                placeholder="",
            )
        case Widget.LONG_TEXT:
            st.text_area(label, value, key=key, help=help_text, height=80)
        case Widget.EMAIL:
            st.text_input(
                label, value, key=key, type="email", help=help_text, placeholder=field.example, validate=""
            )
        case Widget.PHONE:
            st.text_input(label, value, key=key, type="phone", help=help_text, placeholder=field.example)
        case _:
            st.text_input(
                label, value, key=key, help=help_text, placeholder=field.example, autocomplete="off"
            )


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
