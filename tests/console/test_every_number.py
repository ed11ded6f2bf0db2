"""Every number that a page shows is counted once more, from what boto3 answers about the pool.

A page may show no other number: what stands on it with a digit in it is either counted here or is named
as what it is (a length of time, an option). So a number that is added to a page fails here until it is
counted.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from demo.install import STAFF_AUDIT, install_pools
from services.access.sessions import terminal_actor
from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.start import NewReview
from services.audits.rules import RULES
from services.audits.thresholds import keep_thresholds
from services.directory.cache import forget_everything
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import Snapshots, forget_opened
from services.directory.standing import AccessVerdict
from services.pool_session import open_pool_session
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator
from services.store.store import Store
from services.words import counted
from tests.console.raw_pool import RawPool, applications, attributes, numbers, raw_pool
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import table_with, tables
from tests.services.audits.reviews.reviewed import acting
from tests.services.bulk.conftest import bulk_on

POOL = "staff"
TEXTS = {"body", "label", "content", "text", "title"}
SEVERITIES = {"high": "high", "medium": "medium", "low": "low", "info": "to know"}
NOT_COUNTED = (
    r"Read on .* in (under )?\d+ s\.",  # when and how long
    r"Invitations that expire within 2 days",
    r"Near Cognito's limit of 100 groups",
    r"Precedence \d+",
    r"In exactly these groups.*",
)
"""What is no count, but a length of time, an option or a limit of AWS's."""


@pytest.fixture
def staff(console_store: Store, cognito: Cognito) -> Iterator[Store]:
    """The demo's pools, and the staff read."""
    forget_everything()
    forget_opened()
    install_pools(console_store, cognito.url)
    session = open_pool_session(console_store, console_store.pools.by_name(POOL), terminal_actor())
    keep_thresholds(console_store, session.gateway.pool_key, STAFF_AUDIT)
    SnapshotTask(console_store, session.gateway, terminal_actor(), POOL, 1.0).run(terminal_actor())
    yield console_store
    forget_everything()
    forget_opened()


@pytest.fixture
def raw(staff: Store, cognito: Cognito) -> RawPool:
    return raw_pool(cognito, cognito.staff)


def shown(app: AppTest) -> Counter[str]:
    """Every text of a page with a digit in it, as people read it, and how often it is there."""
    assert not app.exception
    found: list[str] = []
    for element in walked(app.main):
        if element.type in ("arrow_data_frame", "code"):
            continue
        options = element.type in ("selectbox", "multiselect", "select_slider", "date_input")
        found += texts(MessageToDict(element.proto), () if options else TEXTS) if element.proto else ()
    return Counter(plain(text) for text in found if re.search(r"\d", text))


def walked(block) -> Iterator:
    for child in block.children.values():
        if getattr(child, "proto", None) is not None:
            yield child
        if hasattr(child, "children"):
            yield from walked(child)


def texts(told: object, wanted: Iterable[str], name: str = "") -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield from texts(value, wanted, key)
    elif isinstance(told, list):
        for value in told:
            yield from texts(value, wanted, name)
    elif isinstance(told, str) and name in wanted:
        yield told


def plain(text: str) -> str:
    """A text without its marks."""
    text = re.sub(r":[a-z]+-badge\[(.*?)\]", r"\1", re.sub(r":material/\w+:", "", text))
    return re.sub(r"\\(.)", r"\1", text).replace("**", "").replace("\N{WORD JOINER}", "").strip()


def holds(app: AppTest, *wanted: str) -> None:
    """The page shows these texts, as often as they are named, and no other number."""
    page = shown(app)
    for text in list(page):
        if any(re.fullmatch(known, text, re.DOTALL) for known in NOT_COUNTED):
            del page[text]
    assert page == Counter(text for text in wanted if re.search(r"\d", text))


def table(app: AppTest, number: int = 0) -> pd.DataFrame:
    return tables(app)[number].value


def line(raw: RawPool) -> str:
    """The line on top of the pages of a pool."""
    return (
        f"Directory read just now · {counted(len(raw.people), 'person', 'people')} · "
        f"{counted(len(raw.groups), 'group')} · {counted(raw.memberships, 'membership')}"
    )


def audit_line(raw: RawPool) -> tuple[str, ...]:
    """The same on pages that read for an audit, with how it was read."""
    people, groups = len(raw.people), len(raw.groups)
    pages = sum(max(1, -(-len(inside) // 60)) for inside in raw.members.values())
    return (
        line(raw),
        f"- People were read page after page.\n- AWS estimates {people} people; {people} were read.\n"
        f"- Members were read group by group: {pages} calls for {groups} groups, where asking each person "
        f"takes {people}.\n- The groups of 10 people, asked one by one, agree with the lists of members.",
    )


def in_words(rule_id: str, found: set) -> str:
    """How many findings a rule has, as its line says."""
    people, groups = numbers(found)
    if rule_id == "role_group":
        return f"{counted(groups, 'group')}, {counted(people, 'person', 'people')}"
    about = {"empty_group": "group", "equal_precedence": "group", "application_open_to_nobody": "application"}
    if rule_id in about:
        return counted(len(found), about[rule_id])
    return counted(people, "person", "people")


def test_overview(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ada", "overview", pool=POOL)
    alone = raw.count(lambda person: not raw.held[person["Username"]])
    automatic = raw.count(raw.only_automatic)
    expired, out = raw.states()["Invitation expired"], raw.states(enabled=False)["Invitation expired"]
    assert (automatic, out, expired) == (2, 1, 3)  # or the next sentence would be another
    holds(
        app,
        line(raw),
        *(
            f"{number}"
            for number in (len(raw.people), raw.count(lambda person: not person["Enabled"]), alone)
        ),
        f"{expired}",
        f"{automatic} more are only in groups that Cognito fills by itself; the audit counts them as in no "
        f"group. {out} of {expired} with an expired invitation is disabled.",
    )
    charts = [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    on, off = raw.states(enabled=True), raw.states(enabled=False)
    by_state = re.findall(r"([A-Z][\w ,]+): (\d+) enabled, (\d+) disabled", charts[0])
    assert {title: (int(yes), int(no)) for title, yes, no in by_state} == {
        title: (on[title], off[title]) for title in raw.states()
    }
    weeks = raw.weeks()
    assert f"People by week, {sum(weeks.values())} joined and 0 left in all." in charts[1]
    joined = re.findall(r"(\d+ \w+): (\d+) joined, 0 left", charts[1])
    assert joined == [(f"{day.day} {day:%B}", f"{number}") for day, number in weeks.items()]
    findings = raw.findings()
    told = dict(zip(table(app, 1)["What"], table(app, 1)["Found"], strict=True))
    titles = {rule.title: rule.id for rule in RULES}
    assert len(told) == min(10, sum(map(bool, findings.values())))
    for title, words in told.items():
        assert words == in_words(titles[title], findings[titles[title]]), title
    assert len(table(app, 0)) == len(findings["invitation_expiring"])


def test_users(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ada", "users", pool=POOL)
    chips = [f"{title} {number}" for title, number in raw.states().items()]
    holds(app, line(raw), counted(len(raw.people), "person", "people"), *chips)
    assert len(table(app)) == len(raw.people)
    kinds = Counter(app_status.partition(", expires")[0] for app_status in table(app)["status"])
    assert kinds["Active"] == raw.states(enabled=True)["Active"]
    assert sum(kind.startswith("Disabled") for kind in table(app)["status"]) == raw.count(
        lambda person: not person["Enabled"]
    )


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"account": "disabled"}, lambda raw, person: not person["Enabled"]),
        ({"account": "enabled"}, lambda raw, person: person["Enabled"]),
        ({"ungrouped": "1"}, lambda raw, person: not raw.held[person["Username"]]),
        ({"group": "billing"}, lambda raw, person: "billing" in raw.held[person["Username"]]),
        ({"status": "expired"}, lambda raw, person: raw.state(person) == "Invitation expired"),
        ({"status": "invited"}, lambda raw, person: raw.state(person) == "Invited"),
        ({"status": "active"}, lambda raw, person: raw.state(person) == "Active"),
    ],
    ids=lambda value: "-".join(next(iter(value.items()))) if isinstance(value, dict) else "",
)
def test_users_by_filter(open_as: OpenPage, raw: RawPool, query: dict[str, str], fits) -> None:
    app = open_as("ada", "users", pool=POOL, **query)
    wanted = raw.count(lambda person: fits(raw, person))
    said = next(text for text in shown(app) if re.fullmatch(r"[\d,]+ (of [\d,]+ )?(people|person)", text))
    assert said == f"{wanted} of {counted(len(raw.people), 'person', 'people')}"
    assert len(table(app)) == wanted


def test_groups(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ada", "groups", pool=POOL)
    used = {name for allowed in applications().values() for name in allowed}
    unused = sum(group["GroupName"] not in used for group in raw.groups)
    holds(app, line(raw), f"{counted(len(raw.groups), 'group')} · {unused} used by no application")
    listed = table(app)
    assert dict(zip(listed["Group"], listed["Members"], strict=True)) == {
        name: len(inside) for name, inside in raw.members.items()
    }
    precedences = {group["GroupName"]: group.get("Precedence") for group in raw.groups}
    for name, number in zip(listed["Group"], listed["Precedence"], strict=True):
        assert (None if pd.isna(number) else number) == precedences[name], name


def test_the_page_of_each_group(open_as: OpenPage, raw: RawPool) -> None:
    for group in raw.groups:
        name, inside = group["GroupName"], raw.members[group["GroupName"]]
        app = open_as("ada", "group", pool=POOL, name=name)
        said = counted(len(inside), "member")
        page = shown(app)
        assert page.pop(line(raw)) == 1
        assert page.pop(said) == (2 if inside else 1), name
        # what is left is the group's own description, name and precedence
        own = {group.get("Description", ""), name, f"Precedence {group.get('Precedence')}"}
        own |= {f"Gives the AWS role {group.get('RoleArn')}", *(group.get("RoleArn", ""),)}
        left = {text for text in page if text not in own and name not in text}
        assert not {text for text in left if text not in group.get("Description", "")}, name
        if inside:
            assert len(table(app)) == len(inside), name


def test_findings_and_each_rule(open_as: OpenPage, raw: RawPool) -> None:
    findings = raw.findings()
    found = {rule.id: findings[rule.id] for rule in RULES if findings[rule.id]}
    severities = Counter(str(rule.severity) for rule in RULES if rule.id in found)
    in_all = ", ".join(
        f"{severities[severity]} {word}" for severity, word in SEVERITIES.items() if severities[severity]
    )
    holds(
        open_as("ada", "audits", pool=POOL, tab="Findings"),
        *audit_line(raw),
        f"{len(found)} rules have findings: {in_all}",
        *(in_words(id, listed) for id, listed in found.items()),
    )
    for id, listed in found.items():
        app = open_as("ada", "audits", pool=POOL, rule=id)
        assert in_words(id, listed) in shown(app), id
        assert len(table(app)) == len(listed), id


def test_matrix(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ada", "audits", pool=POOL, tab="Matrix")
    people, groups = counted(len(raw.people), "person", "people"), counted(len(raw.groups), "group")
    pages = -(-len(raw.people) // len(table(app)))
    page = shown(app)
    for text in (*audit_line(raw), f"{people} × {groups}"):
        assert page.pop(text) == 1, text
    assert pages == 2
    names = sorted(raw.members, key=str.casefold)
    held = Counter(dict.fromkeys(names, 0))
    held_by = {username: set(groups) for username, groups in raw.held.items()}
    by_name = dict(zip((f"group {number}" for number in range(len(names))), columns(app), strict=True))
    for _, row in table(app).iterrows():
        ticked = {name for column, name in by_name.items() if row[column] == "✓"}
        assert ticked == held_by[row["Username"]], row["Username"]
        assert row["Groups"] == len(ticked)
        held.update(ticked)
    assert set(by_name.values()) == set(names)


def columns(app: AppTest) -> list[str]:
    """The groups that the columns are about, as their headings tell."""
    sent = tables(app)[0].sent["columns"]
    return [column["title"] for column in sent if column["name"].startswith("group ")]


@pytest.mark.parametrize("view", ["Group sizes", "Status by group", "Overlap", "Combinations"])
def test_pictures_of_the_matrix(open_as: OpenPage, raw: RawPool, view: str) -> None:
    app = open_as("ada", "audits", pool=POOL, tab="Matrix", **{"matrix-view": view})
    (chart,) = app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    said = re.search(r'"description": "([^"]*)"', str(chart.proto.spec).replace('\\"', "'"))
    assert said
    words = said[1].encode().decode("unicode_escape")
    if view == "Group sizes":
        told = dict(re.findall(r"([^:;.]+): (\d+)", words.partition(". ")[2]))
        assert {name.strip(): int(number) for name, number in told.items()} == {
            name: len(inside) for name, inside in raw.members.items()
        }
    elif view == "Status by group":
        held = Counter(raw.state(person) for person in raw.people for _ in raw.held[person["Username"]])
        told = dict(re.findall(r"([A-Z][^:;.]+): (\d+) memberships", words))
        assert {name: int(number) for name, number in told.items()} == dict(held)
    elif view == "Overlap":
        most = max(raw.pairs().values())
        (told_most,) = re.findall(r"Most shared: .*, (\d+) people", words)
        assert int(told_most) == most
    else:
        exact = Counter(held for held in raw.held.values())
        told_exact = [int(number) for number in re.findall(r": ([\d,]+)", words)]
        assert told_exact == sorted(exact.values(), reverse=True)[: len(told_exact)]


def test_access_by_application(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ada", "audits", pool=POOL, tab="Access by application")
    listed = table(app, 0).set_index("Application")
    for name in applications():
        wanted = raw.access(name)
        row = listed.loc[name]
        told = tuple(row[verdict.heading] for verdict in AccessVerdict)
        assert told == tuple(wanted[verdict] for verdict in ("Yes", "Step", "No", "Untold")), name
    first = next(iter(applications()))
    wanted = raw.access(first)
    sentence = f"{first}: {counted(wanted['Yes'], 'person', 'people')} can sign in"
    if wanted["Step"]:
        sentence += f", {wanted['Step']} more after a step of their own"
    sentence += f"; {wanted['No']} more in its groups can't"
    if wanted["Untold"]:
        sentence += f", and of {wanted['Untold']} more it can't be told"
    holds(app, *audit_line(raw), f"{sentence}.")
    assert len(table(app, 1)) == wanted.total()


def test_groups_by_application_in_the_configuration(open_as: OpenPage, raw: RawPool) -> None:
    app = open_as("ann", "configuration", pool=POOL, tab="Applications")
    uses = Counter(name for allowed in applications().values() for name in allowed)
    several = sum(number > 1 for number in uses.values())
    tied_to_none = sum(group["GroupName"] not in uses for group in raw.groups)
    (said,) = [text for text in shown(app) if " groups: " in text]
    assert said.startswith(
        f"{counted(len(raw.groups), 'group')}: {several} opens several applications, {tied_to_none} are tied"
    )


def test_the_groups_of_a_person(open_as: OpenPage, raw: RawPool) -> None:
    person = max(raw.people, key=lambda person: (len(raw.held[person["Username"]]), person["Username"]))
    app = open_as("ada", "user", pool=POOL, id=attributes(person)["sub"], tab="Groups")
    listed = table_with(app, "Group")
    assert set(listed["Group"]) == raw.held[person["Username"]]
    assert len(listed) == len(raw.held[person["Username"]])


@pytest.fixture
def review(staff: Store, cast: dict[str, Operator], raw: RawPool) -> tuple[Campaign, Counter[str]]:
    """A review of billing and its approvers by sam and max, and how many memberships each has decided."""
    pool = staff.pools.by_name(POOL)
    session = open_pool_session(staff, pool, terminal_actor())
    snapshot = Snapshots(staff).now(session.gateway.pool_key)
    assert snapshot is not None
    wanted = NewReview(
        title="Autumn",
        reviewer_ids=(cast["sam"].id, cast["max"].id),
        deadline=datetime.now(UTC) + timedelta(days=14),
        groups=REVIEWED,
    )
    campaign = Reviews(staff, acting(cast["ada"])).start(snapshot, wanted, pool)
    numbers = staff.campaigns.numbers(campaign.id, reviewer=cast["sam"].id)
    sam = Reviews(staff, acting(cast["sam"]))
    sam.decide(campaign.id, numbers[:2], Decision.KEEP, "needed")
    sam.decide(campaign.id, numbers[2:5], Decision.REVOKE, "left")
    return campaign, Counter(sam=len(numbers), max=reviewed(raw) - len(numbers))


REVIEWED = ("billing", "auditors")


def reviewed(raw: RawPool) -> int:
    return sum(len(raw.members[name]) for name in REVIEWED)


def test_reviews(open_as: OpenPage, raw: RawPool, review: tuple[Campaign, Counter[str]]) -> None:
    campaign, shares = review
    every, left = reviewed(raw), shares["sam"] - 5
    listed = open_as("sam", "audits", pool=POOL, tab="Reviews")
    page = shown(listed)
    assert page[f"Decide {left}"] == 1
    assert page[f"5 of {every} memberships decided"] == 1
    opened = open_as("max", "audits", pool=POOL, campaign=campaign.id)
    page = shown(opened)
    assert page[f"5 of {every} memberships decided: 2 keep, 3 revoke"] == 1
    by_reviewer = table_with(opened, "Reviewer")
    assert dict(zip(by_reviewer["Reviewer"], by_reviewer["Memberships"], strict=True)) == dict(shares)
    assert [sum(by_reviewer[name]) for name in ("Keep", "Revoke", "Undecided")] == [2, 3, every - 5]
    overview = open_as("max", "overview", pool=POOL)
    waiting = table_with(overview, "To do")
    assert list(waiting["To do"]) == [f"{counted(shares['max'], 'membership')} to decide on"]
    assert shown(overview)["Waiting for you: 1"] == 1


def test_activity(open_as: OpenPage, staff: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "console.db") as database:
        (lines,) = database.execute("SELECT count(*) FROM activity").fetchone()
    app = open_as("ada", "activity", pool=POOL)
    assert shown(app)[f"Lines 1–{lines} of {lines}"] == 1
    assert len(table(app)) == lines


def test_a_job(open_as: OpenPage, staff: Store, cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    bulk = bulk_on(staff, cognito, cognito.staff)
    rows = [("bo.li", "counted", ""), ("ann.lindqvist", "counted", ""), ("nobody", "counted", "update")]
    job, _ = bulk.run(bulk.plan(("username", "nickname", "action"), *rows))
    people = raw_pool(cognito, cognito.staff).people
    changed = sum(attributes(person).get("nickname") == "counted" for person in people)
    app = open_as("max", "job", pool=POOL, id=job.id)
    figures = {metric.label: int(metric.value) for metric in app.metric}
    assert (figures["Done"], sum(figures.values())) == (changed, len(rows))
    assert changed == 2
    listed = table(open_as("max", "jobs", pool=POOL))
    assert list(listed["Rows"]) == [len(rows)]
    assert "Passwords" not in listed  # nobody got one
