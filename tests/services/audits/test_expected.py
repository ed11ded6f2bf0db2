"""A snapshot against a list: missing, extra, different; against a slow reading and hostile files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audits.differences import DifferenceKind, Differences
from services.audits.expected import ExpectedList, against, from_names, from_table
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.cognito.attributes import rules_for
from services.cognito.models import SchemaAttribute, UserPool
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness
from services.errors import FileRejected, InvalidValue
from tests.services.audits.made_pools import POOL, World, person, world, worlds

SCHEMA = tuple(SchemaAttribute(name) for name in ("email", "name", "custom:team", "phone_number", "sub"))
WITH_SCHEMA = replace(POOL, schema=SCHEMA)


def wishes(text: str, pool: UserPool = WITH_SCHEMA, **more: object) -> ExpectedList:
    table = read_file(text.encode(), "list.csv")
    return from_table(table, recognise(table.header, pool), pool, **more)  # type: ignore[arg-type]


def told(found: Differences) -> set[tuple[str, str, str]]:
    return set(found.lines[["kind", "person", "what"]].itertuples(index=False, name=None))


def test_rules_of_the_pool_are_there() -> None:
    assert rules_for(WITH_SCHEMA)


def test_a_list_of_people_and_groups_shows_missing_and_extra() -> None:
    made = world({1: ("billing", "Ops"), 2: (), 3: ("billing",), 4: ("other",)})
    found = against(
        made.snapshot(),
        wishes("username,groups\np1,billing\np2,billing;Ops\n"),
    )
    assert told(found) == {
        (DifferenceKind.EXTRA, "p1@example.com", "Ops"),
        (DifferenceKind.MISSING, "p2@example.com", "billing"),
        (DifferenceKind.MISSING, "p2@example.com", "Ops"),
        (
            DifferenceKind.EXTRA,
            "p3@example.com",
            "billing",
        ),  # not on the list, but in a group that it speaks of
    }
    assert found.lines.set_index("person").loc["p3@example.com", "remark"] == "Not on the list."


def test_groups_that_the_list_does_not_speak_of_count_only_when_asked() -> None:
    made = world({1: ("billing", "other")})
    text = "email,groups\np1@example.com,billing\n"
    assert against(made.snapshot(), wishes(text)).lines.empty
    found = against(made.snapshot(), wishes(text, all_groups=True))
    assert told(found) == {(DifferenceKind.EXTRA, "p1@example.com", "other")}
    exact = wishes("email,all_groups\np1@example.com,billing\n")
    assert told(against(made.snapshot(), exact)) == {(DifferenceKind.EXTRA, "p1@example.com", "other")}


def test_automatic_groups_of_providers_are_never_extra() -> None:
    made = world({1: (f"{POOL.id}_Okta",)}, ("billing",))
    assert against(made.snapshot(), wishes("username\np1\n", all_groups=True)).lines.empty


def test_several_rows_of_one_person_add_up() -> None:
    made = world({1: ("billing", "Ops")})
    assert against(
        made.snapshot(), wishes("username,group\np1,billing\nP1@example.com,Ops\np1,\n")
    ).lines.empty


def test_one_group_with_a_list_of_people_takes_any_name() -> None:
    made = world({1: ("billing",), 2: (), 3: ("billing",), 4: ("billing",)})
    made.people["sub-4"] = person(4, attributes={"phone_number": "+4915112345678"})
    found = against(
        made.snapshot(), from_names(["P1@Example.com", "p2", "+4915112345678", "who@x.example"], "billing")
    )
    assert told(found) == {
        (DifferenceKind.MISSING, "p2@example.com", "billing"),
        (DifferenceKind.EXTRA, "p3@example.com", "billing"),
        (DifferenceKind.NO_PERSON, "who@x.example", "person"),
    }
    newcomer = next(iter(found.newcomers.values()))
    assert (newcomer.email, newcomer.groups) == ("who@x.example", ("billing",))


def test_values_of_the_list_are_compared_and_email_ignores_case() -> None:
    made = world({1: ()})
    made.people["sub-1"] = person(
        1, enabled=False, attributes={"email": "P1@Example.com", "name": "Ann", "custom:team": "x"}
    )
    found = against(
        made.snapshot(),
        wishes("username,email,name,custom:team,enabled\np1,p1@example.com,Anna,-,true\n"),
    )
    assert set(found.lines[["kind", "what", "before", "after"]].itertuples(index=False, name=None)) == {
        (DifferenceKind.DIFFERENT, "name", "Ann", "Anna"),
        (DifferenceKind.DIFFERENT, "custom:team", "x", ""),
        (DifferenceKind.DIFFERENT, "enabled", "disabled", "enabled"),
    }


def test_everybody_who_is_not_on_the_list_shows_only_when_asked() -> None:
    made = world({1: (), 2: ("Ops",)})
    text = "username\np1\n"
    assert against(made.snapshot(), wishes(text)).lines.empty
    found = against(made.snapshot(), wishes(text, everybody=True))
    assert told(found) == {(DifferenceKind.EXTRA_PERSON, "p2@example.com", "person")}
    assert found.lines.loc[0, "before"] == "Ops"


def test_whoever_a_row_may_mean_is_never_called_extra() -> None:
    made = world({1: ("billing",), 2: ("billing",)})
    for number in (1, 2):
        made.people[f"sub-{number}"] = person(number, attributes={"email": "twin@x.example"})
    found = against(made.snapshot(), from_names(["twin@x.example"], "billing"))
    assert found.counts == {DifferenceKind.UNCLEAR: 1}
    assert found.lines.loc[0, "remark"] == ("Row 1 fits 2 people: twin@x.example (p1), twin@x.example (p2).")


def test_rows_that_can_not_be_read_are_lines_and_put_extras_in_doubt() -> None:
    made = world({1: ("billing",), 2: ("billing",)})
    found = against(made.snapshot(), wishes("username,groups,enabled\np1,billing,perhaps\n,billing,\n"))
    assert found.counts == {DifferenceKind.EXTRA: 1, DifferenceKind.UNCLEAR: 2}
    assert "can't be read" in found.of(DifferenceKind.EXTRA).iloc[0]["remark"]
    assert found.of(DifferenceKind.UNCLEAR).iloc[0]["remark"].startswith("Row ")


def test_what_was_not_read_is_neither_missing_nor_absent() -> None:
    made = world({1: ("billing",)}, ("Ops",))
    partly = Completeness(("x",), users_known=False, unread_groups=frozenset({"Ops"}))
    found = against(
        made.snapshot(completeness=partly), wishes("username,groups\np1,billing;Ops\np9,billing\n")
    )
    assert found.counts == {DifferenceKind.UNTOLD: 2}
    assert "NOT complete" in found.statements[0]


def test_a_group_that_is_not_there_is_said_to_be_so() -> None:
    found = against(world({1: ()}).snapshot(), wishes("username,groups\np1,Gone\n"))
    assert found.lines.loc[0, "remark"] == "There is no such group."


def test_capital_letters_of_usernames_count_where_the_pool_says_so() -> None:
    made = world({1: ()})
    assert against(made.snapshot(), from_names(["P1"], "g")).counts == {DifferenceKind.NO_PERSON: 1}
    read = made.read()
    loose = pool_of(replace(read, about=replace(read.about, pool=replace(POOL, case_sensitive=False))))
    assert against(loose, from_names(["P1"], "g")).counts == {DifferenceKind.MISSING: 1}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04zip", b"\x00\x01\x02", b"<html></html>", b'a,b\n"x'])
def test_hostile_files_get_a_sentence(data: bytes) -> None:
    with pytest.raises(FileRejected) as caught:
        read_file(data, "list.csv")
    assert caught.value.next_step


def test_a_list_that_names_nobody_is_refused_in_words() -> None:
    with pytest.raises(InvalidValue, match="No column says who is meant"):
        wishes("colour\nred\n")


def slow(snapshot: PoolTables, made: World, listed: dict[str, set[str]]) -> set[tuple[str, str, str]]:
    """By hand: for a list of usernames → groups."""
    named = set().union(*listed.values()) if listed else set()
    found: set[tuple[str, str, str]] = set()
    for sub, user in made.people.items():
        held = made.held[sub]
        if user.username in listed:
            found |= {(DifferenceKind.MISSING, sub, name) for name in listed[user.username] - held}
        found |= {
            (DifferenceKind.EXTRA, sub, name) for name in (held & named) - listed.get(user.username, set())
        }
    return found


@settings(max_examples=40)
@given(worlds(), st.data())
def test_the_differences_are_those_of_going_through_the_list_by_hand(
    made: World, data: st.DataObject
) -> None:
    people = data.draw(st.sets(st.sampled_from(sorted(made.people))) if made.people else st.just(set()))
    groups = sorted(name for name in made.groups if ";" not in name)
    listed = {
        made.people[sub].username: data.draw(st.sets(st.sampled_from(groups))) if groups else set()
        for sub in people
    }
    if not listed:
        return
    lines = [f'"{name}","{";".join(sorted(held))}"' for name, held in listed.items()]
    snapshot = made.snapshot()
    found = against(snapshot, wishes("username,groups\n" + "\n".join(lines) + "\n"))
    claims = set(found.lines[["kind", "sub", "what"]].itertuples(index=False, name=None))
    assert claims == slow(snapshot, made, listed)
