"""A user pool for other programs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services import ChangeResult, Pool, User, open_pool, user_pool
from services.cognito.quotas import category_of
from services.errors import (
    AliasTaken,
    CredentialsRejected,
    GroupNotFound,
    InvalidValue,
    NotConfigured,
    ReasonMissing,
    UserExists,
    UserNotFound,
)
from services.note_rules import Demand, NoteRules
from services.roles import Actor, Origin, Role
from services.store.activity import Why
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.store import Store
from services.store.vault import KeyRing, new_key
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

KEY = new_key()


@pytest.fixture(autouse=True)
def environment(cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's ordinary environment, and nothing of a console."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cognito.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    for name in ("CONSOLE_DATABASE_URL", "CONSOLE_ENCRYPTION_KEYS", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def pool(cognito: Cognito, empty_pool: Callable[..., str]) -> Iterator[Pool]:
    """Ann and Bo, and the groups billing and support."""
    pool_id = empty_pool()
    for group in ("support", "billing"):
        cognito.client().create_group(UserPoolId=pool_id, GroupName=group)
    with open_pool(pool_id) as opened:
        opened.create_user("ann.lee", attributes={"email": "ann@example.com", "phone_number": "+4989123456"})
        opened.create_user("bo.li", attributes={"email": "bo@example.com"})
        yield opened


def names(pool: Pool, who: str) -> list[str]:
    return [group.name for group in pool.groups_of(who)]


@pytest.mark.parametrize(
    "who",
    [
        "ann.lee",
        "ann@example.com",
        "ANN@example.com",
        "Ann Lee <ann@example.com>",
        "mailto:ann@example.com",
        "+4989123456",
        "+49 (0)89 123456",
        " ann.lee ",
    ],
)
def test_a_person_is_found_by_whatever_they_are_called(pool: Pool, who: str) -> None:
    found = pool.user(who)
    assert isinstance(found, User)
    assert found.username == "ann.lee"
    assert pool.user(found.sub) == found


def test_nobody_is_said_and_several_are_never_guessed(pool: Pool) -> None:
    pool.create_user("ann.too", attributes={"email": "ann@example.com"})
    with pytest.raises(UserNotFound, match="“nobody”"):
        pool.disable_user("nobody")
    with pytest.raises(InvalidValue, match="fits 2 people, so none was taken") as caught:
        pool.delete_user("ann@example.com")
    assert pool.user("ann.lee").sub in caught.value.next_step
    with pytest.raises(UserNotFound):
        pool.disable_user("")


def test_groups_are_joined_and_left_and_a_second_time_nothing_is_sent(pool: Pool) -> None:
    first, second = (pool.add_to_group("ann.lee", "billing") for _ in range(2))
    assert (first.changed, first.before["member"], first.after["member"]) == (True, False, True)
    assert (second.changed, second.after["member"]) == (False, True)
    assert names(pool, "ann.lee") == ["billing"]
    assert [pool.remove_from_group("ann.lee", "billing").changed for _ in range(2)] == [True, False]
    assert names(pool, "ann.lee") == []
    assert [group.name for group in pool.groups()] == ["billing", "support"]


def test_no_group_is_made_by_the_way(pool: Pool) -> None:
    with pytest.raises(GroupNotFound):
        pool.add_to_group("ann.lee", "nowhere")
    assert pool.remove_from_group("ann.lee", "nowhere").changed is False


def test_people_are_disabled_and_enabled_and_a_second_time_nothing_is_sent(pool: Pool, boto: Any) -> None:
    def enabled() -> bool:
        return bool(boto.admin_get_user(UserPoolId=pool.gateway.pool_id, Username="bo.li")["Enabled"])

    assert [pool.disable_user("bo.li").changed for _ in range(2)] == [True, False]
    assert enabled() is False
    assert [pool.enable_user("bo.li").changed for _ in range(2)] == [True, False]
    assert enabled() is True


def test_a_deleted_person_is_gone_and_the_answer_says_who_it_was(pool: Pool) -> None:
    pool.add_to_group("bo.li", "support")
    gone = pool.delete_user(pool.user("bo.li"))
    assert (gone.before["attributes"]["email"], gone.before["groups"]) == ("bo@example.com", ["support"])
    with pytest.raises(UserNotFound):
        pool.delete_user("bo.li")


def test_a_new_person_gets_a_password_by_the_pools_policy_and_groups(pool: Pool) -> None:
    made = pool.create_user("cy.ek", attributes={"email": "cy@example.com"}, groups=["billing"])
    assert made.joined == ("billing",)
    assert len(made.password) >= 8
    assert made.password not in repr(made)
    assert names(pool, "cy.ek") == ["billing"]
    assert pool.add_to_group(made.person, "support").changed


def test_everything_wrong_with_a_person_is_said_before_anything_is_sent(pool: Pool) -> None:
    with pytest.raises(InvalidValue) as caught:
        pool.create_user(
            "dot ty", attributes={"email": "no address"}, groups=["nowhere"], temporary_password="x"
        )
    for part in ("Nobody was created", "no spaces", "E-mail", "“nowhere”", "Temporary password"):
        assert part in caught.value.message
    with pytest.raises(UserExists):
        pool.create_user("bo.li")


def test_an_alias_of_somebody_else_is_refused(empty_pool: Callable[..., str]) -> None:
    with open_pool(empty_pool(UsernameAttributes=["email"])) as mail_pool:
        made = mail_pool.create_user(attributes={"email": "ann@example.com"})
        assert mail_pool.user("ann@example.com").sub == made.person.sub
        with pytest.raises((UserExists, AliasTaken)):
            mail_pool.create_user(attributes={"email": "ann@example.com"})


def test_search_finds_words_anywhere_and_sees_what_was_changed_here(pool: Pool) -> None:
    assert [user.username for user in pool.search("LEE")] == ["ann.lee"]
    pool.create_user("leena.k", attributes={"email": "leena@example.com"})
    assert {user.username for user in pool.search("lee")} == {"ann.lee", "leena.k"}
    assert len(pool.search("example.com", limit=2)) == 2
    assert pool.search("") == ()


def test_search_reads_again_when_told(pool: Pool, boto: Any) -> None:
    pool.search("ann")
    boto.admin_create_user(UserPoolId=pool.gateway.pool_id, Username="elsewhere", MessageAction="SUPPRESS")
    assert pool.search("elsewhere") == ()
    assert [user.username for user in pool.search("elsewhere", refresh=True)] == ["elsewhere"]


def test_somebody_whom_listusers_lacks_yet_can_be_changed(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_pool.AskedSource, "holders", lambda *_: [])
    assert pool.add_to_group("ann.lee", "billing").changed
    with pytest.raises(UserNotFound):
        pool.user("ann.lee")


def test_many_threads_share_one_pool(pool: Pool) -> None:
    people = [f"person.{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(pool.create_user, people))
        results = list(threads.map(lambda name: pool.add_to_group(name, "support"), people))
    assert all(result.changed for result in results)
    assert {member.username for member in pool.gateway.iter_members("support")} == set(people)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """A console's database: its address, and what it holds."""
    url = f"sqlite:///{tmp_path / 'console.db'}"
    with open_store(url, KeyRing((KEY,))) as store:
        yield url, store


def test_with_a_consoles_database_every_change_stands_in_its_log(
    pool: Pool, database: tuple[str, Store]
) -> None:
    url, store = database
    with open_pool(pool.gateway.pool_id, actor="sign-up", database=url, keys=KEY) as logged:
        done = logged.disable_user("ann.lee", reason="order 4711")
        logged.disable_user("ann.lee")
        with pytest.raises(GroupNotFound):
            logged.add_to_group("ann.lee", "nowhere")
    refused, line = store.activity.search()
    assert done == ChangeResult(pool.user("ann.lee").ref, True, line.before, line.after, line.id)
    assert (line.operator_name, line.origin, line.reason) == ("sign-up (program)", "program", "order 4711")
    assert (line.action, line.target_id, line.result) == ("disable_user", done.person.sub, "done")
    assert (refused.action, refused.result) == ("add_to_group", "failed")
    assert line.pool == pool.gateway.pool_id


def test_where_every_change_says_why_a_program_gives_it_once_or_with_each_call(
    pool: Pool, database: tuple[str, Store]
) -> None:
    url, store = database
    admin = Actor("op-1", "Ann Admin", Role.ADMIN, Origin.BROWSER)
    NoteRules(reason_always=True, ticket=Demand.REQUIRED).keep(store, admin, Why(reason="x", ticket="1"))
    pool_id = pool.gateway.pool_id
    with open_pool(pool_id, database=url, keys=KEY) as silent:
        with pytest.raises(ReasonMissing, match=r"Give a reason\. Give the ticket number\. Nothing"):
            silent.disable_user("ann.lee")
        with pytest.raises(ReasonMissing):
            silent.create_user("cy", attributes={"email": "cy@example.com"})
    assert pool.user("ann.lee").enabled
    with open_pool(pool_id, database=url, keys=KEY, reason="nightly clean-up", ticket="OPS-7") as said:
        said.disable_user("ann.lee")
        said.disable_user("bo.li", reason="left the company")
    bo, ann = store.activity.search(action="disable_user")
    assert (ann.reason, ann.ticket) == ("nightly clean-up", "OPS-7")
    assert (bo.reason, bo.ticket) == ("left the company", "OPS-7")


def test_the_log_calls_a_pool_as_the_console_does(
    pool: Pool, database: tuple[str, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, store = database
    main = store.connections.add(Connection(name="Main", region="eu-west-1", kind=CredentialKind.DEFAULT))
    store.pools.add(PoolRecord(main.id, pool.gateway.pool_id, "customers"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", url)
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", KEY)
    with open_pool(pool.gateway.pool_id) as logged:
        logged.enable_user("ann.lee")
        logged.disable_user("ann.lee")
    (line,) = store.activity.search()
    assert (line.pool, line.role) == ("customers", "manager")


def test_without_a_database_nothing_is_written_anywhere(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path))
    with open_pool(pool.gateway.pool_id) as quiet:
        assert quiet.disable_user("bo.li").activity_id == ""
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_no_consoles_yet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured):
        open_pool("eu-west-1_AbCdEf123", database=f"sqlite:///{tmp_path / 'new.db'}", keys=KEY)
    assert list(tmp_path.iterdir()) == []


def test_the_region_is_the_pools_own_else_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert open_pool("eu-west-1_AbCdEf123").gateway.settings.region == "eu-west-1"
    assert open_pool("eu-west-1_AbCdEf123", region="eu-north-1").gateway.settings.region == "eu-north-1"
    assert open_pool("local_AbCdEf123").gateway.settings.region == "us-east-1"
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert open_pool("local_AbCdEf123", profile="work").gateway.settings.region == "eu-central-1"
    with pytest.raises(NotConfigured, match="in which region"):
        open_pool("local_AbCdEf123")
    with pytest.raises(CredentialsRejected):
        open_pool("local_AbCdEf123", profile="gone")


@pytest.mark.parametrize(
    "wrong", [{"share": 0}, {"share": 1.5}, {"region": "nowhere"}, {"endpoint_url": "ftp://x"}]
)
def test_what_can_not_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        open_pool("eu-west-1_AbCdEf123", **wrong)


def test_a_share_keeps_within_a_part_of_the_quota(pool: Pool) -> None:
    with open_pool(pool.gateway.pool_id, share=0.25) as slow:
        assert slow.gateway.client.caller.share == 0.25
        assert slow.user("bo.li").username == "bo.li"


@pytest.mark.parametrize(
    "name", ["create_user", "delete_user", "enable_user", "disable_user", "add_to_group", "remove_from_group"]
)
def test_what_a_call_says_of_its_quota_is_so(name: str) -> None:
    text = " ".join((getattr(Pool, name).__doc__ or "").split())
    said = re.search(r"\((\w+); category (\w+), (\d+) a second\)", text)
    assert said is not None
    category = category_of(said[1])
    assert (category.name, category.rps) == (said[2], float(said[3]))


@pytest.mark.parametrize(
    "first", ["import services", "import services.user_pool", "from services import User, open_pool"]
)
def test_imports_work_in_any_order_and_the_package_alone_is_cheap(first: str) -> None:
    cheap = "import sys, services; print('botocore' in sys.modules, 'sqlalchemy' in sys.modules)"
    later = f"{first}; from services import Pool, open_pool; print(open_pool.__module__)"
    ran = subprocess.run(
        [sys.executable, "-c", f"{cheap}\n{later}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert ran.stdout.split() == ["False", "False", "services.user_pool"]
