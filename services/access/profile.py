"""What an operator's user name, name and e-mail address may be."""

from __future__ import annotations

from services.errors import InvalidValue


def check_person(username: str, name: str, email: str) -> None:
    """Raise `InvalidValue` for a user name, name or e-mail address that an operator can't have."""
    short = username.strip()
    if not short or len(short) > 64 or any(char.isspace() or not char.isprintable() for char in short):
        raise InvalidValue(
            "That user name can't be used.", "Give 1 to 64 characters without spaces.", field="username"
        )
    if len(name) > 200 or not all(char.isprintable() for char in name):
        raise InvalidValue("That name can't be used.", "Give at most 200 ordinary characters.", field="name")
    if email.strip() and ("@" not in email.strip()[1:-1] or any(char.isspace() for char in email.strip())):
        raise InvalidValue(
            "That e-mail address can't be right.", "Correct it or leave it empty.", field="email"
        )
