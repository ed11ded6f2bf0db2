"""The demo's operators: one of each role. Their passwords stand on the sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

from services.access.passwords import hash_password
from services.roles import Role
from services.store.operators import Operators

# bcrypt's least cost: these passwords are public, and the demo should start at once.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """Someone who signs in to the demo; `about` says what they come for."""

    username: str
    name: str
    role: Role
    password: str
    about: str


OPERATORS = (
    DemoOperator("ada", "Ada Nwosu", Role.AUDITOR, "ada-may-look", "Looks and exports, changes nothing."),
    DemoOperator("sam", "Sam Keller", Role.SUPPORT, "sam-may-help", "Helps one person at a time."),
    DemoOperator("max", "Max Duarte", Role.MANAGER, "max-may-plan", "Onboards from CSV, keeps the groups."),
    DemoOperator("ann", "Ann Whitfield", Role.ADMIN, "ann-may-do-all", "Sets up connections and operators."),
)


def add_operators(operators: Operators) -> None:
    """Add all of them to a store. Raises `NameTaken` when they are there already."""
    for one in OPERATORS:
        operators.add(
            username=one.username,
            name=one.name,
            email=f"{one.username}@brightwater.example",
            role=one.role,
            password_hash=hash_password(one.password, ROUNDS),
        )
