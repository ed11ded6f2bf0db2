"""`login-test`: sign in as a user through the API, answer what Cognito asks, name the link that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import segno
import typer

from console.command_line.options import NoteOptions, Where
from console.commands import showing
from console.commands.named import application_and_pool, why_of
from services.access.sessions import terminal_actor
from services.errors import ConsoleError, InvalidValue
from services.login.chain import Link, LinkState, as_data, first_failure
from services.login.challenges import Field, FieldKind, SignInQuestion
from services.login.flow_steps import FlowProgress, Subject
from services.login.flows import ApiTests
from services.login.sign_in_flow import SignInFlow
from services.pool_session import open_session_at
from services.store.activity import Why
from services.store.engine import open_store
from services.store.store import Store

CODES = {
    "flow": 10,
    "client-secret": 11,
    "person": 12,
    "password": 13,
    "signed-in": 15,
    "signed-by-pool": 16,
    "for-client": 17,
    "in-time": 18,
    "allowed-group": 19,
}
STEP = 14
"""Exit code by the key of the link that fails first; `STEP` for a challenge, whichever it was."""
SESSION = "terminal"


def login_test(
    *,
    user: str,
    said: NoteOptions,
    application: str,
    pool: str,
    region: str,
    pool_id: str,
    endpoint_url: str,
    client_id: str,
    flow: SignInFlow,
    no_input: bool,
    as_json: bool,
) -> None:
    """Carry out `login-test`."""
    with open_store() as store:
        where = Where(pool, region, pool_id, endpoint_url)
        tests, subject = _prepared(store, application, client_id, where, user)
        progress = tests.begin(subject, flow, _typed("Password", hidden=True))
        try:
            while progress.question is not None and not no_input:
                answered = _answered(tests, progress, progress.question, why_of(said))
                if answered is None:
                    break
                progress = answered
        finally:
            tests.give_up(progress.id)  # the log says where it was left; a finished one is forgotten
    links = progress.report.chain if progress.report is not None else progress.links
    if as_json:
        showing.print_json(_data(progress, links))
    else:
        for line in _lines(progress, links):
            typer.echo(line)
    raise typer.Exit(_code(progress, links))


def _prepared(
    store: Store, application: str, client_id: str, where: Where, user: str
) -> tuple[ApiTests, Subject]:
    """What is tried: an application set up here, or an app client of any pool."""
    if application and client_id:
        raise InvalidValue("Which one is tried?", "Give either --app or --client-id.")
    if not application and not client_id:
        raise InvalidValue(
            "What is tried?",
            "Give --app with the name of an application set up here, or --client-id with the id of an app "
            "client and its pool (--pool, or --region and --pool-id).",
        )
    chosen, target = application_and_pool(store, application, where)
    who = terminal_actor()
    tests = ApiTests(store, open_session_at(store, target, who), who, SESSION)
    if chosen is not None:
        return tests, tests.subject(chosen, user)
    return tests, tests.subject_of_client(client_id.strip(), user)


def _answered(
    tests: ApiTests, progress: FlowProgress, question: SignInQuestion, why: Why
) -> FlowProgress | None:
    """Ask until Cognito takes an answer, or ends the sign-in; None where nobody types and it wasn't taken."""
    typer.echo(f"\n{question.title}: {showing.plain(question.about)}", err=True)
    if question.changes:
        typer.echo(question.changes, err=True)
    if question.totp:
        segno.make(question.totp, error="m").terminal(out=sys.stderr, compact=True)
        typer.echo(question.totp, err=True)
    while True:
        typed = {field.name: _field(field) for field in question.fields}
        try:
            return tests.answer(progress.id, typed, **why)
        except InvalidValue as error:
            _tell(error)
            if not sys.stdin.isatty():
                return None


def _field(field: Field) -> str:
    if field.options:
        for name, words in field.options.items():
            typer.echo(f"  {name}: {words}", err=True)
    return _typed(field.label, hidden=field.kind is FieldKind.SECRET)


def _typed(what: str, *, hidden: bool) -> str:
    """A line from the keyboard, not shown when `hidden`; from standard input where nobody types."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=hidden, default="", show_default=False, err=True))
    line = sys.stdin.readline()
    if not line:
        raise InvalidValue(f"Nothing was given for “{what}”.", "Give one line for each answer.")
    return line.rstrip("\r\n")


def _tell(error: ConsoleError) -> None:
    typer.echo(f"{error.message} {error.next_step}".strip(), err=True)


def _code(progress: FlowProgress, links: Iterable[Link]) -> int:
    broken = first_failure(links)
    if broken is not None:
        return CODES.get(broken.key, STEP)
    return STEP if progress.question is not None else 0


def _lines(progress: FlowProgress, links: Iterable[Link]) -> Iterable[str]:
    yield from showing.chain_lines(links)
    if progress.question is not None:
        yield f"? {progress.question.title}: {showing.plain(progress.question.about)}"
    if progress.wrong:
        yield f"Wrong passwords in a row from here: {progress.wrong}."


def _data(progress: FlowProgress, links: Iterable[Link]) -> dict[str, Any]:
    chain = tuple(links)
    broken = first_failure(chain)
    return {
        "user": progress.username,
        "application": progress.name,
        "flow": str(progress.flow),
        "signed_in": any(link.key == "signed-in" and link.state is LinkState.PASSED for link in chain),
        "failed": broken.key if broken else "",
        "asked": progress.question.challenge if progress.question else "",
        "exit_code": _code(progress, chain),
        "role": next((link.detail for link in chain if link.key == "role"), ""),
        "chain": as_data(chain),
    }
