"""Headings are recognised tolerantly, and what isn't can be chosen."""

from __future__ import annotations

import pytest

from services.audits.access import PEOPLE_COLUMNS
from services.audits.matrix import PERSON
from services.audits.report import FINDINGS
from services.audits.reviews.report import HEADER as REVIEW
from services.bulk.columns import recognise, reference, targets_of
from services.bulk.files.headings import is_heading
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool
from services.directory.export import STATEMENT

CUSTOM = SchemaAttribute("custom:cost_centre", mutable=False)
STAFF = UserPool("p", "Staff", schema=(*STANDARD_SCHEMA, CUSTOM))
CUSTOMERS = UserPool("c", "Customers", username_attributes=frozenset({"email"}), schema=STANDARD_SCHEMA)


def test_the_reference_explains_each_column_once() -> None:
    names = [column.name for column in reference(STAFF)]
    assert len(names) == len(set(names))
    helps = {column.name: column.help for column in reference(STAFF)}
    assert "can't be changed later" in helps["custom:cost_centre"]
    assert "; between them" in helps["groups"]


POOL = UserPool(
    "eu-1_x",
    "Staff",
    schema=(*STANDARD_SCHEMA, SchemaAttribute("custom:cost_centre"), SchemaAttribute("custom:status")),
)


def meanings(*header: str) -> list[str]:
    return [column.target for column in recognise(header, POOL).columns]


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("email", "email"),
        ("E-mail", "email"),
        ("  E-MAIL ADDRESS ", "email"),
        ("First name", "given_name"),
        ("firstname", "given_name"),
        ("Surname", "family_name"),
        ("Mobile phone", "phone_number"),
        ("User Name", "username"),
        ("cognito:username", "username"),
        ("Cost centre", "custom:cost_centre"),
        ("CUSTOM:COST_CENTRE", "custom:cost_centre"),
        ("custom:status", "custom:status"),
        ("Temp. password", "temporary_password"),
        ("Group", "groups"),
        ("Nachname", "family_name"),
        ("ｅｍａｉｌ", "email"),
        ("Favourite colour", ""),
        ("cognito:mfa_enabled", ""),
        ("Status", ""),
    ],
)
def test_headings_are_recognised(heading: str, target: str) -> None:
    assert meanings(heading) == [target]


def test_a_column_that_only_exports_have_is_left_out_with_the_reason() -> None:
    column = recognise(["created"], POOL).columns[0]
    assert column.target == ""
    assert "can't be changed" in column.remark


def test_the_exact_heading_wins_over_a_synonym_beside_it() -> None:
    columns = recognise(["Mail", "email"], POOL).columns
    assert [column.target for column in columns] == ["", "email"]
    assert "there is a column email already" in columns[0].remark


def test_two_synonyms_for_one_thing_are_a_problem_until_one_is_put_aside() -> None:
    mapping = recognise(["Mail", "E-Mail address"], POOL)
    assert "“Mail” and “E-Mail address” both mean email" in mapping.problems()[0].what
    assert mapping.assign(1, "").problems() == []


def test_any_column_can_be_given_a_meaning() -> None:
    mapping = recognise(["Kontakt", "Who"], POOL).assign(0, "email").assign(1, "name")
    assert mapping.used == {"email": 0, "name": 1}
    assert mapping.heading_of("email") == "Kontakt"


def test_a_file_that_names_nobody_is_a_problem() -> None:
    assert "No column says who is meant" in recognise(["name", "groups"], POOL).problems()[0].what


def test_letters_borrowed_from_another_alphabet_are_pointed_out() -> None:
    column = recognise(["еmail"], POOL).columns[0]
    assert column.target == ""
    assert "Looks like email" in column.remark
    assert "cyrillic" in column.remark


def test_groups_to_add_and_all_groups_do_not_go_together() -> None:
    assert (
        "both a groups and an all_groups"
        in recognise(["email", "groups", "all_groups"], POOL).problems()[0].what
    )


def test_the_choice_of_meanings_has_the_pools_own_attributes() -> None:
    names = [target.name for target in targets_of(POOL)]
    assert {"action", "username", "given_name", "custom:cost_centre"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "header",
    [FINDINGS, REVIEW, (*PERSON, "billing"), (*PERSON[:5], "Group"), ("Application", *PEOPLE_COLUMNS[1:])],
)
def test_a_report_of_this_console_says_who_and_nothing_else(header: tuple[str, ...]) -> None:
    columns = recognise((*header, STATEMENT), POOL)
    assert columns.used.keys() <= {"sub", "username", "email"}
    assert "username" in columns.used
    assert "report" in next(column.remark for column in columns.columns if column.heading.lower() == "name")


def test_what_an_export_says_of_itself_is_never_an_attribute() -> None:
    odd = (SchemaAttribute("custom:completeness"), SchemaAttribute("custom:aws_status"))
    pool = UserPool("p", "P", schema=(*STANDARD_SCHEMA, *odd))
    assert recognise(["username", "Completeness", "aws_status"], pool).used.keys() == {"username"}


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("First Name [Required]", "given_name"),
        ("User name [userPrincipalName] Required", "username"),
        ("userPrincipalName", "username"),
        ("UPN", "username"),
        ("E-Mail *", "email"),
        ("Vorname (Pflichtfeld)", "given_name"),
        ("Attributes.email", "email"),
        ("Phone (home)", ""),
        ("Required", ""),
        ("E-mail 2", ""),
    ],
)
def test_what_forms_and_programs_add_to_headings_is_no_part_of_them(heading: str, target: str) -> None:
    assert meanings(heading) == [target]
    assert is_heading(heading) is bool(target)


def test_a_principal_name_beside_another_username_is_left_out_and_said() -> None:
    assert meanings("userPrincipalName", "mail") == ["username", "email"]
    for beside in ("sAMAccountName", "username", "Benutzername"):
        assert meanings(beside, "userPrincipalName", "mail") == ["username", "", "email"]
        columns = recognise((beside, "UPN"), POOL)
        assert not columns.problems()
        assert beside in columns.columns[1].remark
    pool = UserPool("p", "P", schema=(*STANDARD_SCHEMA, SchemaAttribute("custom:upn")))
    assert list(recognise(("username", "upn"), pool).used) == ["username", "custom:upn"]
    assert meanings("sAMAccountName", "login") == ["username", "username"]  # somebody has to say


def test_in_german_a_name_beside_a_first_name_is_the_last_one() -> None:
    assert meanings("Name", "Vorname") == ["family_name", "given_name"]
    assert meanings("Name", "Vorname", "Nachname") == ["name", "given_name", "family_name"]
    assert meanings("name", "given_name") == ["name", "given_name"]
    assert "last name" in recognise(("Name", "Vorname"), POOL).columns[0].remark


@pytest.mark.parametrize(
    ("headings", "meant"),
    [
        (("NAME", "VORNAME"), ["family_name", "given_name"]),
        (("Name*", "Vorname*"), ["family_name", "given_name"]),
        (("Name", "First name"), ["", "given_name"]),
        (("Name", "Surname"), ["", "family_name"]),
        (("Name", "First name", "Last name"), ["name", "given_name", "family_name"]),
        (("name", "given_name"), ["name", "given_name"]),
        (("Full name", "First name"), ["name", "given_name"]),
    ],
)
def test_a_name_beside_another_is_not_taken_for_the_whole_one(
    headings: tuple[str, ...], meant: list[str]
) -> None:
    assert meanings(*headings) == meant


@pytest.mark.parametrize(
    "heading",
    ["Email [Manager]", "First name [Spouse]", "Email [old]", "username [manager]", "Name [Manager]"],
)
def test_brackets_that_say_whose_it_is_make_another_column(heading: str) -> None:
    assert meanings(heading) == [""]


@pytest.mark.parametrize(
    "heading", ["First name [givenName]", "First name [Required]", "FIRST NAME [UPLOAD ONLY]"]
)
def test_brackets_that_forms_add_are_passed_over(heading: str) -> None:
    assert meanings(heading) == ["given_name"]


@pytest.mark.parametrize("heading", ["Preferred Name", "Alias"])
def test_what_people_are_called_is_no_name_to_sign_in_with(heading: str) -> None:
    assert meanings(heading) == [""]


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        *((heading, "email") for heading in ("Email - Work", "Work Contact: Work Email", "Business Email")),
        *(
            (heading, "email")
            for heading in ("Dienstliche E-Mail", "E-Mail (geschäftlich)", "邮箱", "이메일")
        ),
        *((heading, "given_name") for heading in ("Legal First Name", "Given Name(s)", "Etunimi")),
        *((heading, "family_name") for heading in ("Legal Last Name", "Sukunimi", "Soyad", "Vezetéknév")),
        *((heading, "name") for heading in ("姓名", "氏名")),
    ],
)
def test_headings_of_other_systems_and_languages_are_known(heading: str, target: str) -> None:
    assert meanings(heading) == [target]


@pytest.mark.parametrize(
    ("beside", "heading", "target"),
    [
        ("Prénom", "Nom", "family_name"),
        ("Cognome", "Nome", "given_name"),
        ("Soyad", "Ad", "given_name"),
        ("Prezime", "Ime", "given_name"),
    ],
)
def test_a_part_of_a_name_is_known_by_the_other_one_beside_it(beside: str, heading: str, target: str) -> None:
    assert meanings(beside, heading)[1] == target
    assert meanings("email", heading)[1] == ""


def test_of_two_columns_with_one_meaning_the_empty_one_is_left_out_and_said() -> None:
    header = ("email", "Phone", "Mobile")
    assert len(recognise(header, POOL).problems()) == 1
    for empty, used in ((1, 2), (2, 1)):
        mapping = recognise(header, POOL, empty=frozenset({empty}))
        assert mapping.problems() == []
        assert mapping.used["phone_number"] == used
        assert "empty" in mapping.columns[empty].remark
    both = recognise(header, POOL, empty=frozenset({1, 2}))
    assert both.problems() == []
    assert both.used["phone_number"] == 1


def test_an_empty_column_of_the_exact_name_gives_way_to_a_filled_one() -> None:
    mapping = recognise(("email", "phone_number", "Mobile"), POOL, empty=frozenset({1}))
    assert mapping.used["phone_number"] == 2


def test_a_password_that_is_changed_at_the_next_sign_in_is_a_temporary_one() -> None:
    header = ("Email Address [Required]", "Password [Required]", "Change Password at Next Sign-In")
    mapping = recognise(header, POOL)
    assert mapping.columns[1].target == "temporary_password"
    assert "next sign-in" in mapping.columns[1].remark
    assert recognise(header[:2], POOL).columns[1].target == "password"
