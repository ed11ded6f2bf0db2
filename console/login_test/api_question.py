"""One step of a sign-in as a form. What is typed leaves the session's state with the step."""

from __future__ import annotations

import io

import segno
import streamlit as st

from console.widgets.words import label, md
from services.login.challenges import Field, Kind, Question

_ROUND = "_login_api_step"


def show_question(question: Question, test_id: str) -> dict[str, str] | None:
    """Show the form; the values once it was sent, else None. They are not kept here."""
    st.markdown(f"**{md(question.title)}**")
    st.markdown(md(question.about))
    if question.changes:
        st.warning(md(question.changes), icon=":material/edit:")
    if question.totp:
        _show_totp(question.totp)
    round_ = int(st.session_state.setdefault(_ROUND, 0))
    keys = {one.name: f"login-api-{test_id}-{round_}-{one.name}" for one in question.fields}
    with st.form(f"login-api-step-{test_id}-{question.challenge}-{round_}", border=True):
        typed = {one.name: _input(one, keys[one.name]) for one in question.fields}
        sent = st.form_submit_button("Go on", type="primary", icon=":material/arrow_forward:")
    if not sent:
        return None
    st.session_state[_ROUND] = round_ + 1
    for key in keys.values():
        st.session_state.pop(key, None)
    return typed


def _input(one: Field, key: str) -> str:
    if one.kind is Kind.CHOICE:
        picked = st.radio(
            one.label, list(one.options), format_func=lambda name: label(one.options[name]), key=key
        )
        return picked or ""
    typed = st.text_input(
        md(one.label),
        type="password" if one.kind is Kind.SECRET else "default",
        autocomplete="off",
        key=key,
        placeholder="123456" if one.kind is Kind.CODE else "",
    )
    return typed if one.kind is Kind.SECRET else typed.strip()


def _show_totp(address: str) -> None:
    """The code to scan, drawn here: its secret goes to nobody else."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=4, border=3, dark="#000", light="#fff")
    st.image(drawn.getvalue().decode(), width=220)
    secret = address.partition("secret=")[2].partition("&")[0]
    with st.expander("Type the secret instead", icon=":material/keyboard:"):
        st.code(secret, language=None, wrap_lines=True)
