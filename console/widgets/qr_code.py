"""The code to scan with an authenticator app."""

from __future__ import annotations

import io

import segno
import streamlit as st


def show_totp(address: str) -> None:
    """An `otpauth:` address as a QR code, drawn here: its secret goes to nobody else."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=4, border=3, dark="#000", light="#fff")
    st.image(drawn.getvalue().decode(), width=220)
    secret = address.partition("secret=")[2].partition("&")[0]
    with st.expander("Type the secret instead", icon=":material/keyboard:"):
        st.code(secret, language=None, wrap_lines=True)
