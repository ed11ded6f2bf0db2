"""Overview, Users, Groups and Audits say the same about one pool, small or large, as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from demo.install import install_pools
from services.access.sessions import terminal_actor
from services.cognito.actions import AddToGroup, DisableUser
from services.directory import listing
from services.directory.cache import forget_everything
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import forget_opened
from services.errors import CognitoError
from services.pool_session import PoolSession, open_pool_session
from services.store.store import Store
from tests.fixtures.cognito import SMALL_EMAIL_PEOPLE, SMALL_PEOPLE, Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import tables

PAGES = ("overview", "users", "groups", "audits")


@pytest.fixture(autouse=True)
def store(console_store: Store, cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The demo's pools: the staff are many, the customers few."""
    assert SMALL_EMAIL_PEOPLE < SMALL_PEOPLE
    forget_everything()
    forget_opened()
    monkeypatch.setattr(listing, "WHOLE_POOL_UP_TO", SMALL_EMAIL_PEOPLE)
    install_pools(console_store, cognito.url)
    yield console_store
    forget_everything()
    forget_opened()


def session(store: Store, name: str) -> PoolSession:
    return open_pool_session(store, store.pools.by_name(name), terminal_actor())


def read(store: Store, name: str) -> None:
    """Take a snapshot."""
    SnapshotTask(store, session(store, name).gateway, terminal_actor(), name, 1.0).run(terminal_actor())


def words(app: AppTest) -> str:
    shown = [*app.markdown, *app.info, *app.warning, *app.metric]
    return (
        "\n".join(str(element.value) for element in shown)
        .replace("\\", "")
        .replace("\N{WORD JOINER}", "")
        .replace("*", "")
    )


def told(app: AppTest) -> tuple[int, ...]:
    """People, groups and memberships, as the line on top of a page says."""
    assert not app.exception
    found = re.search(
        r"Directory read .* · ([\d,]+) people · ([\d,]+) groups? · ([\d,]+) membership", words(app)
    )
    assert found, words(app)
    return tuple(int(number.replace(",", "")) for number in found.groups())


def found_by(open_as: OpenPage, pool: str, **wanted: str) -> int:
    """How many people the users page lists for a filter of its address."""
    page = open_as("ada", "users", pool=pool, **wanted)
    found = re.search(r"([\d,]+)(?: of [\d,]+)? people(?:$|\n)", words(page))
    assert found, words(page)
    return int(found.group(1).replace(",", ""))


def numbers(open_as: OpenPage, pool: str) -> dict[str, object]:
    """What the four pages say, after they were compared with each other."""
    apps = {page: open_as("ada", page, pool=pool) for page in PAGES}
    lines = {page: told(app) for page, app in apps.items()}
    assert len(set(lines.values())) == 1, lines
    people, groups, memberships = lines["overview"]
    figures = {metric.label: metric.value for metric in apps["overview"].metric}
    assert figures["People"] == str(people) == str(found_by(open_as, pool))
    assert figures["Disabled"] == str(found_by(open_as, pool, account="disabled"))
    assert figures["In no group"] == str(found_by(open_as, pool, ungrouped="1"))
    assert figures["Invitations expired"] == str(found_by(open_as, pool, status="expired"))
    states_agree(open_as, pool, apps["overview"])
    automatic = re.search(r"([\d,]+) more (?:is|are) only in groups that", words(apps["overview"]))
    lonely = tables(open_as("ada", "audits", pool=pool, rule="in_no_group"))[0].value
    assert len(lonely) == int(figures["In no group"]) + (int(automatic.group(1)) if automatic else 0)
    sizes = dict(tables(apps["groups"])[0].value.set_index("Group")["Members"])
    assert (len(sizes), sum(sizes.values())) == (groups, memberships)
    for name, size in sizes.items():
        assert found_by(open_as, pool, group=name) == size, name
    return {"people": people, "disabled": int(figures["Disabled"]), "members": sizes}


def states_agree(open_as: OpenPage, pool: str, overview: AppTest) -> None:
    """How many stand where: the chips of the users page, the chart of the overview, findings, members."""
    users = open_as("ada", "users", pool=pool)
    chips = next(group for group in users.button_group if group.key == f"users-status-{pool}")
    shown = (option.replace("\N{WORD JOINER}", "").rpartition(" ") for option in chips.options)
    by_chip = {title: int(number.replace(",", "")) for title, _, number in shown}
    spec = next(text for text in specs(overview) if "People by status." in text)
    by_chart = {
        title: int(enabled) + int(disabled)
        for title, enabled, disabled in re.findall(r"([A-Z][\w ,]+): (\d+) enabled, (\d+) disabled", spec)
    }
    assert by_chip == by_chart
    expired = by_chip["Invitation expired"]
    assert expired == len(tables(open_as("ada", "audits", pool=pool, rule="invitation_expired"))[0].value)
    found = (group for group in overview.metric if group.label == "Invitations expired")
    assert next(found).value == f"{expired:,}"


def specs(app: AppTest) -> list[str]:
    return [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def pick(pool_session: PoolSession, group: str):
    """Somebody enabled who isn't in the group."""
    inside = {member.sub for member in pool_session.gateway.iter_members(group)}
    return next(user for user in pool_session.gateway.iter_users() if user.enabled and user.sub not in inside)


@pytest.mark.parametrize("pool", ["staff", "customers"])
def test_every_page_says_the_same_before_and_after_a_change_made_here(
    open_as: OpenPage, store: Store, cognito: Cognito, pool: str
) -> None:
    read(store, pool)
    before = numbers(open_as, pool)
    pool_session = session(store, pool)
    assert (pool_session.directory.tables() is None) == (pool == "staff")
    group = min(name for name, size in before["members"].items() if 0 < size < before["people"])
    person = pick(pool_session, group)
    pool_session.changes.perform(DisableUser(person.ref), reason="left")
    pool_session.changes.perform(AddToGroup(person.ref, group), reason="")
    after = numbers(open_as, pool)
    assert after["people"] == before["people"]
    assert after["disabled"] == before["disabled"] + 1
    assert after["members"] == {**before["members"], group: before["members"][group] + 1}
    for page in PAGES:
        assert "1 person changed here since" in words(open_as("ada", page, pool=pool)), page
    members = open_as("ada", "group", pool=pool, name=group)
    assert told(members) == told(open_as("ada", "users", pool=pool))
    assert f"{after['members'][group]:,} members" in words(members)
    pool_id = getattr(cognito, pool)
    assert len(cognito.members(pool_id, group)) == after["members"][group]


def test_a_large_pool_that_was_never_read_is_shown_as_cognito_gives_it_and_says_so(open_as: OpenPage) -> None:
    for page in ("overview", "users", "groups"):
        said = words(open_as("ada", page, pool="staff"))
        assert "No reading of this user pool is kept yet" in said, page
        assert "Directory read" not in said, page
    groups = open_as("ada", "groups", pool="staff")
    assert "asked of Cognito just now" in words(groups)
    assert "Members" not in tables(groups)[0].value
    assert "asked of Cognito just now" in words(open_as("ada", "group", pool="staff", name="billing"))


def test_a_small_pool_is_read_again_on_request(open_as: OpenPage, cognito: Cognito) -> None:
    page = open_as("ada", "groups", pool="customers")
    people, groups, _ = told(page)
    cognito.client().create_group(UserPoolId=cognito.customers, GroupName="made-elsewhere")
    page.button(key="pool-again").click().run()
    assert told(page)[:2] == (people, groups + 1)
    assert "made-elsewhere" in list(tables(page)[0].value["Group"])


def test_whoever_read_a_small_pool_last_every_page_shows_that_reading(
    open_as: OpenPage, store: Store, cognito: Cognito
) -> None:
    read(store, "customers")
    before = numbers(open_as, "customers")
    cognito.client().create_group(UserPoolId=cognito.customers, GroupName="made-in-between")
    open_as("ada", "users", pool="customers").button(key="pool-again").click().run()
    after = numbers(open_as, "customers")
    assert after["members"] == {**before["members"], "made-in-between": 0}
    cognito.client().delete_group(UserPoolId=cognito.customers, GroupName="made-in-between")
    read(store, "customers")
    assert numbers(open_as, "customers") == before


def test_a_small_pool_that_can_not_be_read_just_now_is_audited_as_it_was_kept(
    open_as: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(store, "customers")
    forget_everything()

    def unreachable(*_: object, **__: object) -> None:
        raise CognitoError("AWS did not answer.")

    monkeypatch.setattr(listing.Directory, "tables", unreachable)
    assert told(open_as("ada", "audits", pool="customers"))[0] > 0
