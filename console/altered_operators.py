"""Operators whose record was changed past the console: said on top, and let in again by an administrator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from console.feedback import done, guarded
from console.widgets.words import md
from services.access.operators import OperatorService
from services.roles import Role
from services.store.operators import Operator
from services.words import named


def say_altered(operators: Sequence[Operator]) -> None:
    """Name those among them whose record was changed past the console, if any."""
    altered = [operator.username for operator in operators if operator.altered]
    if altered:
        st.error(
            f"Changed past the console, so that nobody can sign in with it: {md(named(altered))}. "
            "Choose the row to see what to do.",
            icon=":material/gpp_bad:",
        )


def confirm_altered(service: OperatorService, operator: Operator, role_line: Callable[[Role], str]) -> None:
    """What happened to such an operator, and the way to let them in again."""
    st.markdown(
        "Name, role, state or company account of this operator were changed in the database, not in this "
        "console, so nobody can sign in with it. Find out who can write to the database. Then let them in "
        "with the role that they should have; the activity log says which they had."
    )
    with (
        st.form(f"confirm-{operator.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        roles = list(Role)
        least = roles.index(Role.AUDITOR)
        role = st.selectbox("Role", roles, index=least, format_func=role_line, width=360)
        if st.form_submit_button("Let them in as this") and role is not None:
            with guarded():
                service.confirm(operator.id, role)
                done(f"{operator.username} may sign in again, as {role}.")
                st.rerun()
