"""One table of what people write, and the same answer at every door."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.terminal import main
from console.users.found import Listed
from services.access.sessions import terminal_actor
from services.audits.differences import DifferenceKind as Difference
from services.audits.expected import against, from_names, from_table
from services.bulk.columns import recognise
from services.bulk.csv_file import CsvTable, read_file
from services.bulk.model import PlanOptions, RowVerdict
from services.bulk.plan import plan_file
from services.bulk.row_actions import RowAction
from services.cognito.actions import DisableUser
from services.cognito.gateway import CognitoGateway
from services.csv_safe import write_csv
from services.directory.cache import forget_everything
from services.directory.identify import Identification, identify, split_list
from services.directory.listing import directory_for
from services.directory.lookup import AskedSource, TablesSource, source_for
from services.directory.pool import pool_of
from services.directory.snapshot import Snapshot
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import forget_opened
from services.login.explain_facts import find
from services.pool_session import open_pool_session
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage

PEOPLE = {
    "ann": {"email": "ann@x.example", "phone_number": "+4915123456789"},
    "zoë": {"email": "zoe@x.example", "preferred_username": "Zo"},
    "bo": {"email": "bo.lindqvist@x.example", "phone_number": "+390669812345"},
    "adfs-corp_CORP\\ann": {"email": "ann.corp@x.example"},
    "Google_1234567": {},
    "dept/hr": {},
    "user0001": {"email": "one@x.example"},
    "twin1": {"email": "twin@x.example"},
    "twin2": {"email": "twin@x.example"},
}
NOBODY, SEVERAL = "(nobody)", "(several)"
TABLE = {
    "ann": "ann",
    "Ann": NOBODY,  # this pool tells capitals from small letters in usernames
    "ann@x.example": "ann",
    "ANN@x.example": "ann",
    "Ann Ek <ann@x.example>": "ann",
    "mailto:ann@x.example": "ann",
    "“ann@x.example”": "ann",
    "ann@x.example\u200b": "ann",
    "+4915123456789": "ann",
    "+49 (0)151 23456789": "ann",
    "0049 151 23456789": "ann",
    "tel:+49-151-23456789": "ann",
    "＋49 151 23456789": "ann",
    "+49 0151 23456789": NOBODY,
    "0151 23456789": NOBODY,
    "+39 06 698 12345": "bo",
    "+39 (0)6 698 12345": "bo",
    unicodedata.normalize("NFD", "zoë"): "zoë",
    "zoe": NOBODY,
    "adfs-corp_CORP\\ann": "adfs-corp_CORP\\ann",
    "CORP\\ann": NOBODY,
    "Google_1234567": "Google_1234567",
    "google_1234567": NOBODY,
    "dept/hr": "dept/hr",
    "user0002": NOBODY,
    "carl@x.example": NOBODY,
    "twin@x.example": SEVERAL,
}


@pytest.fixture(scope="module")
def pool_id(cognito: Cognito) -> str:
    client = cognito.client()
    made = client.create_user_pool(PoolName="doors", UsernameConfiguration={"CaseSensitive": True})
    pool_id = str(made["UserPool"]["Id"])
    for username, attributes in PEOPLE.items():
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        client.admin_create_user(
            UserPoolId=pool_id, Username=username, UserAttributes=listed, MessageAction="SUPPRESS"
        )
    client.create_group(UserPoolId=pool_id, GroupName="all")
    return pool_id


@pytest.fixture
def pool(console_store: Store, cognito: Cognito, pool_id: str) -> Iterator[Store]:
    forget_everything()
    forget_opened()
    connection = console_store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            account="",
            endpoint_url=cognito.url,
            kind=CredentialKind.STATIC,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    console_store.pools.add(PoolRecord(connection_id=connection.id, pool_id=pool_id, name="doors"))
    yield console_store
    forget_everything()


@pytest.fixture
def gateway(pool: Store) -> CognitoGateway:
    return open_pool_session(pool, pool.pools.by_name("doors"), terminal_actor()).gateway


@pytest.fixture
def snapshot(pool: Store, gateway: CognitoGateway) -> Snapshot:
    return SnapshotTask(pool, gateway, terminal_actor(), "doors", 1.0).run(terminal_actor())


def named(answer: Identification) -> str:
    return answer.person.username if answer.person else SEVERAL if answer.users else NOBODY


def file_of(*texts: str) -> CsvTable:
    return read_file(write_csv(("username",), [(text,) for text in texts]), "people.csv")


def test_a_snapshot_and_the_people_that_were_read_and_cognito_itself_answer_alike(
    gateway: CognitoGateway, snapshot: Snapshot
) -> None:
    texts = list(TABLE)
    for source in (
        source_for(directory_for(gateway)),
        TablesSource(pool_of(snapshot)),
        AskedSource(gateway, gateway.describe_pool()),
    ):
        found = dict(zip(texts, map(named, identify(source, texts)), strict=True))
        assert found == TABLE, type(source).__name__


def test_a_plan_means_the_same_people(gateway: CognitoGateway) -> None:
    table = file_of(*TABLE)
    columns = recognise(table.header, gateway.describe_pool())
    plan = plan_file(gateway, table, columns, PlanOptions(action=RowAction.of(DisableUser)))
    for row, (text, meant) in zip(plan.rows, TABLE.items(), strict=True):
        if meant in (NOBODY, SEVERAL):
            assert row.verdict is RowVerdict.INVALID, text
            assert row.person is None
            assert any("different people" in error.what for error in row.errors) == (meant == SEVERAL)
        else:
            assert row.person is not None, text
            assert row.person.username == meant


@pytest.mark.parametrize("pasted", [True, False])
def test_a_list_to_compare_with_means_the_same_people(snapshot: Snapshot, pasted: bool) -> None:
    if pasted:
        wishes = from_names(list(TABLE), "all")
    else:
        table = file_of(*TABLE)
        settings = snapshot.about.pool
        wishes = from_table(table, recognise(table.header, settings), settings, group="all")
    found = against(pool_of(snapshot), wishes).lines
    missing = found[found["kind"] == str(Difference.MISSING)]
    assert set(missing["username"]) == set(TABLE.values()) - {NOBODY, SEVERAL}
    assert len(found[found["kind"] == str(Difference.NO_PERSON)]) == list(TABLE.values()).count(NOBODY)
    assert len(found[found["kind"] == str(Difference.UNCLEAR)]) == list(TABLE.values()).count(SEVERAL)


def test_why_they_cannot_sign_in_is_told_of_the_same_people(gateway: CognitoGateway) -> None:
    directory = directory_for(gateway)
    for text, meant in TABLE.items():
        found = find(directory, text)
        if meant == NOBODY and not (found.user and found.user.username.casefold() == text.casefold()):
            assert found.user is None, text
        elif meant != NOBODY:
            assert found.user is not None, text
            twins = (
                {found.user.username, *(user.username for user in found.others)} if found.others else set()
            )
            assert (found.user.username == meant) or twins == {"twin1", "twin2"}


def test_a_list_pasted_on_the_users_page_names_the_same_people(open_as: OpenPage, pool: Store) -> None:
    page = open_as("sam", "users", pool="doors")
    page.text_area(key="users-pasted-doors").set_value("\n".join(TABLE))
    next(button for button in page.button if "Look them up" in button.label).click().run()
    assert not page.exception
    listed = page.session_state["users-list-doors"]
    assert isinstance(listed, Listed)
    assert len(listed.found) == len(set(TABLE.values()) - {NOBODY, SEVERAL})
    assert [text for text, _ in listed.missing] == [
        entry for text, meant in TABLE.items() if meant == NOBODY for entry in split_list(text)
    ]
    assert listed.ambiguous == 1


@pytest.fixture
def search(
    pool_id: str,
    cognito: Cognito,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], tuple[str, str]]:
    """`search(names)`: what `search --list` writes and says of a file with these names."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    file = tmp_path / "names.txt"

    def run(names: str) -> tuple[str, str]:
        file.write_text(names, encoding="utf-8")
        where = ["--region", cognito.region, "--pool-id", pool_id, "--endpoint-url", cognito.url]
        with pytest.raises(SystemExit):
            main(["search", "--list", str(file), "--format", "csv", "--share", "1", *where])
        shown = capsys.readouterr()
        return shown.out, shown.err

    return run


def test_a_list_in_a_terminal_names_the_same_people_and_says_what_may_help(
    search: Callable[[str], tuple[str, str]],
) -> None:
    out, err = search("\n".join(TABLE))
    found = set(TABLE.values()) - {NOBODY, SEVERAL}
    assert len(read_file(out.encode()).text.strip().splitlines()) == len(found) + 1
    assert all(name in out for name in found)
    missing = next(line for line in err.splitlines() if line.startswith("Not found: "))
    assert missing.removeprefix("Not found: ").split(", ") == [
        text for text, meant in TABLE.items() if meant == NOBODY
    ]
    assert "twin@x.example fits several people" in err
    assert "+49 0151 23456789: After the country code +49 there is a 0 too many" in err
    assert "Ann: ann differs only in capital letters" in err


def test_near_names_are_of_the_same_kind_of_writing_and_never_a_stranger(gateway: CognitoGateway) -> None:
    source = source_for(directory_for(gateway))
    asked = ["bo.lindquist@x.example", "carl@x.example", "user0002", "bo.lindqvist", "+4915123456788"]
    near = [[user.name for user in answer.near] for answer in identify(source, asked)]
    assert near == [["bo.lindqvist@x.example"], [], [], [], []]
