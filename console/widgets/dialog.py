"""The one kind of dialog: what will happen to whom, Cancel at the left, the action at the right.

Streamlit forgets a dialog whenever the whole page runs again. So what is open stands in the
session: a button's callback opens it, the page draws it in every run while it is open, and
whatever closes it takes it away. Widgets in it get keys that end with `Opened.id`, so that a dialog
opened again starts empty; every dialog has at least one such widget (those of `form` do).

Streamlit serves three quick clicks on a slow button as three runs, some of them at the same time,
and may stop a run at any `st` call, `st.session_state` included. So what was done is kept in an
object that needs no `st` call (`Once`), and asked for by whichever run comes next.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, cast

import streamlit as st

from console import context
from console.feedback import done, show_error
from console.widgets.focus import escape_cancels
from console.widgets.words import BILLED, label, md, unmarked
from services.errors import ConsoleError
from services.note_rules import LONGEST_TICKET, Demand
from services.store.activity import Why

T = TypeVar("T")
Reason = Literal["required", "optional", ""]
"""Whether a form asks why; "" where nothing is written to the activity log."""

_KEY = "_console_dialog"


class Once(Generic[T]):
    """Runs an action until it succeeds once; later calls get the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: list[T] = []
        self._failure: tuple[float, ConsoleError] | None = None
        self.told = False

    def run(self, action: Callable[[], T]) -> T:
        """The answer of `action`, which is called at most once more after each failure.

        `action` must make no `st` call. A click that waited while the action failed gets that same
        `ConsoleError` and doesn't try again.
        """
        pressed = time.monotonic()
        with self._lock:
            if self._answer:
                return self._answer[0]
            if self._failure is not None and self._failure[0] > pressed:
                raise self._failure[1]
            try:
                self._answer.append(action())
            except ConsoleError as error:
                self._failure = (time.monotonic(), error)
                raise
            return self._answer[0]

    @property
    def succeeded(self) -> bool:
        """True once the action has been done."""
        return bool(self._answer)

    @property
    def answer(self) -> T | None:
        """What the action returned; None until it has been done."""
        return self._answer[0] if self._answer else None


def once(key: str) -> Once[T]:
    """The `Once` called `key` in this tab; made when first asked for."""
    if key not in st.session_state:
        st.session_state[key] = Once()
    return cast("Once[T]", st.session_state[key])


def again(key: str) -> None:
    """Allow what is called `key` to happen once more."""
    st.session_state.pop(key, None)


@dataclass
class Opened:
    """An open dialog: its `name`, what it is about, and what has come of it so far.

    `offered` are the things that stood there with a tick of their own when it was last drawn.
    """

    name: str
    subject: Any = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    once: Once[Any] = field(default_factory=Once)
    problems: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    error: ConsoleError | None = None
    drawn: bool = False

    def key(self, part: str) -> str:
        """The key for a widget of this dialog."""
        return f"{self.name}-{part}-{self.id}"

    def value(self, part: str, default: Any = "") -> Any:
        """What was entered into the widget `part`."""
        return st.session_state.get(self.key(part), default)

    @property
    def why(self) -> Why:
        """What was entered with `ask_note`."""
        return noted(self.key)

    def try_out(self, action: Callable[[], Any]) -> None:
        """Run `action`, which changes nothing and may be repeated; what it raises is kept as `error`."""
        self.error = None
        try:
            action()
        except ConsoleError as error:
            self.error = error

    def attempt(self, action: Callable[[], Any]) -> None:
        """Run `action` once (see `Once.run`); what it raises is kept as `error`."""
        self.error = None
        try:
            self.once.run(action)
        except ConsoleError as error:
            self.error = error


def open_dialog(name: str, subject: Any = None) -> None:
    """Open a dialog with the next run; for callbacks. It takes the place of one that is open."""
    st.session_state[_KEY] = Opened(name, subject)


def opened(name: str) -> Opened | None:
    """The dialog of this name if it is open."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Opened) or found.name != name:
        return None
    if found.drawn and not any(str(key).endswith(found.id) for key in st.session_state):
        # Streamlit drops widgets when another page is shown: somebody went away and came back. What
        # is shown only once (a password) must not be there again.
        close_dialog()
        return None
    return found


def close_dialog() -> None:
    """Close whatever dialog is open."""
    st.session_state.pop(_KEY, None)


def show_dialog(
    title: str, body: Callable[[], None], *, width: Literal["small", "medium", "large"] = "medium"
) -> None:
    """Draw a dialog. `title` is plain text; `body` fills it, and runs only for a live session.

    It has no cross and isn't closed by a click beside it, which would lose what was typed: the way
    out is Cancel, or Close where there is nothing to do (`form`, `close_button`), or the Escape key,
    which presses either. A list of choices that is open hears it first.
    """

    @st.dialog(md(title), width=width, dismissible=False, on_dismiss=close_dialog)
    def draw() -> None:
        context.require_live()
        body()
        shown = st.session_state.get(_KEY)
        if isinstance(shown, Opened):
            shown.drawn = True

    draw()


def who(name: str, label: str) -> None:
    """Say whom a dialog is about. As plain text: in Markdown an address would become a link."""
    st.text(f"{name} · {label}" if name and name != label else label)


def required(title: str) -> str:
    """The label of a field that has to be filled in. `title` is Markdown."""
    return f"{title} *"


@dataclass
class Sent:
    """Whether the action of a form was pressed in this run; known once the form is drawn."""

    pressed: bool = False
    place: Any = None

    def __bool__(self) -> bool:
        return self.pressed

    def show_problems(self, opened: Opened) -> None:
        """Show anew, at their place in the form, what keeps the action from being done."""
        with self.place.container():
            show_problems(opened)


@contextmanager
def form(
    opened: Opened,
    action: str,
    *,
    reason: Reason = "",
    identified: bool = False,
    danger: bool = False,
    disabled: bool = False,
    marked: bool = False,
    billed: bool = False,
    step: str = "",
    checks: Callable[[], list[str]] | None = None,
    on_action: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> Iterator[Sent]:
    """The form of a dialog: the fields drawn inside, why, what is wrong, and the two buttons.

    `action` names the right-hand button in Markdown and says what it does; with `danger` it is red.
    It calls `on_action(*args)` before the next run, once `checks` finds nothing and what has to be said is
    said, or the caller asks the yielded `Sent` and `note_problems` after the form. Problems are those of
    `opened.problems` and `opened.error`. Why stands in `opened.why`; `identified` also asks how the caller
    was identified. `marked`: some field has a `required` label. `billed`: it makes somebody count as active.
    `step` tells apart the forms that follow each other in one dialog.
    """
    with st.form(opened.key(f"form{step}"), border=False, enter_to_submit=False):
        sent = Sent()
        yield sent
        if reason:
            ask_note(opened.key, reason, identified=identified)
        if billed:
            st.markdown(BILLED)
        sent.place = st.empty()
        with sent.place.container():
            show_problems(opened)
        sent.pressed = buttons(
            opened,
            action,
            danger=danger,
            disabled=disabled,
            marked=marked or reason == "required",
            on_action=None if on_action is None else _once_said,
            args=(opened, reason, checks, on_action, args),
            button=st.form_submit_button,
            step=step,
        )


def ask_note(key: Callable[[str], str], reason: Reason, *, identified: bool = False) -> None:
    """The fields for why something is done; kept in the activity log (see `services.note_rules`).

    `key` makes their keys from “reason”, “ticket” and “identified”; `noted` reads them.
    """
    rules = context.note_rules()
    with st.container(horizontal=True):
        needed = reason == "required" or rules.reason_always
        title = "Reason (for the activity log)"
        st.text_input(
            required(title) if needed else "Note for the activity log (optional)",
            key=key("reason"),
            max_chars=300,
        )
        if rules.ticket is not Demand.OFF:
            st.text_input(
                required("Ticket") if rules.ticket is Demand.REQUIRED else "Ticket (optional)",
                key=key("ticket"),
                max_chars=LONGEST_TICKET,
                placeholder=rules.example or None,
                width=170,
                autocomplete="off",
            )
    if identified and rules.identified:
        st.text_input(
            "How do you know who is calling? (optional)",
            key=key("identified"),
            max_chars=200,
            placeholder="Called back on the number on file, showed a badge …",
            autocomplete="off",
        )


def noted(key: Callable[[str], str]) -> Why:
    """What was entered into the fields of `ask_note`."""
    reason, ticket, identified = (
        unmarked(str(st.session_state.get(key(name)) or "")).strip()
        for name in ("reason", "ticket", "identified")
    )
    return Why(reason=reason, ticket=ticket, identified=identified)


def note_problems(why: Why, reason: Reason) -> list[str]:
    """What is missing or wrong in what was entered with `ask_note`, in sentences."""
    return context.note_rules().problems(why, needs_reason=reason == "required")


def _once_said(
    opened: Opened,
    reason: Reason,
    checks: Callable[[], list[str]] | None,
    on_action: Callable[..., None],
    args: tuple[Any, ...],
) -> None:
    """Do it once everything is right and what has to be said is said. Runs as a callback."""
    opened.error = None
    opened.problems = checks() if checks else []
    if reason:
        opened.problems += note_problems(opened.why, reason)
    if not opened.problems:
        on_action(*args)


def buttons(
    opened: Opened,
    action: str,
    *,
    danger: bool = False,
    disabled: bool = False,
    marked: bool = False,
    on_action: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    button: Callable[..., bool] = st.button,
    step: str = "",
) -> bool:
    """Cancel at the left and the action at the right, for a dialog whose fields are in no form.

    The parameters are those of `form`, which has the same buttons. True when the action was pressed.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        if button("Cancel", key=opened.key(f"cancel{step}")):
            close_dialog()
            st.rerun()
        escape_cancels(opened.key(f"escape{step}"))
        st.space("stretch")
        if marked:
            st.markdown("\\* required", width="content")
        with st.container(key=f"{'danger' if danger else 'action'}-{opened.id}", width="content"):
            return button(
                action,
                type="primary",
                key=opened.key(f"go{step}"),
                disabled=disabled,
                on_click=on_action,
                args=args,
            )


def show_problems(opened: Opened) -> None:
    """What keeps the action from being done: everything wrong with what was entered, or the error met."""
    if len(opened.problems) > 1:
        lines = "\n".join(f"- {md(text)}" for text in opened.problems)
        st.error(f"Nothing was sent. Please correct:\n\n{lines}", icon=":material/error:")
    elif opened.problems:
        st.error(f"{md(opened.problems[0])} Nothing was done.", icon=":material/error:")
    if opened.error is not None:
        show_error(opened.error)


def close_button(opened: Opened, title: str = "Close", *, escape: bool = True) -> bool:
    """The button of a dialog in which there is nothing (more) to do; True when it was pressed.

    `escape`: the key presses it, too; not where something is shown only once.
    It closes the dialog; the caller reruns the page after saying what was done.
    """
    with st.container(horizontal=True):
        st.space("stretch")
        pressed = st.button(
            title, type="primary", key=opened.key("close"), shortcut="Esc" if escape else None
        )
    if pressed:
        close_dialog()
    return pressed


def confirm(
    pressed: bool,
    title: str,
    consequence: str,
    *,
    typed: str,
    action: Callable[[Why], Any],
    button: str,
    key: str,
    then: Callable[[Any], None] | None = None,
    typed_what: str = "name",
    needs_reason: bool = True,
    identified: bool = False,
    danger: bool = True,
    billed: bool = False,
) -> None:
    """Ask before something dangerous: run `action(why)` once `typed` is typed exactly and a reason given.

    Call it in every run; `pressed` is what its opening button returned:
    `confirm(st.button("Delete…"), "Delete Ann", …)`. `consequence` says in plain text what will
    happen to whom. However often the button is pressed, `action` takes place once; it should make no
    Streamlit call. What it returns goes to `then`, or is told with `done` if it is text; then the page
    is rerun, so that it shows what now holds. A `ConsoleError` from `action` is shown in the dialog,
    which stays open.
    """
    if pressed:
        open_dialog(key)
    asked = opened(key)
    if asked is None:
        return

    def body() -> None:
        st.markdown(md(consequence))
        asked.problems, asked.error = [], None
        reason: Reason = "required" if needs_reason else ""
        with form(
            asked,
            label(button),
            reason=reason,
            identified=identified,
            danger=danger,
            marked=True,
            billed=billed,
        ) as sent:
            ask_to_type(asked, typed, typed_what)
        if not sent:
            return
        if not _wrong(asked, typed, typed_what, reason):
            asked.attempt(lambda: action(asked.why))
        if asked.once.succeeded:
            _close(asked, then)
        sent.show_problems(asked)

    show_dialog(title, body)


def ask_to_type(opened: Opened, typed: str, what: str) -> str:
    """The field that confirms by typing `typed` (a name, a number); what was typed so far.

    It stands above the field: a screen reader is told a label as it is written, marks of Markdown and all.
    """
    st.text(typed)
    return st.text_input(
        required(f"To confirm, type the {what} above"), key=opened.key("typed"), autocomplete="off"
    )


def _wrong(asked: Opened, typed: str, what: str, reason: Reason) -> bool:
    """Whether something is wrong with what was entered; it stands in the dialog's problems then."""
    if unmarked(asked.value("typed")).strip() != typed.strip():
        asked.problems = [f"That is not the {what}."]
    elif reason:
        asked.problems = note_problems(asked.why, reason)
    return bool(asked.problems)


def _close(asked: Opened, then: Callable[[Any], None] | None) -> None:
    answer, told = asked.once.answer, asked.once.told
    asked.once.told = True
    close_dialog()
    if then is not None and not told:
        then(answer)
    elif isinstance(answer, str) and not told:
        done(answer)
    st.rerun()
