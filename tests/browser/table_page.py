"""A page of tables, which test_table.py has Streamlit show; `?show=` says which."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from console.widgets.table import Cells, Column, pick, show_table

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>",
    "turned round": "\u202egro.elpmaxe@nna",
    "long": "long " * 100,
    "lines": "one\ntwo\r\nthree\tfour",
    "emoji": "👩‍👩‍👧 🏳️‍🌈 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "quotes": "\"'`&amp;${1}\\",
}


def people(count: int) -> dict[str, list[Any]]:
    """So many people, whose other columns are in another order than their names."""
    numbers = [(7 * number + 3) % count for number in range(count)]
    return {
        "Name": [f"Person {number + 1}" for number in range(count)],
        "E-mail": [f"person.{number:04}@a-rather-long-domain-name.example" for number in numbers],
        "Age": [None if number == 2 else 5 * number for number in numbers],
        "Groups": [["billing", "on-call"] if number % 3 == 0 else [] for number in numbers],
        "Seen": [None if number == 1 else BEGAN + timedelta(days=10 * number) for number in numbers],
        "Done": [number / count for number in numbers],
        "Active": [number % 2 == 0 for number in numbers],
    }


COLUMNS = {"E-mail": Column(width=150), "Done": Column(kind="share"), "Seen": Column(help="The last time")}


def choose(cells: Cells, identity: object = "", alt: str = "People", **more: Any) -> None:
    """A table of people to open and tick, and below it what the page heard of that."""
    links = [f"?show=person&id={number}" for number in range(len(cells["Name"]))]
    given = {"name": alt.lower(), "opens": "Name", "links": links, "ticks": "many", "columns": COLUMNS}
    done = pick(cells, alt, identity=identity, **{**given, **more})
    if done.opened is not None:
        st.session_state["opened"] = cells["Name"][done.opened]
    st.text(f"Opened: {st.session_state.get('opened', 'nobody')}")
    st.text(f"Ticked: {', '.join(cells['Name'][row] for row in done.ticked) or 'nobody'}")


def show_people() -> None:
    """Eight people; a list of others, another age and a slow page can be had."""
    again, others = st.button("Run again"), st.checkbox("Others")
    older, slow = st.checkbox("Older"), st.checkbox("Slowly")
    cells = people(8)
    if others:
        cells["Name"] = [f"Other {number}" for number in range(1, 9)]
    if older:
        cells["Age"] = [100, *cells["Age"][1:]]
    choose(cells, cells["Name"])
    if slow and not again:
        time.sleep(2)
    st.button("Below")


def show_places() -> None:
    """A table in each place that isn't there, or not open, when the page is drawn."""
    first, second = st.tabs(["First", "Second"])
    with first:
        st.text("Nothing")
    with second:
        choose(people(8), alt="In a tab")
    with st.expander("Expander"):
        show_table(people(8), "In an expander")
    with st.popover("Popover"):
        show_table(people(8), "In a popover")
    if st.button("Dialog"):
        show_dialog()


@st.dialog("Dialog", width="large")
def show_dialog() -> None:
    """A dialog about people."""
    choose(people(8), alt="In a dialog")


@st.fragment(run_every=0.5)
def show_live() -> None:
    """A table that changes all the time."""
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    cells = people(8)
    cells["Age"] = [(runs + number) % 8 for number in range(8)]
    choose(cells, rows=4)
    st.text(f"Run {runs}")


match st.query_params.get("show"):
    case "person":
        st.text(f"This is person {st.query_params['id']}")
    case "people":
        show_people()
    case "many":
        choose(people(5000))
    case "pinned":
        choose(people(8), columns={"E-mail": Column(pinned=True, width=300)})
    case "order":
        cells = {
            "Name": ["Ann", "Bo", "Cy", "Di"],
            "Seen": ["2 minutes ago", "10 hours ago", "never", "just now"],
        }
        choose(cells, columns={"Seen": Column(order=[-120, -36000, None, 0])})
    case "one":
        choose(people(8), ticks="one", opens="", links=())
    case "told":
        told_over = {"State": Column(more=["CONFIRMED"]), "Note": Column(more=["and more"])}
        show_table({"State": ["Active"], "Note": ["long " * 60]}, "Told over", columns=told_over)
    case "hostile":
        texts = {name: [text] for name, text in HOSTILE.items()}
        choose({"Name": list(HOSTILE.values()), "Text": list(HOSTILE.values())}, columns={})
        show_table({text: [text] for text in HOSTILE.values()}, "Headings")
    case "places":
        show_places()
    case "live":
        show_live()
    case "plain":
        show_table(people(300), "People to look at", columns=COLUMNS)
        show_table(people(3), "A few", width="content")
        show_table(people(4), "A few", width="content")
