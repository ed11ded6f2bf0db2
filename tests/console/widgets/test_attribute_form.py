"""Widgets for attributes, and what comes back from them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.cognito.models import SchemaAttribute


def script(schema: list[dict], values: dict[str, str]) -> None:
    import streamlit as st  # noqa: PLC0415

    from console.widgets.attribute_form import ask_attribute, attribute_answers  # noqa: PLC0415
    from services.cognito.attributes import form_field  # noqa: PLC0415
    from services.cognito.models import SchemaAttribute  # noqa: PLC0415

    fields = [form_field(SchemaAttribute(**attribute)) for attribute in schema]
    for field in fields:
        ask_attribute(field, lambda name: f"k-{name}", values.get(field.name, ""))
    st.session_state["answers"] = attribute_answers(fields, lambda name: f"k-{name}")


def page(*schema: SchemaAttribute, **values: str) -> AppTest:
    plain = [
        {name: getattr(attribute, name) for name in SchemaAttribute.__dataclass_fields__}
        for attribute in schema
    ]
    named = {name.replace("custom_", "custom:"): value for name, value in values.items()}
    app = AppTest.from_function(script, default_timeout=30, args=(plain, named))
    return app.run()


AGE = SchemaAttribute("custom:age", "Number", min_value=0, max_value=150)
ACTIVE = SchemaAttribute("custom:active", "Boolean")
BIRTH = SchemaAttribute("birthdate", max_length=10)


def test_types_have_their_widgets_and_come_back_as_they_were():
    app = page(AGE, ACTIVE, BIRTH, custom_age="42", custom_active="true", birthdate="1990-12-31")
    assert not app.exception
    assert app.number_input[0].value == 42
    assert app.selectbox[0].value == "true"
    assert app.session_state["answers"] == {
        "custom:age": "42",
        "custom:active": "true",
        "birthdate": "1990-12-31",
    }


def test_what_is_empty_comes_back_empty():
    app = page(AGE, ACTIVE, BIRTH)
    assert app.session_state["answers"] == {"custom:age": "", "custom:active": "", "birthdate": ""}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (AGE, "007"),
        (AGE, "4.5"),
        (AGE, "1e3"),
        (AGE, "999"),
        (SchemaAttribute("custom:big", "Number", max_value=2**60), "1152921504606846975"),
        (ACTIVE, "maybe"),
        (BIRTH, "0000-12-31"),
        (BIRTH, "31.12.1990"),
        (BIRTH, "1850-01-01"),
    ],
)
def test_a_value_that_does_not_fit_its_widget_is_kept_as_text(attribute, value):
    app = page(attribute, **{attribute.name.replace(":", "_"): value})
    assert not app.exception
    assert app.text_input[0].value == value
    assert app.session_state["answers"] == {attribute.name: value}


def test_a_hostile_attribute_name_is_no_markdown_and_a_plain_one_is_read_out_plainly():
    app = page(SchemaAttribute("custom:![x](y)"), SchemaAttribute("custom:cost-centre"))
    assert app.text_input[0].label == r"\!\[x\]\(y\)"
    assert app.text_input[1].label == "Cost centre"
