"""The two pages that anyone may see: the sign-in form and the set-up of the first administrator."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from console import context
from console.web import cookies, urls
from console.web.process import PROCESS
from console.widgets.secret_box import secret_box
from console.widgets.words import md
from services.access import setup
from services.access.operators import judge_password
from services.access.passkeys import Passkeys
from services.access.passwords import BEST, JudgedPassword
from services.access.second_factor import SecondFactor
from services.access.sessions import OperatorSignIn, local_form_is_on
from services.errors import ConsoleError, RecordNotFound, SignInRefused
from services.store.factors import FactorKind
from services.store.operators import Operator

TICKET, AWAY, REFUSAL = "sign-in", "signed out", "company sign-in refused"
"""Purposes of tickets: the end of a sign-in, where a sign-out goes on to, why an answer wasn't taken."""
ASKED = "second factor asked"
"""Purpose of the ticket that says who has given the password and is asked for the second factor."""
_CODE_LIFETIME = timedelta(minutes=5)
_WAITING = "_console_waits_for_code"
_FIELDS = {"Form name": "Sign in", "Username": "Operator name", "Password": "Password", "Login": "Sign in"}


Judge = Callable[[str], JudgedPassword]


class SignedIn(NamedTuple):
    """What the one-time ticket at the end of a sign-in says: who, and whether by a second factor too."""

    operator_id: str
    proved: bool

    @classmethod
    def read(cls, subject: str | None) -> Self | None:
        """The ticket's subject as `subject` wrote it; None for none."""
        if subject is None:
            return None
        operator_id, _, proved = subject.partition(" ")
        return cls(operator_id, proved == "proved")

    @property
    def subject(self) -> str:
        """What stands in the ticket."""
        return f"{self.operator_id} proved" if self.proved else self.operator_id


def run() -> None:
    """Run the sign-in page or the set-up page; any other address leads to the sign-in page."""
    path = urlsplit(st.context.url or "").path.rstrip("/")
    if path and path not in (urls.SIGN_IN_PATH, urls.SET_UP_PATH):
        # The session of an open page ended and its socket came back without one.
        urls.to_sign_in()
    pages = [
        # Streamlit shows its default page at "/" only, and we want both at their own address.
        st.Page(urls.to_sign_in, title="Start", url_path="start", default=True),
        st.Page(show_sign_in, title="Sign in", url_path=urls.SIGN_IN_PATH.strip("/")),
        st.Page(show_set_up, title="Set up", url_path=urls.SET_UP_PATH.strip("/")),
    ]
    st.navigation(pages, position="hidden").run()


def show_sign_in() -> None:
    """The sign-in form, and the second factor where there is one; then a one-time ticket leads on."""
    with _narrow():
        st.title("Cognito Ops Console", anchor=False)
        if st.query_params.get("ended"):
            st.info("You were signed out, or were away for too long. Sign in to go on where you were.")
        if st.query_params.get("changed"):
            st.success("Your new password is set. Sign in with it.")
        if st.query_params.get("failed"):
            st.warning("The sign-in was not completed. Try again; cookies must be allowed for this address.")
        refused = _say_refusal()
        if _WAITING in st.session_state:
            _ask_for_code()
            return
        offered = PROCESS.store.sign_in_providers.list()
        for provider in offered:
            if st.button(
                f"Sign in with {md(provider.name)}",
                type="primary",
                width="stretch",
                key=f"company-{provider.id}",
            ):
                came_for = urls.safe_path(st.query_params.get("next"))
                query = {"provider": provider.id, "next": came_for}
                # the provider would come back at once with the account that was refused
                urls.redirect(f"{urls.COMPANY_PATH}?{urlencode(query | ({'choose': 1} if refused else {}))}")
        if offered and not local_form_is_on(PROCESS.store):
            with st.expander("Administrators without a company account"):
                _ask_for_password()
        else:
            _ask_for_password()


def _offer_passkey() -> None:
    """A passkey in the place of the password, where anybody here has one."""
    if FactorKind.PASSKEY in frozenset().union(*PROCESS.store.factors.kinds().values()) and st.button(
        "Sign in with a passkey", icon=":material/passkey:", width="stretch"
    ):
        _to_passkey()


def _to_passkey(asked: str = "") -> None:
    came_for = urls.safe_path(st.query_params.get("next"))
    query = {"next": came_for} | ({"asked": asked} if asked else {})
    urls.redirect(f"{urls.PASSKEY_PATH}?{urlencode(query)}")


def _say_refusal() -> bool:
    """Why a provider's answer was refused, which travels sealed to this browser. True if one was."""
    ticket = st.query_params.get("refused", "")
    told = PROCESS.store.tickets.peek(REFUSAL, ticket, context.visit()) if ticket else None
    if told is not None:
        message, next_step = json.loads(told)
        st.error(f"{md(message)} {md(next_step)}")
    return told is not None


def _ask_for_password() -> None:
    # Imported here: it takes a second, which signed-in operators need not wait for.
    from console.library_form import SignInForm, library_check  # noqa: PLC0415

    check = OperatorSignIn(PROCESS.store, library_check)
    form = SignInForm(lambda name, password: check.attempt(name, password, address(), _browser()))
    form.login(location="main", fields=_FIELDS, key="sign-in")
    if form.error is not None:
        _show(form.error)
    if form.operator is not None:
        if second_factors().is_set_up(form.operator.id):
            tickets = PROCESS.store.tickets
            st.session_state[_WAITING] = tickets.issue(
                ASKED, form.operator.id, context.visit(), _CODE_LIFETIME
            )
            st.rerun()
        _finish(form.operator, st.query_params.get("next"))
    _offer_passkey()
    if PROCESS.settings.demo_operators:
        _demo_operators()
    elif setup.is_needed(PROCESS.store):
        st.info("There is no administrator yet. Open the link that the console printed in its terminal.")


def _ask_for_code() -> None:
    """The second question of a sign-in; whoever is asked stands in a ticket that lasts five minutes."""
    try:
        operator = _waiting_operator()
    except ConsoleError as error:
        _show(error)
        _start_again()
        return
    has_app = second_factors().has_app(operator.id)
    if own_passkeys().here(operator.id) and st.button(
        "Use a passkey", icon=":material/passkey:", type="primary", width="stretch"
    ):
        _to_passkey(st.session_state[_WAITING])
    with st.form("second-factor"):
        code = st.text_input(
            "Code from your authenticator app" if has_app else "Recovery code",
            autocomplete="one-time-code",
            placeholder="123456" if has_app else None,
            help="Six digits, or one of your recovery codes. Lost all of it? Another administrator can "
            "take your second factor away.",
        )
        sent = st.form_submit_button("Go on", type="primary" if has_app else "secondary")
    _start_again()
    if not sent:
        return
    try:
        second_factors().check(operator, code, address())
    except ConsoleError as error:
        _show(error)
    else:
        PROCESS.store.tickets.redeem(ASKED, st.session_state.pop(_WAITING), context.visit())
        _finish(operator, st.query_params.get("next"), proved=True)


def _start_again() -> None:
    if st.button("Start again", type="tertiary"):
        del st.session_state[_WAITING]
        st.rerun()


def _waiting_operator() -> Operator:
    """Who gave the password and is asked for the code. Raises `SignInRefused` when it took too long."""
    asked = PROCESS.store.tickets.peek(ASKED, st.session_state[_WAITING], context.visit())
    try:
        operator = PROCESS.store.operators.get(asked) if asked else None
    except RecordNotFound:
        operator = None
    if operator is None or operator.disabled:
        raise SignInRefused("That took too long.", "Press “Start again” and sign in once more.")
    return operator


def second_factors() -> SecondFactor:
    """The second factors of this console's operators."""
    return SecondFactor(PROCESS.store)


def own_passkeys() -> Passkeys:
    """Passkeys at the address by which this browser reaches the console."""
    return Passkeys(PROCESS.store, second_factors(), urls.base())


def show_set_up() -> None:
    """What a link from the terminal opens: the first administrator, or a new password for an operator."""
    token = st.query_params.get("token", "")
    with _narrow():
        if setup.is_valid(PROCESS.store, token):
            _first_admin(token)
        elif (operator := setup.operator_of_link(PROCESS.store, token)) is not None:
            _new_password(token, operator)
        else:
            st.title("Set up", anchor=False)
            st.error("This link is not good (any more). It works once, and for two hours.")
            st.write(
                "For the first administrator, start the console again: it prints a new link. For a new "
                "password, ask whoever runs the console for another link."
            )
            if st.button("Go to the sign-in page"):
                urls.redirect(urls.SIGN_IN_PATH)


def _first_admin(token: str) -> None:
    st.title("Set up the first administrator", anchor=False)
    st.write("This person can then set up connections and add other operators.")
    username = st.text_input("Operator name", help="Used to sign in.", autocomplete="username")
    name = st.text_input("Full name", autocomplete="name")
    email = st.text_input("E-mail address (optional)", autocomplete="email")
    password = ask_new_password(
        "Password", "Make administrator and sign in", lambda new: judge_password(new, username, name, email)
    )
    if password is None:
        return
    try:
        operator = setup.make_first_admin(
            PROCESS.store, token, username=username, name=name, email=email, password=password
        )
    except ConsoleError as error:
        _show(error)
    else:
        _finish(operator, None)


def _new_password(token: str, operator: Operator) -> None:
    st.title("Choose a new password", anchor=False)
    st.markdown(f"For the operator **{md(operator.username)}**. Every browser of theirs is signed out.")
    password = ask_new_password("Password", "Set password", judged_for(operator))
    if password is None:
        return
    try:
        setup.choose_password(PROCESS.store, token, password)
    except ConsoleError as error:
        _show(error)
    else:
        urls.redirect(f"{urls.SIGN_IN_PATH}?changed=1")


def judged_for(operator: Operator) -> Judge:
    """How good a password would be for this operator."""
    return lambda new: judge_password(new, operator.username, operator.name, operator.email)


def ask_new_password(label: str, button: str, judge: Judge, key: str = "new-password") -> str | None:
    """Ask for a new password twice; returns it when it was sent and both are the same.

    How hard it is to guess is shown while it is typed again. Another `key` begins anew.
    """
    first = secret_box(
        label,
        autocomplete="new-password",
        key=key,
        help="At least 12 characters, no upper limit. Three or four unrelated words make a good one.",
    )
    # its place is kept: the button below would move away from under a click
    score, said = 0.0, "How hard it is to guess is shown here."
    if first:
        judged = judge(first)
        score, said = judged.score / BEST, f"{judged.words}. {' '.join(judged.problems)}"
    st.progress(score, said)
    with st.form(f"{key}-again", border=False):
        again = st.text_input(f"{label} again", type="password", autocomplete="new-password")
        sent = st.form_submit_button(button, type="primary")
    if sent and first != again:
        st.error("The two passwords differ, so nothing was changed. Type them again.")
    return first if sent and first == again else None


def _browser() -> str:
    """What an earlier sign-in left in this browser, "" for none."""
    host = str(st.context.headers.get("Host", ""))
    found = st.context.cookies.get(cookies.sent_name(cookies.BROWSER, PROCESS.settings.https, host), "")
    return found if isinstance(found, str) else ""


def address() -> str:
    """Where this browser connects from, as the gate saw it."""
    return st.context.headers.get("X-Console-Address", "") or "unknown"


def _finish(operator: Operator, came_for: str | None, *, proved: bool = False) -> None:
    """Hand over to the HTTP route that may set an HttpOnly cookie, with a ticket good once."""
    subject = SignedIn(operator.id, proved).subject
    ticket = PROCESS.store.tickets.issue(TICKET, subject, context.visit(), urls.TICKET_LIFETIME)
    target = quote(urls.safe_path(came_for), safe="")
    urls.redirect(f"{urls.FINISH_PATH}?ticket={quote(ticket, safe='')}&next={target}")


def _show(error: ConsoleError) -> None:
    st.error(f"{md(error.message)} {md(error.next_step)}")


def _demo_operators() -> None:
    settings = PROCESS.settings
    st.info(md(settings.demo_notice or "This is a demo: everything is forgotten when it stops."))
    st.markdown("Sign in as one of these. Each may do more than the one above.")
    st.table(
        [
            {
                "Name": md(operator.username),
                "Password": md(operator.password),
                "Role": md(f"{operator.role}. {operator.about}"),
            }
            for operator in settings.demo_operators
        ],
        hide_index=True,
    )


def _narrow() -> st.delta_generator.DeltaGenerator:
    with st.container(horizontal=True, horizontal_alignment="center"):
        return st.container(width=500)
