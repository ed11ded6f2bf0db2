"""One table of what people write, and the same answer at every door."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.terminal import main
from console.users.found import PastedPeople
from services.access.sessions import terminal_actor
from services.audits.differences import DifferenceKind as Difference
from services.audits.expected import against, from_names, from_table
from services.bulk.columns import recognise
from services.bulk.files.csv_file import CsvTable, read_file
from services.bulk.model import PlanOptions, RowVerdict
from services.bulk.plan import plan_file
from services.bulk.row_actions import RowAction
from services.cognito.actions import DisableUser
from services.cognito.gateway import CognitoGateway
from services.csv_safe import write_csv
from services.directory.cache import forget_everything
from services.directory.finder import find_people
from services.directory.groups import Groups
from services.directory.identify import Identification, identify, split_list
from services.directory.listing import directory_for
from services.directory.lookup import AskedSource, TablesSource, candidates, source_for
from services.directory.pool import pool_of
from services.directory.search import search as search_in
from services.directory.search_query import parse
from services.directory.snapshot import Snapshot
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import Snapshots, forget_opened
from services.errors import UserNotFound
from services.login.explain_facts import find_person
from services.login.flow_steps import found as who_signs_in
from services.login.flow_steps import name_sent
from services.people.creation import NewUser, completed
from services.people.editing import changed_values
from services.pool_session import open_pool_session
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.store import Store
from services.user_pool import Pool
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
    "strauß": {"email": "strauß@x.example"},
    "ek,ann": {},
    'li;"bo"': {},
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
    "„ann@x.example“": "ann",
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
    "STRAUß@x.example": "strauß",
    "STRAUSS@x.example": NOBODY,  # to Cognito "ß" is a letter of its own
    "ek,ann": "ek,ann",
    "ek,bo": NOBODY,
    'li;"bo"': 'li;"bo"',
    "twin@x.example": SEVERAL,
}
NATIONAL = "0151 23456789"
COUNTRIES = {"": TABLE, "DE": TABLE | {NATIONAL: "ann"}}
"""Who is meant, by the country that the pool's phone numbers without a country code are set up to have."""


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


@pytest.fixture(params=COUNTRIES, ids=["no-country", "germany"])
def country(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(country: str) -> dict[str, str]:
    return COUNTRIES[country]


@pytest.fixture
def pool(console_store: Store, cognito: Cognito, pool_id: str, country: str) -> Iterator[Store]:
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
    console_store.pools.add(PoolRecord(connection.id, pool_id, "doors", phone_region=country))
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


def in_list(text: str) -> str:
    """As people paste it among others: in quotes, as in a CSV file, where it holds what stands between."""
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if {",", ";"} & set(text) else text


def file_of(*texts: str) -> CsvTable:
    return read_file(write_csv(("username",), [(text,) for text in texts]), "people.csv")


def test_a_snapshot_and_the_people_that_were_read_and_cognito_itself_answer_alike(
    gateway: CognitoGateway, snapshot: Snapshot, table: dict[str, str]
) -> None:
    texts = list(table)
    for source in (
        source_for(directory_for(gateway)),
        TablesSource(pool_of(snapshot)),
        AskedSource(gateway, gateway.describe_pool()),
    ):
        found = dict(zip(texts, map(named, identify(source, texts)), strict=True))
        assert found == table, type(source).__name__


def test_a_plan_means_the_same_people(gateway: CognitoGateway, table: dict[str, str]) -> None:
    file = file_of(*table)
    columns = recognise(file.header, gateway.describe_pool())
    plan = plan_file(gateway, file, columns, PlanOptions(action=RowAction.of(DisableUser)))
    for row, (text, meant) in zip(plan.rows, table.items(), strict=True):
        if meant in (NOBODY, SEVERAL):
            assert row.verdict is RowVerdict.INVALID, text
            assert row.person is None
            assert any("different people" in error.what for error in row.errors) == (meant == SEVERAL)
        else:
            assert row.person is not None, text
            assert row.person.username == meant


@pytest.mark.parametrize("pasted", [True, False])
def test_a_list_to_compare_with_means_the_same_people(
    snapshot: Snapshot, table: dict[str, str], pasted: bool
) -> None:
    if pasted:
        wishes = from_names(list(table), "all")
    else:
        file = file_of(*table)
        settings = snapshot.about.pool
        wishes = from_table(file, recognise(file.header, settings), settings, group="all")
    found = against(pool_of(snapshot), wishes).lines
    missing = found[found["kind"] == str(Difference.MISSING)]
    assert set(missing["username"]) == set(table.values()) - {NOBODY, SEVERAL}
    assert len(found[found["kind"] == str(Difference.NO_PERSON)]) == list(table.values()).count(NOBODY)
    assert len(found[found["kind"] == str(Difference.UNCLEAR)]) == list(table.values()).count(SEVERAL)


def test_why_they_cannot_sign_in_is_told_of_the_same_people(
    gateway: CognitoGateway, table: dict[str, str]
) -> None:
    directory = directory_for(gateway)
    for text, meant in table.items():
        found = find_person(directory, text)
        if meant == NOBODY and not (found.user and found.user.username.casefold() == text.casefold()):
            assert found.user is None, text
        elif meant != NOBODY:
            assert found.user is not None, text
            twins = (
                {found.user.username, *(user.username for user in found.others)} if found.others else set()
            )
            assert (found.user.username == meant) or twins == {"twin1", "twin2"}


def test_a_list_pasted_on_the_users_page_names_the_same_people(
    open_as: OpenPage, pool: Store, table: dict[str, str]
) -> None:
    page = open_as("sam", "users", pool="doors")
    page.text_area(key="users-pasted-doors").set_value("\n".join(map(in_list, table)))
    next(button for button in page.button if "Look them up" in button.label).click().run()
    assert not page.exception
    listed = page.session_state["users-list-doors"]
    assert isinstance(listed, PastedPeople)
    assert len(listed.found) == len(set(table.values()) - {NOBODY, SEVERAL})
    assert [text for text, _ in listed.missing] == [
        entry for text, meant in table.items() if meant == NOBODY for entry in split_list(in_list(text))
    ]
    assert listed.ambiguous == 1


@pytest.fixture
def search(
    pool_id: str,
    cognito: Cognito,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    country: str,
) -> Callable[[str], tuple[str, str]]:
    """`search(names)`: what `search --list` writes and says of a file with these names."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    file = tmp_path / "names.txt"
    with open_store() as store:
        home = Connection("C", cognito.region, CredentialKind.DEFAULT, endpoint_url=cognito.url)
        store.pools.add(PoolRecord(store.connections.add(home).id, pool_id, "doors", phone_region=country))

    def run(names: str) -> tuple[str, str]:
        file.write_text(names, encoding="utf-8")
        where = ["--region", cognito.region, "--pool-id", pool_id, "--endpoint-url", cognito.url]
        with pytest.raises(SystemExit):
            main(["search", "--list", str(file), "--format", "csv", "--share", "1", *where])
        shown = capsys.readouterr()
        return shown.out, shown.err

    return run


def test_a_list_in_a_terminal_names_the_same_people_and_says_what_may_help(
    search: Callable[[str], tuple[str, str]], table: dict[str, str]
) -> None:
    out, err = search("\n".join(map(in_list, table)))
    found = set(table.values()) - {NOBODY, SEVERAL}
    assert len(read_file(out.encode()).text.strip().splitlines()) == len(found) + 1
    assert all(name.replace('"', '""') in out for name in found)
    missing = next(line for line in err.splitlines() if line.startswith("Not found: "))
    assert missing.removeprefix("Not found: ").split(", ") == [
        text for text, meant in table.items() if meant == NOBODY
    ]
    assert "twin@x.example fits several people" in err
    assert "+49 0151 23456789: After the country code +49 there is a 0 too many" in err
    assert "Ann: ann differs only in capital letters" in err


def test_near_names_are_of_the_same_kind_of_writing_and_never_a_stranger(gateway: CognitoGateway) -> None:
    source = source_for(directory_for(gateway))
    asked = ["bo.lindquist@x.example", "carl@x.example", "user0002", "bo.lindqvist", "+4915123456788"]
    near = [[user.name for user in answer.near] for answer in identify(source, asked)]
    assert near == [["bo.lindqvist@x.example"], [], [], [], []]


# --- a phone number without its country code, where one name is typed ---------------------------


def test_a_condition_on_the_phone_number_reads_it_as_the_pool_does(snapshot: Snapshot, country: str) -> None:
    tables = pool_of(snapshot)
    for text in (NATIONAL, "0151-23456789"):
        rows = search_in(tables, parse(f'phone_number="{text}"')).rows
        assert [person.user.username for person in tables.people(rows)] == (["ann"] if country else [])


@pytest.mark.parametrize(
    "text",
    [NATIONAL, "+49 (0)151 23456789", "0049 151 23456789", "(0151) 2345", "tel:+49-151-23456789"],
)
def test_words_that_are_a_phone_number_find_who_has_it_wherever_is_searched(
    gateway: CognitoGateway, pool: Store, snapshot: Snapshot, text: str
) -> None:
    directory = directory_for(gateway)
    tables = pool_of(snapshot)
    assert [person.user.username for person in tables.people(search_in(tables, parse(text)).rows)] == ["ann"]
    assert [user.username for user in find_people(directory, text).found] == ["ann"]
    assert [user.username for user in candidates(directory, text)[0]] == ["ann"]


@pytest.mark.parametrize(
    "text", ["Ann Ek <ann@x.example>", "MAILTO:ann@x.example", "“ann@x.example”", "ann@x.example; "]
)
def test_an_address_is_found_wherever_is_searched_with_what_stands_round_it(
    gateway: CognitoGateway, pool: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    directory, tables = directory_for(gateway), pool_of(snapshot)
    assert [person.user.username for person in tables.people(search_in(tables, parse(text)).rows)] == ["ann"]
    assert [user.username for user in find_people(directory, text).found] == ["ann"]
    monkeypatch.setattr(directory, "tables", lambda **_: None)
    assert [user.username for user in candidates(directory, text)[0]] == ["ann"]


def test_a_large_pool_is_asked_for_the_number_as_cognito_keeps_it(
    gateway: CognitoGateway, country: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = directory_for(gateway)
    monkeypatch.setattr(directory, "tables", lambda **_: None)
    assert [user.username for user in candidates(directory, NATIONAL)[0]] == (["ann"] if country else [])


def test_another_program_finds_them_by_the_setting_of_the_console(
    gateway: CognitoGateway, pool: Store, country: str
) -> None:
    session = open_pool_session(pool, pool.pools.by_name("doors"), terminal_actor())
    program = Pool(session.gateway, session.changes, None)
    if country:
        assert program.user(NATIONAL).username == "ann"
    else:
        with pytest.raises(UserNotFound):
            program.user(NATIONAL)


def test_a_login_test_knows_who_signs_in_and_sends_the_number_that_cognito_knows(
    cognito: Cognito, pool: Store, country: str, empty_pool: Callable[..., str]
) -> None:
    by_phone = empty_pool(UsernameAttributes=["phone_number"])
    cognito.client().admin_create_user(
        UserPoolId=by_phone, Username="+4915123456789", MessageAction="SUPPRESS"
    )
    home = pool.pools.by_name("doors")
    pool.pools.add(PoolRecord(home.connection_id, by_phone, "by-phone", phone_region=country))
    session = open_pool_session(pool, pool.pools.by_name("by-phone"), terminal_actor())
    user = who_signs_in(session, NATIONAL)
    assert (user is not None) == bool(country)
    sent = name_sent(user, NATIONAL, session.gateway.describe_pool())
    assert sent == ("+4915123456789" if country else NATIONAL)


def test_the_forms_of_one_person_take_it_as_a_file_does(gateway: CognitoGateway, country: str) -> None:
    settings = gateway.describe_pool()
    made = completed(NewUser("new", {"phone_number": NATIONAL}), settings)
    assert made.attributes["phone_number"] == ("+4915123456789" if country else NATIONAL)
    ann = gateway.find_user(username="ann")
    assert ann is not None
    edited = changed_values(ann, {"phone_number": NATIONAL}, settings)
    assert edited == ({} if country else {"phone_number": NATIONAL})


def test_members_of_a_group_are_searched_by_it_too(gateway: CognitoGateway, cognito: Cognito) -> None:
    cognito.client().admin_add_user_to_group(UserPoolId=gateway.pool_id, Username="ann", GroupName="all")
    groups = Groups(directory_for(gateway), (), None)
    members = groups.members("all")
    assert [user.username for user in groups.fitting("all", members, NATIONAL)] == ["ann"]
    cognito.client().admin_remove_user_from_group(UserPoolId=gateway.pool_id, Username="ann", GroupName="all")


def test_a_country_set_later_holds_for_what_was_read_before(
    gateway: CognitoGateway, pool: Store, snapshot: Snapshot
) -> None:
    directory_for(gateway).tables()
    Snapshots(pool).now(snapshot.about.pool_key)
    record = pool.pools.by_name("doors")
    for country, meant in (("DE", "ann"), ("IT", NOBODY), ("", NOBODY)):
        pool.pools.update(replace(record, phone_region=country))
        session = open_pool_session(pool, pool.pools.by_name("doors"), terminal_actor())
        kept = Snapshots(pool).now(snapshot.about.pool_key)
        assert kept is not None
        for source in (source_for(session.directory), TablesSource(kept)):
            assert named(identify(source, [NATIONAL])[0]) == meant
