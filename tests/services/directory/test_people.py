import pytest

from services.directory.people import People, folded
from tests.services.directory.pool_stub import START, somebody


@pytest.fixture
def people():
    return People(
        users=(
            somebody(1, name="Zoë Ångström", **{"custom:team": "Nord"}),
            somebody(2, name="Łukasz Żak"),
            somebody(3, name="Ann <b>Ek</b>"),
        ),
        groups=(),
        memberships={"sub-00002": ("Billing",)},
        read_at=START,
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["sub-00001", "sub-00002", "sub-00003"]),
        ("  ", ["sub-00001", "sub-00002", "sub-00003"]),
        ("zoe", ["sub-00001"]),
        ("ANGSTROM", ["sub-00001"]),
        ("lukasz zak", ["sub-00002"]),
        ("zak lukasz", ["sub-00002"]),
        ("zak zoe", []),
        ("nord", ["sub-00001"]),
        ("billing", ["sub-00002"]),
        ("00003@example", ["sub-00003"]),
        ("<b>", ["sub-00003"]),
        ("sub-00002", ["sub-00002"]),
        (".*", []),
    ],
)
def test_every_word_must_occur_somewhere_whatever_the_accents_and_case(people, query, found):
    assert [person.user.sub for person in people.matching(query)] == found


def test_words_do_not_match_across_two_values(people):
    assert not list(people.matching("example.orgzoe"))


@pytest.mark.parametrize(
    ("text", "plain"), [("ÉCOLE", "ecole"), ("Straße", "strasse"), ("Ørsted", "orsted"), ("李雷", "李雷")]
)
def test_folding(text, plain):
    assert folded(text) == plain


def test_counts_and_members(people):
    assert people.statuses() == {"CONFIRMED": 3}
    assert [user.sub for user in people.members("Billing")] == ["sub-00002"]
    assert people.attribute_names() == ["custom:team", "email", "name"]
