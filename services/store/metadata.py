"""What every table of the database is made with."""

from __future__ import annotations

from sqlalchemy import MetaData, Text

from services.store.columns import SafeText

# Constraint names are fixed so that later migrations can name them on every database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = NAME = WORD = SafeText()


class Sealed(Text):
    """Text that the vault wrote; rotation finds these columns by this type."""
