"""The Reviews tab: from the preview to the plan, for whoever may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from services.audits.reviews.sign_off import SignOffRule
from services.audits.reviews.unanswered import Unanswered, rule_of
from services.directory.pool import PoolTables, pool_of
from services.directory.scan import scan
from services.directory.snapshot import Completeness, Snapshot
from services.directory.snapshots import Snapshots, forget_opened
from services.pool_session import open_pool_session
from services.store.activity import Why
from services.store.campaign_records import Campaign, Decision
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.jobs import JobState
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import sign_in_as
from tests.fixtures.tables import tables, tick
from tests.services.audits.reviews.reviewed import Stage, acting, person, read, stage_of, taken
from tests.services.store.helpers import raw

SCRIPT = Path(__file__).with_name("reviews_page.py")
MEMBERS = {"billing": ("ann", "bo", "cy", "ada"), "auditors": ("ann",)}
HOSTILE = "![x](http://evil.example/i.png)"

Open = Callable[..., AppTest]


@pytest.fixture
def stage(console_store: Store, cast: dict[str, Operator]) -> Iterator[Stage]:
    forget_opened()
    yield stage_of(console_store, cast)
    forget_opened()


def keep(stage: Stage, completeness: Completeness | None = None) -> PoolTables:
    """Four people in two groups, bo disabled; the console keeps the snapshot."""
    users = [
        person(name, email=f"{name}@people.example", enabled=name != "bo") for name in MEMBERS["billing"]
    ]
    made = read(users, MEMBERS, completeness=completeness)
    Snapshots(stage.store).save(made)
    return pool_of(made)


@pytest.fixture
def snapshot(stage: Stage) -> PoolTables:
    return keep(stage)


@pytest.fixture
def real_pool(stage: Stage, cognito: Cognito, empty_pool: Callable[..., str]) -> None:
    """The pool record leads to a real pool where nobody of the snapshot is any more."""
    secret = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    connection = stage.store.connections.add(
        Connection("moto", cognito.region, CredentialKind.STATIC, endpoint_url=cognito.url, secret=secret)
    )
    made, client = empty_pool(PoolName="Staff"), cognito.client()
    for group in MEMBERS:
        client.create_group(UserPoolId=made, GroupName=group)
    stage.store.pools.update(replace(stage.pool, connection_id=connection.id, pool_id=made))
    stage.pool = stage.store.pools.get(stage.pool.id)


@pytest.fixture
def open_tab(stage: Stage) -> Open:
    """`open_tab("sam", campaign=id)`: the tab run once, signed in as one of the cast."""

    def open_one(who: str, **query: str) -> AppTest:
        session, _ = sign_in_as(stage.store, stage.cast[who])
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.user = {"session": identity.stamp(session)}
        for name, value in {"pool": "staff", **query}.items():
            app.query_params[name] = value
        return app.run()

    return open_one


def words(app: AppTest) -> str:
    """All that the page says."""
    kinds = (app.markdown, app.info, app.warning, app.error, app.success, app.header, app.text)
    return "\n".join(
        element.value.replace("\\", "").replace("\N{WORD JOINER}", "") for kind in kinds for element in kind
    )


def button(app: AppTest, label: str) -> Any:
    return next(widget for widget in app.button if widget.label.startswith(label))


def choose_rows(app: AppTest, *rows: int) -> AppTest:
    """Tick rows of the table of memberships."""
    tick(app, next(table for table in tables(app) if table.key.startswith("review-table-")), *rows)
    return app.run()


def started(stage: Stage, snapshot: PoolTables, *reviewers: str, **values: Any) -> Campaign:
    return stage.start(snapshot, *(reviewers or ("sam",)), **{"groups": tuple(MEMBERS), **values})


def test_without_a_snapshot_the_list_says_what_to_do(open_tab: Open) -> None:
    app = open_tab("ada")
    assert not app.exception
    assert "No review yet" in words(app)
    assert button(app, "New review…").disabled


def test_a_review_is_previewed_then_started_once(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    app = button(open_tab("ada"), "New review…").click().run()
    app.text_input(key="review-title").input("Autumn")
    app.multiselect(key="review-groups").set_value(["billing", "auditors"])
    app.multiselect(key="review-reviewers").set_value([stage.cast["ada"].id, stage.cast["sam"].id]).run()
    app = app.button(key="review-preview").click().run()
    assert {figure.label: figure.value for figure in app.metric} == {
        "Memberships": "5",
        "People": "4",
        "Groups": "2",
        "Suggested to revoke": "1",
    }
    assert stage.store.campaigns.of_pool("staff") == ()
    app = button(app, "Start the review of 5 memberships").click().run()
    assert not app.exception
    (campaign,) = stage.store.campaigns.of_pool("staff")
    assert app.query_params["campaign"] == campaign.id
    assert "The review “Autumn” has started" in words(app)
    adas = stage.as_("ada").items(campaign.id, stage.numbers(campaign, "ada"))
    assert "ada@people.example" not in [item.label for item in adas]


def test_a_changed_form_takes_the_preview_away(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    app = open_tab("ada", campaign="new")
    app.text_input(key="review-title").input("Autumn")
    app.multiselect(key="review-groups").set_value(["billing"])
    app.multiselect(key="review-reviewers").set_value([stage.cast["sam"].id]).run()
    app = app.button(key="review-preview").click().run()
    assert app.metric
    app = app.multiselect(key="review-groups").set_value(["auditors"]).run()
    assert not app.metric


def test_what_is_wrong_with_the_form_is_said(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    app = open_tab("ada", campaign="new").button(key="review-preview").click().run()
    assert "The review needs a title." in words(app)


def test_a_group_that_was_not_read_is_refused(open_tab: Open, stage: Stage) -> None:
    keep(stage, Completeness(("billing broke off.",), unread_groups=frozenset({"billing"})))
    app = open_tab("ada", campaign="new")
    app.text_input(key="review-title").input("Autumn")
    app.multiselect(key="review-groups").set_value(["billing"])
    app.multiselect(key="review-reviewers").set_value([stage.cast["sam"].id]).run()
    app = app.button(key="review-preview").click().run()
    assert "Not all members of billing could be read" in words(app)


def test_a_reviewer_decides_on_selected_rows_with_a_reason(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)
    app = open_tab("sam", campaign=campaign.id)
    assert button(app, "Keep").disabled
    app = choose_rows(app, 1, 2)
    app = button(app, "Keep 2").click().run()
    assert "One of these is suggested to be revoked" in words(app)
    assert stage.store.campaigns.count(campaign.id, decision=Decision.KEEP) == 0
    app = choose_rows(app, 1, 2)
    next(field for field in app.text_input if field.label == "Reason").input("left the team")
    app = button(app, "Revoke 2").click().run()
    assert not app.exception
    assert "2 memberships will be revoked." in words(app)
    assert "2 of 5 memberships decided: 0 keep, 2 revoke" in app.get("progress")[0].proto.text
    assert next(field for field in app.text_input if field.label == "Reason").value == ""
    assert button(app, "Keep").disabled  # a tick never passes on to the next rows


def test_everything_that_fits_is_decided_at_once_and_taken_back(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)
    app = open_tab("sam", campaign=campaign.id)
    app = app.checkbox[0].check().run()
    next(field for field in app.text_input if field.label == "Reason").input("all needed")
    app = button(app, "Keep 5").click().run()
    assert stage.store.campaigns.count(campaign.id, decision=Decision.KEEP) == 5
    assert "Nothing is left for you to decide here" in words(app)
    app = app.button_group[0].set_value(Decision.KEEP).run()
    app = app.checkbox[0].check().run()
    app = button(app, "Take back 5").click().run()
    assert "5 memberships undecided again." in words(app)
    assert stage.store.campaigns.count(campaign.id, decision=Decision.UNDECIDED) == 5


def test_whoever_is_no_reviewer_looks_on(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    campaign = started(stage, snapshot)
    app = open_tab("max", campaign=campaign.id)
    assert not [widget for widget in app.button if widget.label.startswith(("Keep", "Revoke"))]
    assert tables(app)
    assert not any(table.sent.get("ticks") for table in tables(app))


def test_the_list_tells_reviewers_what_waits_for_them(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)
    app = button(open_tab("sam"), "Decide 5").click().run()
    assert app.query_params["campaign"] == campaign.id
    assert [widget.label for widget in open_tab("max").button if widget.label == "Show"] == ["Show"]
    app = button(app, "All reviews").click().run()
    assert "campaign" not in app.query_params


def test_closing_asks_for_the_title_and_says_what_is_undecided(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)
    app = button(open_tab("ada", campaign=campaign.id), "Close and sign off…").click().run()
    assert "5 memberships are still undecided and will stand as undecided" in words(app)
    key = f"review-sign-{campaign.id}"
    typed, reason = (
        next(field for field in app.text_input if field.key.startswith(f"{key}-{part}"))
        for part in ("typed", "reason")
    )
    typed.input("Billing, autumn")
    reason.input("Talked through.")
    app = next(widget for widget in app.button if widget.label == "Close and sign off").click().run()
    assert not app.exception
    assert stage.store.campaigns.get(campaign.id).closing["note"] == "Talked through."
    assert "is closed and signed off" in words(app)
    assert not [widget for widget in app.button if widget.label.startswith("Keep")]


def test_what_is_done_when_nobody_answers_is_chosen_at_the_start_and_said(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    app = open_tab("ada", campaign="new")
    app.text_input(key="review-title").input("Autumn")
    app.multiselect(key="review-groups").set_value(["billing"])
    app.multiselect(key="review-reviewers").set_value([stage.cast["sam"].id])
    app.selectbox(key="review-unanswered").set_value(Unanswered.REVOKE).run()
    app = app.button(key="review-preview").click().run()
    app = button(app, "Start the review of 4 memberships").click().run()
    (campaign,) = stage.store.campaigns.of_pool("staff")
    assert rule_of(campaign) is Unanswered.REVOKE
    assert "If nobody answers: revoke them." in words(app)
    app = button(app, "Close and sign off…").click().run()
    assert "4 memberships are still undecided, and decided now as the review says (revoke them)" in words(app)


def test_a_reviewer_hands_their_part_over(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    campaign = started(stage, snapshot)
    app = button(open_tab("sam", campaign=campaign.id), "Hand over…").click().run()
    app = next(widget for widget in app.button if widget.label == "Hand over").click().run()
    assert "Choose who is to decide." in words(app)
    next(box for box in app.selectbox if box.label.startswith("To")).set_value(stage.cast["max"].id)
    next(field for field in app.text_input if field.key.startswith("review-delegate-why")).input("On holiday")
    app = next(widget for widget in app.button if widget.label == "Hand over").click().run()
    assert not app.exception
    assert "5 memberships went from sam to max." in words(app)
    assert len(stage.numbers(campaign, "max")) == 5
    assert "from sam to max, by sam: On holiday" in words(app)
    assert not [widget for widget in app.button if widget.label.startswith("Hand over")]


def test_where_another_has_to_sign_off_the_starter_is_told(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)  # by ada
    SignOffRule(by_another=True).keep(stage.store, acting(stage.cast["ann"])(), Why())
    close = button(open_tab("ada", campaign=campaign.id), "Close and sign off…")
    assert close.disabled
    assert "another operator has to sign it off" in close.help
    assert not button(open_tab("max", campaign=campaign.id), "Close and sign off…").disabled


def test_a_closed_review_opens_on_its_result(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    campaign = started(stage, snapshot)
    bos = next(item for item in stage.as_("sam").items(campaign.id, range(1, 6)) if item.why)
    stage.as_("sam").decide(campaign.id, [bos.number], Decision.REVOKE, "left")
    stage.as_("ada").close(campaign.id)
    app = open_tab("sam", campaign=campaign.id)
    assert {figure.label: figure.value for figure in app.metric} == {
        "Kept": "0",
        "Revoked": "1",
        "Undecided": "4",
    }
    result = tables(app)[0].value
    assert result.set_index("Group").loc["billing"].to_dict() == {"Kept": 0, "Revoked": 1, "Undecided": 3}
    assert not app.get("progress")


def test_a_page_that_was_open_while_its_review_was_closed_lists_what_became_of_everybody(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot)
    app = open_tab("sam", campaign=campaign.id)

    def chosen(label: str) -> Any:
        kinds = (app.get("selectbox"), app.get("segmented_control"))
        return next(widget.value for kind in kinds for widget in kind if widget.label == label)

    assert chosen("Decision") == Decision.UNDECIDED
    stage.as_("sam").decide(campaign.id, range(1, 6), Decision.KEEP, "asked them")
    stage.as_("ada").close(campaign.id)
    app.run()
    assert not app.exception
    assert chosen("Decision") == "all"
    assert chosen("Whose") == ""
    assert len(tables(app)[-1].value) == 5


def test_the_revocations_are_looked_through_and_become_a_plan_for_whoever_may(
    open_tab: Open, stage: Stage, cognito: Cognito, real_pool: None
) -> None:
    client, pool_id = cognito.client(), stage.pool.pool_id
    for name in ("ann", "bo"):
        client.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="billing")
    gateway = open_pool_session(stage.store, stage.pool, acting(stage.cast["max"])).gateway
    campaign = started(stage, pool_of(scan(gateway, pool_name="staff")))
    stage.as_("sam").decide(campaign.id, [1, 2], Decision.REVOKE, "left")
    stage.as_("ada").close(campaign.id)
    assert button(open_tab("sam", campaign=campaign.id), "Carry out 2 revocations…").disabled
    app = button(open_tab("max", campaign=campaign.id), "Carry out 2 revocations…").click().run()
    assert not app.exception
    assert not stage.store.jobs.list()
    app.checkbox[-1].check()
    button(app, "Take out of these groups: 2 people").click().run()
    assert not app.exception
    (job,) = stage.store.jobs.list()
    assert job.state is JobState.PLANNED
    assert app.query_params["id"] == job.id
    again = open_tab("max", campaign=campaign.id)
    assert not [widget for widget in again.button if widget.label.startswith("Carry out")]


def test_overdue_and_altered_are_said(
    open_tab: Open, stage: Stage, snapshot: PoolTables, tmp_path: Path
) -> None:
    campaign = started(stage, snapshot)
    late = datetime.now(UTC) - timedelta(days=1)
    raw(tmp_path / "console.db", "UPDATE campaigns SET deadline = ?", f"{late:%Y-%m-%d %H:%M:%S.%f}")
    raw(tmp_path / "console.db", "UPDATE campaign_items SET group_name = 'x' WHERE number = 1")
    app = open_tab("sam", campaign=campaign.id)
    assert "altered behind the console's back" in words(app)
    assert "1 membership was changed after the start." in words(app)
    assert "The deadline is over." in words(app)


def test_hostile_titles_and_groups_are_shown_as_they_are(
    open_tab: Open, stage: Stage, snapshot: PoolTables
) -> None:
    campaign = started(stage, snapshot, title=HOSTILE)
    for app in (open_tab("sam"), open_tab("sam", campaign=campaign.id)):
        assert not app.exception
        assert not [element for element in (*app.markdown, *app.header) if HOSTILE in element.value]


def test_a_review_of_another_pool_or_none_is_said(open_tab: Open, stage: Stage, snapshot: PoolTables) -> None:
    assert "This review is not there" in words(open_tab("sam", campaign="none"))


def test_a_link_to_a_review_opens_it_on_the_audits_page_with_or_without_a_snapshot(
    stage: Stage, open_as: Open, real_pool: None
) -> None:
    people = [person(name) for name in MEMBERS["billing"]]
    campaign = started(stage, taken(people, MEMBERS, pool_id=stage.pool.pool_id))
    app = open_as("sam", "audits", pool="staff", campaign=campaign.id)
    assert not app.exception
    assert "0 of 5 memberships decided" in app.get("progress")[0].proto.text
    gateway = open_pool_session(stage.store, stage.pool, acting(stage.cast["sam"])).gateway
    made = read(people, MEMBERS, pool_id=stage.pool.pool_id)
    Snapshots(stage.store).save(
        Snapshot(replace(made.about, pool_key=gateway.pool_key), made.users, made.groups, made.memberships)
    )
    app = open_as("sam", "audits", pool="staff", campaign=campaign.id)
    assert not app.exception
    assert [tab.label for tab in app.tabs if tab.label == "Reviews"]
    assert "0 of 5 memberships decided" in app.get("progress")[0].proto.text
