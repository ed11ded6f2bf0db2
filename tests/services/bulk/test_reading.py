"""The pool is read in the cheaper of two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.bulk.reading import NamedPeople, Reader
from services.cognito.filters import UserFilter
from services.cognito.gateway import CognitoGateway
from services.cognito.models import User
from services.cognito.people import NameKind
from services.directory.identify import Name
from tests.services.bulk.conftest import Bulk


def reader(bulk: Bulk) -> Reader:
    return Reader(bulk.gateway, bulk.gateway.describe_pool())


def named(*names: Name) -> NamedPeople:
    wanted = NamedPeople()
    wanted.add(*names)
    return wanted


def test_few_people_are_looked_up_and_many_scanned(staff: Bulk) -> None:
    few = reader(staff)
    people = few.people(named((NameKind.USERNAME, "ann.lindqvist")))
    assert few.reading.way == "look-up"
    assert people.with_username("ann.lindqvist") is not None
    many = reader(staff)
    wanted = named(
        (NameKind.USERNAME, "ann.lindqvist"),
        (NameKind.USERNAME, "bo.li"),
        *((NameKind.EMAIL, f"x{n}@example.com") for n in range(20)),
    )
    people = many.people(wanted)
    assert many.reading.way == "scan"
    assert len(people) == 2


def test_people_are_found_by_any_identity(staff: Bulk) -> None:
    ann = staff.user("ann.lindqvist")
    everything = named(
        (NameKind.SUB, ann.sub),
        *((NameKind.USERNAME, f"n{n}") for n in range(60)),
        (NameKind.EMAIL, ann.email.upper()),
    )
    people = reader(staff).people(everything)
    assert people.with_sub(ann.sub) == ann
    assert people.holders(NameKind.EMAIL, ann.email.upper()) == [ann]


def test_nobody_wanted_reads_no_people(staff: Bulk) -> None:
    asked = reader(staff)
    people = asked.people(NamedPeople())
    assert len(people) == 0
    assert "billing" in people.groups
    assert asked.calls == 1


@pytest.mark.parametrize(
    "groups", [{"billing"}, {"billing", "auditors", "training", "on-call", "legacy-crm"}]
)
def test_memberships_are_the_same_in_both_ways(staff: Bulk, groups: set[str]) -> None:
    users = list(staff.gateway.iter_users())[:4]
    singly = reader(staff)
    people = singly.people(named(*((NameKind.SUB, user.sub) for user in users)))
    singly.memberships(people, users, groups | {"no-such-group"})
    for user in users:
        assert people.groups_of(user) & groups == staff.groups(user.username) & groups


def test_a_pool_far_larger_than_its_estimate_is_not_read_to_the_end(staff: Bulk) -> None:
    pool = replace(staff.gateway.describe_pool(), estimated_users=1)
    large = Reader(staff.gateway, pool)
    people = large.people(named((NameKind.USERNAME, "ann.lindqvist")))
    assert people.with_username("ann.lindqvist") is not None


class HeedsCase(CognitoGateway):
    """A backend whose filter on e-mail addresses tells capital letters apart."""

    def iter_users(self, filter: UserFilter | None = None) -> Iterator[User]:
        for user in super().iter_users(filter):
            if filter is None or filter.attribute != "email" or user.email == filter.value:
                yield user


def test_where_the_filter_heeds_case_nobody_is_missed(staff: Bulk) -> None:
    ann = staff.user("ann.lindqvist")
    wanted = named((NameKind.EMAIL, ann.email.swapcase()))
    assert reader(staff).people(wanted).holders(NameKind.EMAIL, ann.email) == [ann]
    strict = HeedsCase(staff.gateway.settings, staff.gateway.pool_id, client=staff.gateway.client)
    heeding = Reader(strict, strict.describe_pool())
    assert heeding.people(wanted).holders(NameKind.EMAIL, ann.email) == [ann]
    assert heeding.reading.way == "scan"
    assert "capital letters" in heeding.reading.why
