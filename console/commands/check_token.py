"""`check-token`: any token against the user pools that are set up here, every check with its reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import typer

from console.commands import showing
from services.access.sessions import terminal_actor
from services.errors import ConsoleError, InvalidValue
from services.login.chain import Link, LinkState, as_data, first_failure
from services.login.pasted import LONGEST_PASTE, JudgedToken, check_pasted
from services.login.token_text import NotAToken
from services.store.engine import open_store
from services.store.store import Store

NOT_A_TOKEN, UNKNOWN_ISSUER, OTHER_CLIENT, JUST_EXPIRED = 2, 3, 4, 5
CODES = {
    "duplicates": 10,
    "header": 11,
    "algorithm": 12,
    "key-id": 13,
    "signature": 14,
    "issuer": 15,
    "token-use": 16,
    "client": 17,
    "expiry": 18,
    "not-before": 19,
    "clock": 20,
    "auth-time": 21,
    "nonce": 22,
    "at-hash": 23,
    "scope": 24,
    "groups": 25,
    "allowed-group": 30,
    "role": 31,
}
"""Exit code by the key of the check that fails first. 0: all hold. 2: no token. 3: of no pool known here.
4 and 5: nothing fails, yet something is worth a look (`_WORTH_A_LOOK`)."""
_WORTH_A_LOOK = {"client": OTHER_CLIENT, "expiry": JUST_EXPIRED}


def check_token(*, source: str, application: str, as_json: bool) -> None:
    """Carry out `check-token`."""
    if source != "-":
        raise InvalidValue(
            "A token on the command line would stay in the shell's history.",
            "Give it on standard input: … | python -m console check-token -",
        )
    # as bytes: what isn't text is no token, and not an error of this program
    text = sys.stdin.buffer.read(LONGEST_PASTE).decode(errors="replace")
    with open_store() as store:
        try:
            found = check_pasted(store, terminal_actor(), text, _application_id(store, application))
        except NotAToken as error:
            found = (error,)
    if as_json:
        told = [_data(token) for token in found]
        good = all(answer["good"] for answer in told)
        showing.print_json(told[0] if len(told) == 1 else {"good": good, "tokens": told})
    else:
        for number, token in enumerate(found):
            typer.echo("", nl=number > 0)
            _print(token)
    raise typer.Exit(next((code for token in found if (code := _code(token))), 0))


def _code(found: JudgedToken | ConsoleError) -> int:
    if isinstance(found, ConsoleError):
        return NOT_A_TOKEN if isinstance(found, NotAToken) else UNKNOWN_ISSUER
    broken = first_failure((*found.checks, *found.decision))
    if broken is not None:
        return CODES[broken.key]
    doubtful = [link.key for link in found.checks if link.state is LinkState.DOUBTFUL]
    return next((_WORTH_A_LOOK[key] for key in doubtful if key in _WORTH_A_LOOK), 0)


def _print(found: JudgedToken | ConsoleError) -> None:
    if isinstance(found, ConsoleError):
        typer.echo(f"Error: {showing.plain(found.message)}", err=True)
        typer.echo(showing.plain(found.next_step), err=True)
        return
    for line in _lines(found, first_failure((*found.checks, *found.decision))):
        typer.echo(line)


def _application_id(store: Store, name: str) -> str:
    if not name:
        return ""
    found = [
        application
        for application in store.applications.list()
        if application.name.casefold() == name.strip().casefold()
    ]
    if len(found) == 1:
        return found[0].id
    names = ", ".join(sorted(application.name for application in store.applications.list())) or "none"
    raise InvalidValue(
        f"There {'are several applications' if found else 'is no application'} called “{name}”.",
        f"Known applications: {names}.",
    )


def _lines(found: JudgedToken, broken: Link | None) -> Iterable[str]:
    person = f" of {showing.plain(found.person)}" if found.person else ""
    yield f"{found.kind}{person}, pool {showing.plain(found.pool)}"
    yield from map(_line, found.checks)
    if found.decision:
        yield f"What {showing.plain(found.application)} makes of it:"
        yield from map(_line, found.decision)
    yield "What it says:" if found.genuine else "What it says (not to be believed):"
    for claim in found.claims:
        yield f"  {showing.plain(claim.name)}: {showing.plain(claim.value)}"
    if broken is not None:
        yield f"Fails at: {broken.title}. {showing.plain(broken.fix)}"


def _line(link: Link) -> str:
    return f"  {showing.MARKS[link.state]} {link.title}: {link.state}. {showing.plain(link.sentence)}"


def _data(found: JudgedToken | ConsoleError) -> dict[str, object]:
    if isinstance(found, ConsoleError):
        return {"good": False, "error": found.message, "next_step": found.next_step}
    broken = first_failure((*found.checks, *found.decision))
    return {
        "good": broken is None,
        "fails_at": broken.key if broken else None,
        "pool": found.pool,
        "kind": found.kind,
        "application": found.application,
        "person": found.person,
        "checks": as_data(found.checks),
        "decision": as_data(found.decision),
        "claims": {claim.name: claim.value for claim in found.claims},
    }
