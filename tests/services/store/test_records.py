"""A field of a record is written down once: form, log, file and table are told by it."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Column

from services.errors import InvalidValue, RecordNotFound, SealBroken
from services.store import checks
from services.store.applications import Application
from services.store.columns import NAME, Sealed, metadata
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.records import NamedRecords, Record, checked, facts, setting, settings_of, table_of


@dataclass(frozen=True, slots=True)
class Gadget(Record):
    """A record that only this test has."""

    name: str = field(metadata=setting("Name", checks.name, log="name"))
    sizes: tuple[str, ...] = field(default=(), metadata=setting("Sizes", log="sizes"))
    pin: str | None = field(default=None, metadata=setting("PIN", log="PIN", secret=True))


@pytest.fixture
def gadgets(store):
    table = table_of(Gadget, "gadgets", Column("name_key", NAME, unique=True), Column("pin", Sealed))

    class Gadgets(NamedRecords[Gadget]):
        taken = "There is a “{name}”."
        gone = ("It is gone.", "Look again.")

        def _values(self, record):
            return {**super()._values(record), "pin": self._seal(table.c.pin, record.pin, record.id)}

        def pin(self, id):
            return self._open(table.c.pin, self._row(id).pin, id)

    Gadgets.kind, Gadgets.table = Gadget, table
    with store.database.write() as connection:
        table.create(connection)
    yield Gadgets(store.database, store.vault)
    metadata.remove(table)


def test_a_record_needs_nothing_but_itself_to_be_stored_found_and_forgotten(gadgets):
    made = gadgets.add(Gadget(" Saw ", ("s", "l"), "1234"))
    assert (made.name, made.sizes, made.pin) == ("Saw", ("s", "l"), None)
    assert gadgets.list() == (gadgets.get(made.id),)
    assert gadgets.pin(made.id) == "1234"
    gadgets.delete(made.id)
    with pytest.raises(RecordNotFound, match="It is gone"):
        gadgets.get(made.id)


def test_what_is_sealed_for_one_row_opens_in_no_other(gadgets, store):
    mine, other = gadgets.add(Gadget("a", pin="1234")), gadgets.add(Gadget("b", pin="5678"))
    with store.database.write() as db:
        db.exec_driver_sql(
            "UPDATE gadgets SET pin = (SELECT pin FROM gadgets WHERE id = ?) WHERE id = ?",
            (mine.id, other.id),
        )
    with pytest.raises(SealBroken):
        gadgets.pin(other.id)


def test_a_refusal_names_its_field_and_a_secret_is_left_to_its_service():
    with pytest.raises(InvalidValue) as caught:
        checked(Gadget("", pin="anything"))
    assert caught.value.field == "name"
    assert checked(Gadget(" Saw ", pin="x")) == Gadget("Saw", pin="x")


def test_the_log_is_told_everything_but_secrets():
    assert facts(Gadget("Saw", ("s",), "1234")) == {"name": "Saw", "sizes": ["s"]}
    connection = Connection(
        "AWS", "eu-north-1", CredentialKind.STATIC, secret=ConnectionSecret("AKIAIOSFODNN7EXAMPLE", "hidden")
    )
    assert "hidden" not in str(facts(connection))
    assert "AKIAIOSFODNN7EXAMPLE" not in str(facts(connection))


@pytest.mark.parametrize("kind", [Connection, PoolRecord, Application, ConnectionSecret])
def test_every_field_that_is_set_has_a_name_for_people_and_names_of_its_own_in_the_log(kind):
    settings = settings_of(kind)
    assert all(known.label for known in settings.values())
    logged = [known.log or name for name, known in settings.items()]
    assert len(set(logged)) == len(logged)
