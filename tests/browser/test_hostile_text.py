"""Names that people, groups, files, operators and addresses bring along stay text on every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from services.access.sessions import terminal_actor
from services.audits.questions import save_question
from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.start import NewReview
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions
from services.bulk.plan import plan_file
from services.bulk.saved import save_plan
from services.csv_safe import write_csv
from services.directory.saved_searches import save_search
from services.directory.scan import scan
from services.directory.search_query import parse
from services.directory.snapshots import Snapshots
from services.gateways import gateway_for, target_of
from services.roles import Actor, Origin, Role
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.tasks import SeeOff
from services.schedule.timing import parse as parse_time
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.jobs import Job
from services.store.notices import Channel
from services.store.schedules import RunResult
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, drawn, known_pool, until_shown
from tests.fixtures.store import PASSWORD_HASH

pytestmark = pytest.mark.browser

FAMILY = "👩‍👩‍👧"
LINKS = "https://evil.example/x www.evil.example mail@evil.example"
MARKDOWN = "[here](https://evil.example) *bold* `code` ![p](https://evil.example/p.png) $x$ :red[a] <b>b</b>"
NAME = f"{FAMILY} {LINKS} {MARKDOWN}"
NAMED = "**b** [x](http://evil.example) <img src=x> `c` :red[r] https://evil.example"
GROUP = "https://evil.example/www.evil.example_[a](b)"
PARAMETER = "https://evil.example/?a=www.evil.example"

FOREIGN = """() => [...document.querySelectorAll('a[href], img[src]')]
    .map(made => made.href || made.src)
    .filter(address => !address.startsWith(location.origin) && !address.startsWith('data:'))
    .filter(address => address.includes('evil.example'))"""
MARKED = """() => [...document.querySelectorAll('strong, em, code, del, img, a, [style*="color"]')]
    .filter(made => ['b', 'x', 'c', 'r', 'bold', 'here', 'code', 'a'].includes(made.textContent.trim())
        || /\\/(x|p.png)$/.test(made.src || ''))
    .filter(made => made.getClientRects().length)
    .map(made => made.outerHTML)"""
ESCAPED = """() => [...document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')]
    .flatMap(made => ['aria-label', 'title', 'placeholder', 'alt'].map(name => made.getAttribute(name) || ''))
    .filter(told => /\\\\[^\\s\\w]/.test(told))"""


@pytest.fixture(scope="module")
def pool(cognito: Cognito, console_server: ConsoleServer) -> Iterator[str]:
    """A pool of hostile names, known to the running console as "hostile"; its id."""
    client = cognito.client()
    pool_id = str(client.create_user_pool(PoolName=LINKS.replace("/", "-")[:100])["UserPool"]["Id"])
    client.create_group(UserPoolId=pool_id, GroupName=GROUP, Description=NAME)
    client.admin_create_user(
        UserPoolId=pool_id,
        Username="www.evil.example",
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": "mail@evil.example"},
            {"Name": "name", "Value": NAME},
            {"Name": "profile", "Value": "https://evil.example/profile"},
        ],
    )
    client.admin_add_user_to_group(UserPoolId=pool_id, Username="www.evil.example", GroupName=GROUP)
    with known_pool(console_server.store, cognito, pool_id, "hostile"):
        yield pool_id


@pytest.fixture(scope="module")
def store(console_server: ConsoleServer, pool: str) -> Iterator[Store]:
    """The console's store, with an application that is called such things too."""
    store = console_server.store
    record = store.pools.by_name("hostile")
    address = "https://app.example.com"
    made = store.applications.add(Application(record.id, LINKS, "c" * 26, address, allowed_groups=(GROUP,)))
    yield store
    store.applications.delete(made.id)


def planned(store: Store) -> Job:
    """A plan of a file whose name is a link, too."""
    target = target_of(store.pools.by_name("hostile"))
    gateway = gateway_for(store, target, "tester")
    rows = [("new.one", "new@evil.example", NAME, GROUP), ("www.evil.example", "", LINKS, "")]
    table = read_file(
        write_csv(("username", "email", "name", "groups"), rows), f"{LINKS.replace('/', '-')}.csv"
    )
    columns = recognise(table.header, gateway.describe_pool())
    plan = plan_file(gateway, table, columns, PlanOptions(share=1.0), pool_name="hostile")
    return save_plan(store, plan, target=asdict(target), actor=terminal_actor()())


def sub_of(cognito: Cognito, pool: str) -> str:
    """The sub of the one person of the pool."""
    (user,) = cognito.users(pool)
    return next(str(held["Value"]) for held in user["Attributes"] if held["Name"] == "sub")


def stays_text(page: Page) -> None:
    """No address of others can be followed or is fetched, nothing is told with escapes, emoji are whole."""
    drawn(page)
    assert page.evaluate(FOREIGN) == []
    assert page.evaluate(ESCAPED) == []
    assert page.evaluate(MARKED) == []
    assert "\N{REPLACEMENT CHARACTER}" not in page.locator("body").inner_text()


def test_names_of_others_stay_text_on_every_page(
    sign_in: SignIn, console_server: ConsoleServer, store: Store, pool: str, cognito: Cognito
) -> None:
    sub = sub_of(cognito, pool)
    job = planned(store)
    page = sign_in("ann", "/overview?pool=hostile")
    found: list[str] = []
    person, group = f"user?id={sub}", f"group?name={quote(GROUP, safe='')}"
    lists = ("overview", "users", "groups", "onboarding", "audits", "jobs", "activity", "login_test")
    for path in (*lists, person, group, f"job?id={job.id}", "configuration", "operators", "account"):
        page.goto(f"{console_server.url}/{path}{'&' if '?' in path else '?'}pool=hostile")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        try:
            stays_text(page)
        except AssertionError as error:
            found.append(f"{path}: {error}")
    assert found == []


PATHS = (
    *("users?pool={0}", "job?id={0}", "user?id={0}", "group?name={0}", "activity?id={0}", "users?q={0}"),
    *("sign-in?next={0}", "audits?view={0}", "login_test?app={0}", "onboarding?draft={0}", "users?{0}={0}"),
)


def test_an_address_in_an_address_is_no_link_and_no_message_repeats_it(
    sign_in: SignIn, console_server: ConsoleServer, store: Store
) -> None:
    page = sign_in("ann", "/overview?pool=hostile")
    found: list[str] = []
    for path in PATHS:
        page.goto(f"{console_server.url}/{path.format(quote(PARAMETER, safe=''))}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        try:
            stays_text(page)
            assert "evil" not in " ".join(page.get_by_test_id("stAlert").all_inner_texts())
            assert "evil" not in page.get_by_role("heading", level=1).inner_text()
        except AssertionError as error:
            found.append(f"{path}: {error}")
    assert found == []


@pytest.fixture
def campaign(console_server: ConsoleServer, store: Store) -> Iterator[str]:
    """A review, a schedule, and who leaves by it; all that operators name, themselves included, is a link."""
    actor = terminal_actor()
    record = store.pools.by_name("hostile")
    gateway = gateway_for(store, target_of(record), "tester")
    evil = store.operators.add(
        username="evil",
        name=NAME[:100],
        email="other@evil.example",
        role=Role.MANAGER,
        password_hash=PASSWORD_HASH,
    )
    searched = save_search(store, record, actor, NAMED, parse("name~evil"))
    question = save_question(store, record, actor, NAMED, "SELECT name, email FROM users", NAMED)
    kept = Snapshots(store).save(scan(gateway, pool_name="hostile"))
    review = NewReview(NAMED, (evil.id,), utc_now() + timedelta(days=7), groups=(GROUP,))
    started = Reviews(store, actor).start(Snapshots(store).tables(kept.id), review, record)
    channel = store.channels.add(Channel(NAMED, ("look",), secret="jsons://127.0.0.1/x"))
    store.notices.add("evil", "look", [channel.id], {"title": NAMED, "body": MARKDOWN, "path": "/"})
    day = (utc_now() + timedelta(days=3)).date().isoformat()
    (person,) = gateway.iter_users()
    leaves = SeeOff(people={person.sub: {"username": NAME, "label": NAME}}, last_day=day, source=NAMED)
    work = PlannedWork(store, lambda: Actor(evil.id, evil.username, evil.role, Origin.TERMINAL))
    planned = work.add(record, NewSchedule(NAMED[:80], leaves, parse_time(f"once {day} 23:59"), "UTC", evil))
    run = store.schedule_runs.begin(planned.id, utc_now(), 0)
    store.schedule_runs.end(run, RunResult.FAILED, f"{LINKS} {MARKDOWN}")
    yield f"{started.id} {planned.id} {person.sub} {question.id} {searched.id}"
    work.remove(record, planned.id)
    store.channels.delete(channel.id)
    store.saved_searches.delete(searched.id)
    store.saved_questions.delete(question.id)


def test_what_operators_name_stays_text_too(
    sign_in: SignIn, console_server: ConsoleServer, campaign: str
) -> None:
    page = sign_in("ann", "/overview?pool=hostile")
    found: list[str] = []
    views = ("Ask", "Reviews", "Findings", "Matrix", "Compare", "Access+by+application")
    tabs = [f"audits?tab={view}" for view in views]
    review, schedule, person, question, search = campaign.split()
    lists = ("overview", "users", "groups", "jobs", "schedule", "operators", "activity")
    others = (*lists, "configuration?tab=Notices", f"schedule?schedule={schedule}", f"user?id={person}")
    tabs += [f"audits?campaign={review}", f"audits?ask={question}", f"users?search={search}"]
    for path in (*tabs, *others):
        page.goto(f"{console_server.url}/{path}{'&' if '?' in path else '?'}pool=hostile")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        try:
            stays_text(page)
        except AssertionError as error:
            found.append(f"{path}: {error}")
    assert found == []
    page.goto(f"{console_server.url}/users?search={search}&pool=hostile")
    until_shown(
        lambda: page.get_by_role("button", name="Saved searches").click(), page.get_by_text("Link to “**b**")
    )
    stays_text(page)


def test_open_dialogs_and_what_was_done_stay_text(
    sign_in: SignIn, console_server: ConsoleServer, store: Store, pool: str, cognito: Cognito
) -> None:
    sub = sub_of(cognito, pool)
    page = sign_in("ann", "/overview?pool=hostile")
    person, group = f"user?id={sub}&pool=hostile", f"group?name={quote(GROUP, safe='')}&pool=hostile"
    for path, button in ((group, "Edit…"), (group, "Delete…"), (person, "Disable…"), (person, "Offboard…")):
        page.goto(f"{console_server.url}/{path}")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_test_id("stDialog")).to_be_visible()
        stays_text(page)
    dialog = page.get_by_test_id("stDialog")
    for box in ("Sign out everywhere", "Disable"):
        dialog.get_by_text(box, exact=True).click()
    dialog.get_by_label("Reason").fill(LINKS)
    dialog.get_by_role("button", name="Offboard").click()
    expect(page.locator(".st-key-console-done")).to_contain_text("removed from group")
    stays_text(page)
    for tab in ("Groups", "Security", "Timeline"):
        page.goto(f"{console_server.url}/{person}&tab={tab}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        stays_text(page)
