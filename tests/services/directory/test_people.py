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
    ("text", "plain"), [("ÉCOLE", "ecole"), ("Straße", "strasse"), ("Ørsted", "orsted"), ("李雷", "李雷")]
)
def test_folding(text, plain):
    assert folded(text) == plain


def test_counts_and_members(people):
    assert people.statuses() == {"CONFIRMED": 3}
    assert [user.sub for user in people.members("Billing")] == ["sub-00002"]
    assert people.attribute_names() == ["custom:team", "email", "name"]
