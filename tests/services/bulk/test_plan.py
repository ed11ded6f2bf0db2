"""A file against the pool as it is: what would happen, and every problem that only the pool shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions, RowPlan, RowVerdict, Step
from services.bulk.plan import plan_file, plan_for_people, seconds_for, totals_of
from services.bulk.row_actions import ADD_TO_GROUPS, REMOVE_FROM_GROUPS, UPDATE, UPSERT
from services.cognito.actions import ACTIONS, AddToGroup, CreateUser, DeleteUser, PersonChange, ResetPassword
from services.cognito.models import PersonRef
from services.csv_safe import CLEAR_CELL
from services.errors import InvalidValue
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only, said

# What a plan costs in calls, time, money and messages.

ANN = PersonRef("ann", "sub-ann", "Ann")


def row(number: int, verdict: RowVerdict, *steps: Step) -> RowPlan:
    return RowPlan(number, "Ann", UPSERT, verdict, steps)


def test_the_busiest_category_sets_the_time() -> None:
    calls = {"AdminCreateUser": 1_000, "AdminAddUserToGroup": 1_000, "AdminSetUserPassword": 1_000}
    assert seconds_for(calls, 1.0) == pytest.approx(40)
    assert seconds_for(calls, 0.5) == pytest.approx(80)
    assert seconds_for(calls, 1.0, {"UserUpdate": 100.0}) == pytest.approx(1_000 / 30)


def test_operations_capped_per_pool_take_longer() -> None:
    assert seconds_for({"CreateGroup": 10}, 1.0) == pytest.approx(2)


def test_figures_add_up() -> None:
    invited = Step(CreateUser("new", {"email": "n@example.com"}, delivery=("EMAIL", "SMS")))
    totals = totals_of(
        [
            row(2, RowVerdict.CREATE, invited, Step(AddToGroup(PersonRef("new", "", "new"), group="a"))),
            row(3, RowVerdict.CHANGE, Step(ResetPassword(ANN))),
            row(4, RowVerdict.CHANGE, Step(DeleteUser(ANN))),
            row(5, RowVerdict.UNCHANGED),
        ],
        [],
        0.5,
    )
    assert (totals.rows, totals.create, totals.change, totals.unchanged) == (4, 1, 2, 1)
    assert (totals.emails, totals.texts, totals.irreversible) == (2, 1, 2)
    assert totals.billed == 2  # a reset alone makes nobody active
    assert totals.actions == {"create_user": 1, "add_to_group": 1, "reset_password": 1, "delete_user": 1}


def test_every_change_to_a_person_is_judged_for_the_bill() -> None:
    to_people = [kind for kind in ACTIONS.values() if issubclass(kind, CreateUser | PersonChange)]
    assert {kind.operation for kind in to_people if not kind.bills} == {"AdminResetUserPassword"}
    assert not any(kind.bills for kind in ACTIONS.values() if kind not in to_people)


NEW = ("username", "email", "given_name", "family_name")


def steps(row: Any) -> list[str]:
    return [step.change.wanted for step in row.steps]


def test_the_figures_say_what_would_happen(staff: Bulk) -> None:
    plan = staff.plan(
        (*NEW, "groups"),
        ("new.one", "new.one@example.com", "New", "One", "billing;auditors"),
        ("ann.lindqvist", "", "Annika", "", ""),
        ("bo.li", "", "Bo", "", ""),
        ("nobody", "", "", "", "no-such-group"),
        share=0.5,
    )
    totals = plan.totals
    assert (totals.rows, totals.create, totals.change, totals.unchanged, totals.invalid) == (4, 1, 1, 1, 1)
    assert totals.calls == {"UserCreation": 1, "UserUpdate": 3}
    assert totals.seconds == pytest.approx(3 / (plan.quotas.get("UserUpdate", 25.0) * 0.5))
    assert totals.billed == 2
    assert totals.waiting == 2


def test_a_plan_sends_nothing_and_bills_nobody(staff: Bulk) -> None:
    before = {pace.category: pace.calls for pace in staff.gateway.client.pacer.paces()}
    staff.plan(NEW, ("new.two", "new.two@example.com", "New", "Two"), ("bo.li", "", "Bob", ""))
    calls = {
        pace.category: pace.calls - before.get(pace.category, 0)
        for pace in staff.gateway.client.pacer.paces()
    }
    assert {name for name, count in calls.items() if count} <= {
        "UserList",
        "UserPoolResourceRead",
        "UserPoolRead",
    }


def test_before_and_after_of_a_change_are_shown(staff: Bulk) -> None:
    row = only(staff.plan(("username", "given_name"), ("ann.lindqvist", "Annika")))
    assert row.verdict is RowVerdict.CHANGE
    assert row.steps[0].before == {"attributes": {"given_name": "Ann"}}
    assert row.steps[0].after == {"attributes": {"given_name": "Annika"}}


def test_passwords_are_made_for_new_people_and_shown_nowhere(staff: Bulk) -> None:
    plan = staff.plan(NEW, ("new.three", "new.three@example.com", "New", "Three"))
    password = plan.secrets[2].temporary
    assert len(password) >= 16
    assert password not in repr(plan)
    invited = staff.plan(NEW, ("new.three", "new.three@example.com", "New", "Three"), delivery=("EMAIL",))
    assert invited.secrets == {}
    assert invited.totals.emails == 1


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        (("username",), ("new user",), "no spaces"),
        (("username", "email"), ("", "fresh@example.com"), "username is missing"),
        (("username", "groups"), ("bo.li", "Billing"), "Write it as billing"),
        (("username", "action"), ("ghost", "disable"), "Nobody in this pool is ghost"),
        (("sub",), ("00000000-0000-0000-0000-000000000000",), "Nobody in this pool has this sub"),
        (("username", "action"), ("bo.li", "delete"), "Disable the person first"),
        (("username", "action"), ("ann.lindqvist", "confirm"), "Only people who registered themselves"),
        (("username", "custom:employee_number"), ("bo.li", "E-99999"), "only when a person is created"),
        (("username", "delivery"), ("fresh.one", "email"), "an e-mail address is needed"),
        (
            ("username", "action", "given_name"),
            ("bo.li", "create", "Other"),
            "there already, with other values",
        ),
        (("username", "phone_number_verified"), ("bo.li", "true"), "no phone number that could be verified"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_way_out(
    staff: Bulk, header: tuple[str, ...], cells: tuple[str, ...], expected: str
) -> None:
    row = only(staff.plan(header, cells))
    assert row.verdict is RowVerdict.INVALID
    assert expected in said(row)
    assert all(problem.fix for problem in row.errors)
    assert row.steps == ()


def test_people_who_sign_in_elsewhere_get_no_password(staff: Bulk) -> None:
    federated = next(user for user in staff.gateway.iter_users() if str(user.status) == "EXTERNAL_PROVIDER")
    row = only(staff.plan(("sub", "action"), (federated.sub, "set_password")))
    assert row.verdict is RowVerdict.INVALID
    assert "sign in through" in said(row).lower() or "provider" in said(row).lower()


def test_an_address_that_several_people_have_names_them_all(customers: Bulk) -> None:
    users = [user for user in customers.gateway.iter_users() if user.email]
    by_email: dict[str, list[Any]] = {}
    for user in users:
        by_email.setdefault(user.email.casefold(), []).append(user)
    two = next(found for found in by_email.values() if len(found) > 1)
    row = only(customers.plan(("email", "action"), (two[0].email.upper(), "disable")))
    assert row.verdict is RowVerdict.INVALID
    assert "capital letters" in said(row)


def test_sub_and_username_of_different_people_are_ambiguous(staff: Bulk) -> None:
    ann, bo = staff.user("ann.lindqvist"), staff.user("bo.li")
    row = only(staff.plan(("sub", "username"), (ann.sub, "bo.li")))
    assert ann.sub in said(row)
    assert bo.sub in said(row)


def test_the_same_person_twice_is_found_across_spellings(customers: Bulk) -> None:
    email = "Twin.New@mail.example"
    plan = customers.plan(("email", "name"), (email, "Twin"), (email.lower(), "Twin"))
    assert [row.verdict for row in plan.rows] == [RowVerdict.CREATE, RowVerdict.INVALID]
    assert "Row 2 is the same person" in said(plan.rows[1])


def test_one_row_per_group_is_fine(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "action", "groups"),
        ("bo.li", "add_to_groups", "training"),
        ("bo.li", "add_to_groups", "legacy-crm"),
        ("bo.li", "add_to_groups", "training"),
    )
    assert [row.verdict for row in plan.rows] == [RowVerdict.CHANGE, RowVerdict.CHANGE, RowVerdict.INVALID]


def test_somebody_elses_sign_in_address_is_refused(customers: Bulk) -> None:
    person, holder = [user for user in customers.gateway.iter_users() if user.email][5:7]
    row = only(customers.plan(("sub", "email"), (person.sub, holder.email)))
    assert row.verdict is RowVerdict.INVALID
    assert "already, and people sign in with it" in said(row)


def test_a_new_address_counts_as_unverified_unless_said_otherwise(staff: Bulk) -> None:
    header, cells = ("username", "email"), ("bo.li", "bo.new@example.com")
    row = only(staff.plan(header, cells))
    assert row.verdict is RowVerdict.CHANGE
    assert "counts as not verified" in said(row)
    marked = only(staff.plan(header, cells, mark_verified=True))
    assert marked.problems == ()
    assert marked.steps[0].after["attributes"] == {"email": "bo.new@example.com", "email_verified": "true"}


def test_exact_groups_add_and_remove(staff: Bulk) -> None:
    now = sorted(staff.groups("ann.lindqvist"))
    row = only(staff.plan(("username", "all_groups"), ("ann.lindqvist", "training")))
    assert set(steps(row)) == {f"remove from group {name}" for name in now if name != "training"} | (
        set() if "training" in now else {"add to group training"}
    )
    cleared = only(staff.plan(("username", "all_groups"), ("ann.lindqvist", CLEAR_CELL)))
    assert set(steps(cleared)) == {f"remove from group {name}" for name in now}


def test_irreversible_steps_are_counted(staff: Bulk) -> None:
    plan = staff.plan(("username", "action"), ("ann.lindqvist", "delete"), delete_enabled=True)
    assert plan.totals.irreversible == 1


def test_columns_that_nobody_settled_are_refused(staff: Bulk) -> None:
    table = read_file(b"Mail,E-Mail address\na@x.org,b@x.org\n")
    with pytest.raises(InvalidValue, match="both mean email"):
        plan_file(staff.gateway, table, recognise(table.header, staff.gateway.describe_pool()))


def test_chosen_people_make_a_plan_of_the_same_kind(staff: Bulk) -> None:
    people = [staff.user("ann.lindqvist"), staff.user("bo.li")]
    plan = plan_for_people(staff.gateway, people, ADD_TO_GROUPS, groups=["legacy-crm"])
    assert [row.row for row in plan.rows] == [1, 2]
    assert all(steps(row) == ["add to group legacy-crm"] for row in plan.rows)
    _, done = staff.run(plan)
    assert [str(outcome.result) for outcome in done] == ["done", "done"]


def test_the_header_of_awss_import_jobs_is_taken(staff: Bulk) -> None:
    raw = (
        b"cognito:username,name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,"
        b"website,email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,"
        b"address,updated_at,cognito:mfa_enabled\n"
        b"import.one,Ek\\, Ann,Ann,Ek,,,,,,,import.one@example.com,TRUE,,02/28/1990,,,,,"
        b"Road 1\\, Town,,FALSE\n"
    )
    row = only(staff.plan((), raw=raw))
    values = row.steps[0].after["attributes"]
    assert row.verdict is RowVerdict.CREATE, said(row)
    assert (values["name"], values["birthdate"], values["email_verified"]) == (
        "Ek, Ann",
        "1990-02-28",
        "true",
    )


def test_it_says_how_the_pool_was_read(staff: Bulk) -> None:
    many = staff.plan(("username",), *((f"who{number}",) for number in range(5)))
    assert many.reading.way == "scan"
    assert "instead of" in many.reading.why
    single = staff.plan(("username", "given_name"), ("bo.li", "Bob"))
    assert single.reading.way == "look-up"
    assert only(single).verdict is RowVerdict.CHANGE


def test_alias_pools_want_usernames_that_are_no_addresses(
    staff: Bulk, empty_pool: Any, cognito: Any, store: Any
) -> None:
    pool = bulk_on(store, cognito, empty_pool(AliasAttributes=["email"]))
    plan = pool.plan(("username", "email"), ("ann@example.com", "ann@example.com"), ("bo", "bo@example.com"))
    if "email" in pool.gateway.describe_pool().alias_attributes:
        assert plan.rows[0].verdict is RowVerdict.INVALID
        assert "can't sign in with the e-mail address until it is verified" in said(plan.rows[1])


def test_nothing_to_do_is_nothing_to_do(staff: Bulk) -> None:
    plan = staff.plan(("username", "action"), ("bo.li", "enable"))
    assert only(plan).verdict is RowVerdict.UNCHANGED
    assert plan.totals.steps == 0
    assert plan.options == PlanOptions(share=1.0)


def test_another_spelling_of_the_address_that_says_who_is_no_edit(staff: Bulk) -> None:
    row = only(staff.plan(("email", "given_name"), ("BO.LI@Brightwater.example", "Bo")))
    assert row.verdict is RowVerdict.UNCHANGED


def test_a_hyphen_in_groups_clears_all_memberships(staff: Bulk) -> None:
    row = only(staff.plan(("username", "groups"), ("ann.lindqvist", CLEAR_CELL)))
    assert set(steps(row)) == {f"remove from group {name}" for name in staff.groups("ann.lindqvist")}


def test_an_address_that_is_not_written_must_not_mean_somebody_else(staff: Bulk) -> None:
    bo = staff.user("bo.li")
    for action in ("disable", "sign_out", "add_to_groups"):
        header = ("username", "email", "action", "groups")
        row = only(staff.plan(header, ("ann.lindqvist", bo.email, action, "billing")))
        assert row.verdict is RowVerdict.INVALID
        assert "mean different people: " in said(row)
        assert bo.sub in said(row)


def test_nobody_is_planned_into_more_groups_than_cognito_allows(staff: Bulk) -> None:
    names = ";".join(f"many-{number}" for number in range(101))
    new = ("many.one", "many.one@example.com", "Many", "One", names)
    row = only(
        staff.plan(("username", "email", "given_name", "family_name", "groups"), new, create_groups=True)
    )
    assert row.verdict is RowVerdict.INVALID
    assert "would be in 101 groups" in said(row)


def test_each_person_may_leave_groups_of_their_own(staff: Bulk) -> None:
    megan, toby = staff.user("megan.hughes"), staff.user("toby.ashworth")
    own = {megan.sub: ["on-call"], toby.sub: ["billing", "auditors"]}
    plan = plan_for_people(staff.gateway, [megan, toby], REMOVE_FROM_GROUPS, groups=own)
    assert [sorted(steps(row)) for row in plan.rows] == [
        ["remove from group on-call"],
        ["remove from group auditors", "remove from group billing"],
    ]


def test_all_groups_count_where_a_pool_has_more_than_one_person_may_hold(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.bulk.plan.MOST_GROUPS_PER_USER", 3)
    monkeypatch.setattr("services.cognito.group_rules.MOST_GROUPS_PER_USER", 3)
    held = staff.groups("ann.lindqvist")
    assert len(held) >= 2
    news = [group.name for group in staff.gateway.list_groups() if group.name not in held][:2]
    row = only(staff.plan(("username", "groups"), ("ann.lindqvist", ";".join(news))))
    assert row.verdict is RowVerdict.INVALID
    assert f"would be in {len(held) + 2} groups" in said(row)


def test_an_address_that_is_nobodys_is_remarked_where_it_is_not_written(staff: Bulk) -> None:
    row = only(staff.plan(("username", "email", "action"), ("bo.li", "typo@example.com", "disable")))
    assert row.verdict is RowVerdict.CHANGE
    assert "typo@example.com isn't that of" in said(row)


def test_a_change_that_the_provider_may_write_over_is_remarked(staff: Bulk) -> None:
    federated = next(user for user in staff.gateway.iter_users() if str(user.status) == "EXTERNAL_PROVIDER")
    row = only(staff.plan(("username", "given_name"), (federated.username, "Changed")))
    assert row.verdict is RowVerdict.CHANGE
    assert "the next sign-in writes its value over this one" in said(row)


def test_a_file_beyond_one_plan_is_refused(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.bulk.plan.MOST_PLANNED", 1)
    with pytest.raises(InvalidValue, match="one plan takes 1"):
        staff.plan(("username", "nickname"), ("bo.li", "A"), ("ann.lindqvist", "B"))


def test_the_same_values_are_set_for_chosen_people(staff: Bulk) -> None:
    ines, rolf = staff.user("ines.pena"), staff.user("rolf.vogt")
    plan = plan_for_people(staff.gateway, [ines, rolf], UPDATE, attributes={"email_verified": "true"})
    assert [row.verdict for row in plan.rows] == [RowVerdict.CHANGE, RowVerdict.UNCHANGED]
    assert plan.rows[0].steps[0].before == {"attributes": {"email_verified": "false"}}
    assert plan.rows[0].steps[0].after == {"attributes": {"email_verified": "true"}}


def test_a_misspelt_group_in_the_scope_is_refused(staff: Bulk) -> None:
    with pytest.raises(InvalidValue, match="no group “biling”"):
        staff.plan(("username", "action", "groups"), ("bo.li", "sync_groups", "training"), scope=("biling",))


def test_a_hyphen_as_action_is_quoted(staff: Bulk) -> None:
    row = only(staff.plan(("username", "action"), ("bo.li", CLEAR_CELL)))
    assert "“-” is no action" in said(row)


BAD_ADDRESSES = (
    "not an address",
    "ann@",
    "a@b@c.org",
    "ann@exa mple.org",
    "ann@@x.org",
    "N/A",
    "--",
    "#REF!",
)


@pytest.mark.parametrize("wrong", BAD_ADDRESSES)
@pytest.mark.parametrize("names", [(), ("email",), ("phone_number",), ("email", "phone_number")])
def test_a_bad_address_is_complained_about_once(
    store: Store,
    cognito: Cognito,
    aws_environment: None,
    empty_pool: Callable[..., str],
    names: tuple[str, ...],
    wrong: str,
) -> None:
    settings = {"UsernameAttributes": list(names)} if names else {}
    bulk = bulk_on(store, cognito, empty_pool(**settings))
    values = ("" if names else "new.one", wrong, "+46701234567" if names == ("phone_number",) else "")
    row = only(bulk.plan(("username", "email", "phone_number"), values))
    assert len(row.errors) == 1, said(row)
    assert row.errors[0].column == "email"


def test_numbers_without_a_country_code_are_of_the_chosen_country(staff: Bulk) -> None:
    header = ("username", "email", "given_name", "family_name", "phone_number")
    values = ("new.one", "new.one@example.com", "New", "One", "070-123 45 67")
    plan = staff.plan(header, values, region="SE")
    assert only(plan).steps[0].after["attributes"]["phone_number"] == "+46701234567"
    assert "read as numbers of SE (+46)" in " ".join(plan.remarks)
    assert only(staff.plan(header, values)).verdict is RowVerdict.INVALID


def test_a_number_in_the_column_of_usernames_is_of_the_chosen_country(customers: Bulk) -> None:
    client = customers.cognito.client()
    client.admin_create_user(
        UserPoolId=customers.target.pool_id,
        Username="dialled@example.com",
        UserAttributes=[{"Name": "phone_number", "Value": "+46701234599"}],
        MessageAction="SUPPRESS",
    )
    header = ("username", "given_name")
    row = only(customers.plan(header, ("070-123 45 99", "Dia"), region="SE", action=UPDATE))
    assert row.verdict is RowVerdict.CHANGE, said(row)


def test_what_the_pool_requires_of_new_people_is_a_problem_even_where_aws_would_ask_later(
    store: Store, cognito: Cognito, empty_pool: Callable[..., str], aws_environment: None
) -> None:
    required = {"Name": "family_name", "Required": True, "Mutable": True, "AttributeDataType": "String"}
    bulk = bulk_on(store, cognito, empty_pool(PoolName="Strict", Schema=[required]))
    lacking = bulk.plan(("username", "email"), ("new.one", "new.one@example.com"))
    (problem,) = lacking.rows[0].errors
    assert problem.what == "Last name is required in this pool, and this new person has none."
    whole = bulk.plan(("username", "family_name"), ("new.one", "One"))
    assert whole.rows[0].verdict is RowVerdict.CREATE
