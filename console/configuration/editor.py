"""Forms that replace a tab's list while something is added or changed, with errors at their field.

One form at a time is open in a tab of the page; its widgets get keys of their own, so that a form
opened again starts afresh and no typed secret outlives it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from console.feedback import show_error
from console.widgets.dialog import Once, once
from console.widgets.secret_box import secret_box
from console.widgets.words import md, unmarked
from services.errors import ConsoleError, InvalidValue, RecordNotFound
from services.store.records import settings_of

T = TypeVar("T")
NEW = ""


@dataclass(frozen=True, slots=True)
class Editor:
    """An open form: `tab` it stands in, `id` of the record that it changes ("" for a new one)."""

    tab: str
    id: str
    nonce: str

    def key(self, field: str) -> str:
        """The widget key of a field in this opening of the form."""
        return f"{self.tab}-{field}-{self.nonce}"

    def text(self, kind: type[Any], field: str, now: str, **more: Any) -> str:
        """A text box for a field of the record `kind`, as the field describes itself; `now` stands in it.

        `more` are options of `st.text_input`, which come before those of the description.
        """
        label, options = self._described(kind, field)
        typed = st.text_input(label, now, **{**options, **more}) or ""
        self.problem(field, typed)
        return unmarked(typed)

    def secret(self, kind: type[Any], field: str, **more: Any) -> str:
        """A box for a secret, or a part of one, which is never filled in."""
        label, options = self._described(kind, field)
        typed = secret_box(label, **{**options, "autocomplete": "new-password", **more})
        self.problem(field, typed)
        return typed

    def _described(self, kind: type[Any], field: str) -> tuple[str, dict[str, Any]]:
        """The label of a field, and the options of its box."""
        known = settings_of(kind)[field]
        return known.label, {
            "placeholder": known.placeholder,
            "help": known.help or None,
            "key": self.key(field),
        }

    def problem(self, field: str, value: object) -> None:
        """Show what the last attempt to save said about this field; call it right below the field.

        It disappears when `value` is no longer what it was then.
        """
        error = st.session_state.get(self.key("problem"))
        if not isinstance(error, ConsoleError) or getattr(error, "field", "") != field:
            return
        if st.session_state.setdefault(self.key("problem-value"), value) == value:
            show_error(error)

    def remember(self, what: str, read: Callable[[], T]) -> T:
        """What `read` returned when first asked in this opening of the form (a list from AWS)."""
        key = self.key(f"live-{what}")
        if key not in st.session_state:
            st.session_state[key] = read()
        kept: T = st.session_state[key]
        return kept

    def remember_anew(self, what: str, value: object) -> None:
        """Put `value` in the place of what `remember` keeps."""
        st.session_state[self.key(f"live-{what}")] = value

    def other_problem(self, fields: Collection[str]) -> None:
        """Show what the last attempt said when it is about none of `fields`."""
        error = st.session_state.get(self.key("problem"))
        if isinstance(error, ConsoleError) and getattr(error, "field", "") not in fields:
            show_error(error)

    def save(self, action: Callable[[], T]) -> T:
        """Run `action` once, however often the button is pressed; a refusal is shown at its field.

        `action` must make no `st` call. Returns only when it succeeded; the form is closed then.
        """
        kept: Once[T] = once(self.key("saved"))
        try:
            answer = kept.run(action)
        except InvalidValue as error:
            st.session_state[self.key("problem")] = error
            st.session_state.pop(self.key("problem-value"), None)
            st.rerun()
        close(self.tab)
        return answer

    def cancel_button(self) -> None:
        """A button that closes the form and keeps nothing."""
        st.button("Cancel", key=self.key("cancel"), on_click=close, args=(self.tab,))


def current(tab: str) -> Editor | None:
    """The form that is open in `tab`, if any."""
    found = st.session_state.get(f"{tab}-editor")
    return found if isinstance(found, Editor) else None


def open_editor(tab: str, id: str = NEW) -> None:
    """Open a form in `tab`; for button callbacks."""
    st.session_state[f"{tab}-editor"] = Editor(tab, id, secrets.token_hex(4))


def close(tab: str) -> None:
    """Close the form in `tab`, forgetting everything typed in it."""
    editor = current(tab)
    st.session_state.pop(f"{tab}-editor", None)
    if editor is not None:
        for key in [name for name in st.session_state if str(name).endswith(editor.nonce)]:
            del st.session_state[key]


@contextmanager
def closing_when_gone(tab: str) -> Iterator[None]:
    """Close the form when its record turns out to be gone, so that nobody is stuck in it."""
    try:
        yield
    except RecordNotFound as error:
        close(tab)
        show_error(error)


def option_with_code(title: str, code: str) -> str:
    """An entry of a select box: what people call it, then what AWS calls it."""
    return f"{title} ({code})" if title and title != code else code


def field_line(label: str, value: str) -> str:
    """Markdown for one fact of a card; hostile text stays text."""
    return f"{md(label)}: {md(value)}"
