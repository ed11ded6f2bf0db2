"""What was read is compared with itself, with AWS and with a few people, and says what it lacks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.directory.scan import scan
from tests.services.directory.scan_stub import PEOPLE, failing, person, pool_of, read, values_of


def test_who_came_while_it_was_read_is_added_and_who_left_is_dropped():
    pool = pool_of(50)
    newcomer = type(person(1))(
        **{**values_of(person(900)), "created": datetime.now(UTC) + timedelta(hours=1)}
    )
    pool.members["group0"].append(newcomer)
    pool.members["group1"].append(person(901))
    listed = list(pool.people)
    pool.people.append(newcomer)
    pool.users_page = lambda filter=None, token="", **more: pool._page(listed, token, "u")
    snapshot = read(pool, sharded=False)
    assert snapshot.completeness.complete, snapshot.completeness.sentence
    assert newcomer.sub in snapshot.users["sub"].to_pylist()
    assert person(901).sub not in snapshot.memberships["sub"].to_pylist()
    assert "1 person came into the list through their groups." in snapshot.about.how


def test_somebody_overlooked_by_the_list_makes_it_incomplete():
    pool = pool_of(50)
    listed = [person for person in pool.people if person.sub != pool.members["group0"][1].sub]
    pool.users_page = lambda filter=None, token="", **more: pool._page(listed, token, "u")
    snapshot = read(pool, sharded=False)
    assert not snapshot.completeness.users_known
    assert "1 person in groups was not in the list of people" in snapshot.completeness.sentence
    assert len(snapshot) == 50


def test_groups_lose_no_member_silently_with_the_people_who_were_not_read():
    pool = pool_of(PEOPLE, fault=failing("users 7+"))
    snapshot = read(pool, sharded=True)
    listed = set(snapshot.users["sub"].to_pylist())
    short = {
        name for name, members in pool.members.items() if any(member.sub not in listed for member in members)
    }
    assert short
    assert snapshot.completeness.unread_groups == short
    assert any("Not all members of" in sentence for sentence in snapshot.completeness.missing)


def test_far_fewer_people_than_aws_estimates_are_not_everybody():
    snapshot = scan(pool_of(100, estimate=900))
    assert "100 people were read, but AWS estimates 900." in snapshot.completeness.missing
    assert scan(pool_of(100, estimate=140)).completeness.complete


def test_lists_of_members_that_lack_somebody_are_found_out_by_asking_people():
    pool = pool_of(8)
    whole = pool.members["group0"]
    pool.members_page = lambda group, token="": pool._page(
        whole[1:] if group == "group0" else pool.members[group], token, group
    )
    snapshot = scan(pool)
    assert snapshot.completeness.unread_groups == {"group0"}
    assert "1 of 8 people asked one by one differ" in snapshot.completeness.sentence
