"""The file to start from: a header made from the pool's schema, and what each column means."""

from __future__ import annotations

from services.bulk.columns import Target, targets_of
from services.cognito.attributes import FormField, form_fields
from services.cognito.models import UserPool
from services.cognito.people import UsernameKind, username_kind
from services.csv_safe import write_csv

_ALWAYS = ("groups", "temporary_password")


def template_header(pool: UserPool) -> list[str]:
    """The columns of the template: who, what the pool requires or defines itself, names, groups."""
    kind = username_kind(pool)
    header = {
        UsernameKind.NAME: ["username", "email"],
        UsernameKind.EMAIL: ["email"],
        UsernameKind.PHONE: ["phone_number"],
        UsernameKind.EITHER: ["email", "phone_number"],
    }[kind]
    fields = form_fields(pool, creating=True)
    header += [one.name for one in fields if one.required or one.custom]
    header += [name for name in ("given_name", "family_name", "phone_number") if pool.attribute(name)]
    return list(dict.fromkeys([*header, *_ALWAYS]))


def template(pool: UserPool) -> bytes:
    """The template as a CSV file. It has no example row: what is filled in is what is uploaded."""
    return write_csv(template_header(pool), [])


def reference(pool: UserPool) -> tuple[Target, ...]:
    """Every column that a file for this pool may have, with its title and a help text."""
    helps = {one.name: one for one in form_fields(pool, creating=True)}
    return tuple(
        Target(one.name, one.title, " ".join(part for part in (one.help, _help(one.name, helps)) if part))
        if one.name in helps
        else one
        for one in targets_of(pool)
    )


def _help(name: str, helps: dict[str, FormField]) -> str:
    return helps[name].help
