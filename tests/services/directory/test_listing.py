import pytest

from services.cognito.models import Group
from services.directory import listing
from services.directory.cache import PoolCache, forget_everything
from services.directory.invitations import InvitationLog
from services.directory.listing import Directory, directory_for
from services.directory.people import Person
from tests.services.directory.pool_stub import Clock, PoolInMemory, somebody
from tests.services.directory.test_pool import read


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pool():
    return PoolInMemory(
        users=[somebody(number) for number in range(5)],
        members={"billing": ["sub-00000", "sub-00001"], "Audit": ["sub-00000"], "empty": []},
    )


@pytest.fixture
def directory(pool, clock):
    return Directory(pool, PoolCache(clock))


def test_a_small_pool_is_read_whole_with_everybodys_groups(directory):
    tables = directory.tables()
    assert tables is not None
    assert len(tables) == 5
    assert tables.completeness.complete
    assert tables.person("sub-00000").groups == ("Audit", "billing")
    assert tables.person("sub-00004").groups == ()
    assert tables.group_sizes() == {"billing": 2, "Audit": 1, "empty": 0}


def test_the_tables_call_the_pool_as_the_console_does_and_else_as_aws_does(pool, clock, store):
    named = Directory(pool, PoolCache(clock), InvitationLog(store, pool.pool_id, "staff"))
    assert named.tables().about.pool_name == "staff"
    assert Directory(pool, PoolCache(clock)).tables().about.pool_name == pool.describe_pool().name


def test_it_costs_one_listing_per_group_and_nothing_per_person(directory, pool):
    directory.tables()
    assert sorted(pool.calls) == [
        "iter_users",
        "list_groups",
        "members Audit",
        "members billing",
        "members empty",
    ]


def test_a_second_look_costs_nothing_until_it_is_old(directory, pool, clock):
    directory.tables()
    pool.calls.clear()
    clock.forward(minutes=4)
    directory.tables()
    assert pool.calls == []
    clock.forward(minutes=2)
    directory.tables()
    assert "iter_users" in pool.calls


def test_refresh_reads_again(directory, pool):
    directory.tables()
    pool.users.append(somebody(77))
    assert len(directory.tables()) == 5
    assert len(directory.tables(refresh=True)) == 6


def test_a_pool_estimated_large_is_not_read_whole(directory, pool):
    pool.estimate = 20_000
    assert directory.tables() is None
    assert directory.is_large()
    assert pool.calls == []


def test_a_stale_estimate_is_found_out_and_remembered(directory, pool, clock):
    pool.users = [somebody(number) for number in range(listing.TOO_MANY + 100)]
    pool.estimate = 12
    assert directory.tables() is None
    assert directory.is_large()
    pool.calls.clear()
    assert directory.tables() is None
    assert pool.calls == []
    clock.forward(hours=2)
    assert not directory.is_large()


def test_groups_that_cannot_be_read_are_said_to_be_missing(directory, pool):
    pool.broken = {"members Audit"}
    tables = directory.tables()
    assert not tables.completeness.complete
    assert tables.completeness.missing == (
        "The members of Audit could not be read: AWS refused members Audit.",
    )
    assert tables.person("sub-00000").groups == ("billing",)


def test_without_any_groups_nobody_is_taken_for_being_in_none(directory, pool):
    pool.broken = {"list_groups"}
    tables = directory.tables()
    assert tables.person("sub-00000").groups is None
    assert tables.completeness.missing == ("The groups could not be read: AWS refused list_groups.",)


def test_whoever_is_in_a_group_is_in_the_pool_even_before_the_list_shows_them(directory, pool):
    late = somebody(9)
    pool.iter_users = lambda filter=None: iter(pool.users[:5])
    pool.users.append(late)
    pool.members["billing"].append(late.sub)
    assert directory.tables().person(late.sub) == read(late, ("billing",))


def test_progress_is_told_in_the_thread_that_asked(directory, pool):
    pool.users = [somebody(number) for number in range(130)]
    told = []
    directory.tables(progress=lambda done, expected: told.append((done, expected)))
    assert told == [(60, 130), (120, 130)]


def test_a_page_of_a_large_pool_brings_the_groups_of_those_on_it(directory, pool):
    pool.page_rows = 3
    page = directory.page()
    assert [person.groups for person in page.people] == [("Audit", "billing"), ("billing",), (), (), ()]
    assert page.token == ""
    assert pool.calls.count("groups_of") == 5


def test_a_page_stops_when_it_is_full_and_the_next_follows(directory, pool):
    pool.users = [somebody(number) for number in range(150)]
    first = directory.page()
    assert len(first.people) == 60
    second = directory.page(token=first.token)
    assert second.people[0].user.sub == "sub-00060"
    pool.calls.clear()
    assert directory.page() == first
    assert pool.calls == []


def test_people_whose_groups_could_not_be_read_are_not_shown_as_being_in_none(directory, pool):
    pool.broken = {"groups_of"}
    page = directory.page()
    assert {person.groups for person in page.people} == {None}
    assert page.missing == ("The groups of 5 people could not be read: AWS refused groups_of.",)


class EmailIs:
    """A filter as the gateway takes it."""

    def __init__(self, value):
        self.value = value

    def expression(self):
        return f'email = "{self.value}"'

    def matches(self, user):
        return user.email == self.value


def test_a_backend_that_ignores_the_filter_does_not_turn_it_into_everybody(directory):
    page = directory.page(EmailIs("user00003@example.org"))
    assert [person.user.sub for person in page.people] == ["sub-00003"]


def test_one_person_is_read_fresh_and_kept_for_a_moment(directory, pool, clock):
    look = directory.person("sub-00001")
    assert look.person == Person(somebody(1), ("billing",))
    assert look.read_at == clock()
    pool.calls.clear()
    directory.person("sub-00001")
    assert pool.calls == []
    clock.forward(seconds=31)
    directory.person("sub-00001")
    assert pool.calls == ["find_user", "groups_of"]


def test_nobody_is_found_under_an_unknown_sub(directory):
    assert directory.person("nobody") is None


def test_groups_come_from_what_was_read_already(directory, pool):
    directory.tables()
    pool.calls.clear()
    assert directory.groups() == (Group("billing"), Group("Audit"), Group("empty"))
    assert pool.calls == []


def test_everybody_in_the_process_shares_one_reading(pool):
    forget_everything()
    directory_for(pool).tables()
    pool.calls.clear()
    directory_for(pool).tables()
    assert pool.calls == []
    forget_everything()
