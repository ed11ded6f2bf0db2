"""The template fits its pool and is understood when it comes back."""

from __future__ import annotations

from services.bulk.columns import recognise
from services.bulk.csv_file import read_csv
from services.bulk.template import reference, template, template_header
from services.cognito.models import SchemaAttribute, UserPool
from services.cognito.standard import STANDARD_SCHEMA

CUSTOM = SchemaAttribute("custom:cost_centre", mutable=False)
STAFF = UserPool("p", "Staff", schema=(*STANDARD_SCHEMA, CUSTOM))
CUSTOMERS = UserPool("c", "Customers", username_attributes=frozenset({"email"}), schema=STANDARD_SCHEMA)


def test_the_template_asks_for_what_the_pool_needs() -> None:
    assert template_header(STAFF)[:2] == ["username", "email"]
    assert "custom:cost_centre" in template_header(STAFF)
    assert template_header(CUSTOMERS)[0] == "email"
    assert "username" not in template_header(CUSTOMERS)


def test_a_filled_in_template_is_recognised_wholly() -> None:
    data = template(STAFF) + b"ann,ann@example.com\r\n"
    mapping = recognise(read_csv(data).header, STAFF)
    assert mapping.problems() == []
    assert mapping.unused == ()


def test_the_reference_explains_each_column_once() -> None:
    names = [one.name for one in reference(STAFF)]
    assert len(names) == len(set(names))
    helps = {one.name: one.help for one in reference(STAFF)}
    assert "can't be changed later" in helps["custom:cost_centre"]
    assert "; between them" in helps["groups"]
