import pytest

from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import PasswordPolicy, SchemaAttribute, UserPool
from services.people.creation import NewUser, completed, creation_problems

TEAM = SchemaAttribute("custom:team", min_length=0, max_length=5)
POLICY = PasswordPolicy(minimum_length=10, numbers=True)
NAMES = UserPool("id", "names", schema=(*STANDARD_SCHEMA, TEAM), policy=POLICY)
EMAILS = UserPool("id", "e", schema=STANDARD_SCHEMA, username_attributes=frozenset({"email"}))
EITHER = UserPool("id", "b", schema=STANDARD_SCHEMA, username_attributes=frozenset({"email", "phone_number"}))


def said(wanted, pool=NAMES, groups=("billing",)):
    return [(problem.title, problem.sentence) for problem in creation_problems(wanted, pool, groups)]


def test_a_good_wish_has_no_problems():
    assert said(NewUser("ann", {"email": "ann@example.org"}, ("billing",))) == []


def test_values_are_tidied_and_blank_ones_left_out():
    wanted = completed(NewUser(" ann ", {"phone_number": "+46 70-123 45 67", "name": "  "}), NAMES)
    assert wanted.username == "ann"
    assert wanted.attributes == {"phone_number": "+46701234567"}


def test_in_an_email_pool_the_address_is_the_username():
    assert completed(NewUser("ignored", {"email": "ann@example.org"}), EMAILS).username == "ann@example.org"
    assert [title for title, _ in said(NewUser("", {}), EMAILS)] == ["E-mail address"]


@pytest.mark.parametrize(
    ("username", "attribute"), [("ann@example.org", "email"), ("+46701234567", "phone_number")]
)
def test_where_either_is_taken_the_username_becomes_the_attribute_too(username, attribute):
    assert completed(NewUser(username), EITHER).attributes == {attribute: username}


def test_a_bad_address_is_said_once():
    assert len(said(NewUser("", {"email": "no address"}), EMAILS)) == 1


def test_every_problem_of_every_field_is_listed():
    wanted = NewUser(
        "a b",
        {"email": "nope", "custom:team": "too long"},
        ("gone",),
        temporary_password="short",
    )
    titles = [title for title, _ in said(wanted)]
    assert titles == [
        "Username",
        "E-mail address",
        "Team",
        "Temporary password",
        "Temporary password",
        "Groups",
    ]


def test_an_invitation_needs_somewhere_to_go():
    assert said(NewUser("ann", {}, delivery=("SMS",)))[0][0] == "Invitation"


def test_a_password_typed_is_not_looked_at_when_cognito_sends_one():
    assert said(NewUser("ann", {"email": "a@example.org"}, delivery=("EMAIL",), temporary_password="x")) == []


def test_more_than_100_groups_are_refused():
    groups = tuple(f"g{n}" for n in range(101))
    assert said(NewUser("ann", groups=groups), groups=groups)[0][0] == "Groups"


def test_the_password_stays_out_of_the_repr():
    assert "hunter" not in repr(NewUser("ann", temporary_password="hunter22"))
