"""`keys`: make encryption keys, and change the one that the database is encrypted with."""

from __future__ import annotations

import typer

from services.errors import InvalidValue
from services.store.engine import open_store
from services.store.rotation import Rotated, rotate, rotate_key_file
from services.store.store import Store
from services.store.vault import KEYS_VARIABLE, KeyRing, new_key
from services.words import counted


def print_new_key() -> None:
    """Carry out `new`."""
    typer.echo(new_key())


def rotate_keys(*, yes: bool, keep_old: bool) -> None:
    """Carry out `rotate`."""
    with open_store(create=False) as store:
        done = _rotate(store, yes=yes, keep_old=keep_old)
    amount = counted(done.values, "value")
    typer.echo(f"Everything that is sealed ({amount}) is encrypted with the first key now.")
    if done.resumed:
        typer.echo("This finished a rotation begun before. For a fresh key, rotate once more.")
    for place in done.unreadable:
        typer.echo(f"No key opens {place}; it stayed as it was. Enter this value again.", err=True)
    if done.unreadable:
        raise typer.Exit(2)


def _rotate(store: Store, *, yes: bool, keep_old: bool) -> Rotated:
    file = store.keys.file
    if file is None:
        if len(store.keys.keys) < 2:
            raise InvalidValue(
                f"{KEYS_VARIABLE} holds one key only; nothing was changed.",
                "Put a new key in front of it, separated by a comma, and rotate again.",
            )
        done = rotate(store, KeyRing(store.keys.keys))
        typer.echo(f"Take the old key out of {KEYS_VARIABLE} now.")
        return done
    if not yes and not keep_old:
        typer.confirm(
            f"The old key will leave {file}. Backups and other databases that were made with it "
            "can't be opened without it. Go on?",
            abort=True,
        )
    return rotate_key_file(store, keep_old=keep_old)
