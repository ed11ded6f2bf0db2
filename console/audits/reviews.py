"""Reviews of memberships: the list of them, and starting one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import streamlit as st

from console.audits.review import NEW, PARAMETER, go_to, memberships, scope_of, show_one, state_badge
from console.context import Context
from console.feedback import done, guarded, show_error
from console.widgets.dialog import Once
from console.widgets.table import show_table
from console.widgets.words import day, md, zone
from services.audits.reviews.campaigns import CampaignProgress, Reviews
from services.audits.reviews.start import LONGEST_TITLE, NewReview, PreparedReview
from services.audits.reviews.unanswered import Unanswered
from services.directory.pool import PoolTables
from services.errors import ConsoleError
from services.roles import Permission
from services.store.applications import Application
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator


def show_reviews(ctx: Context, snapshot: PoolTables | None) -> None:
    """Show the tab. Without a snapshot no review can be started; those that run go on."""
    wanted = st.query_params.get(PARAMETER, "")
    if wanted:
        st.button("All reviews", icon=":material/arrow_back:", type="tertiary", on_click=go_to, args=("",))
    with guarded():
        if wanted == NEW and ctx.may(Permission.REVIEW):
            show_new(ctx, snapshot)
        elif wanted and wanted != NEW:
            show_one(ctx, wanted)
        else:
            show_list(ctx, snapshot)


SHOWN = 10


def show_list(ctx: Context, snapshot: PoolTables | None) -> None:
    """Every review with how far it is; a button opens it."""
    found = Reviews(ctx.store, ctx.who).of_pool(ctx.pool.name)
    why_not = ctx.why_not(Permission.REVIEW) or _no_snapshot(snapshot)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "A review asks named people whether each membership is still needed. What they revoke "
            "becomes a plan; the signed report says who decided what, when and why."
        )
        st.button(
            "New review…",
            icon=":material/add:",
            type="primary",
            disabled=bool(why_not),
            help=why_not or None,
            on_click=go_to,
            args=(NEW,),
            key="reviews-new",
        )
    if not found:
        st.info(
            "No review yet. Start one with “New review”: choose groups or an application, who decides, "
            "and until when.",
            icon=":material/info:",
        )
        return
    pages = -(-len(found) // SHOWN)
    page = 1
    place = st.container()
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key="reviews-page")
    with place:
        for standing in found[(page - 1) * SHOWN : page * SHOWN]:
            _card(ctx, standing)


def _no_snapshot(snapshot: PoolTables | None) -> str:
    return "" if snapshot is not None else "A review needs the directory to have been read first."


def _card(ctx: Context, standing: CampaignProgress) -> None:
    campaign = standing.campaign
    state, colour = state_badge(campaign)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(campaign.title)}**", width="content")
            st.badge(state, color=colour)
            st.space("stretch")
            mine = standing.share_of(ctx.operator.id)
            waiting = mine.undecided if mine and campaign.is_open else 0
            st.button(
                f"Decide {waiting:,}" if waiting else "Show",
                help=f"{memberships(waiting)} for you to decide" if waiting else None,
                type="primary" if waiting else "secondary",
                on_click=go_to,
                args=(campaign.id,),
                key=f"reviews-open-{campaign.id}",
            )
        st.markdown(md(_line(standing)))
        if campaign.is_open:
            done = campaign.population - standing.count(Decision.UNDECIDED)
            st.progress(standing.fraction, text=f"{done:,} of {memberships(campaign.population)} decided")


def _line(standing: CampaignProgress) -> str:
    campaign = standing.campaign
    told = [scope_of(campaign), f"started by {campaign.created_by_name} on {day(campaign.created_at)}"]
    if campaign.closed_at is None:
        told.append(f"to be decided by {day(campaign.deadline)}")
    else:
        told.append(f"signed off by {campaign.closed_by_name} on {day(campaign.closed_at)}")
        told.append(
            f"{standing.count(Decision.REVOKE):,} revoked, {standing.count(Decision.KEEP):,} kept, "
            f"{standing.count(Decision.UNDECIDED):,} undecided"
        )
    return " · ".join(told)


GROUPS, APPLICATION = "Groups", "An application"
USUAL_DAYS = 14
_SEEN = "_review-prepared"


def show_new(ctx: Context, snapshot: PoolTables | None) -> None:
    """The form. What is shown as a preview is what starts; changing the form takes it away."""
    st.header("New review", anchor=False)
    if snapshot is None:
        st.info("Read the directory first: a review freezes who is in which group.", icon=":material/info:")
        return
    new = _form(ctx, snapshot)
    asked = (ctx.pool.id, snapshot.about.id, new)
    seen = st.session_state.get(_SEEN)
    pressed = st.button("Preview", icon=":material/visibility:", key="review-preview")
    if pressed:
        st.session_state.pop(_SEEN, None)
        seen = None
        try:
            with st.spinner("Working out who would be reviewed…"):
                prepared = Reviews(ctx.store, ctx.who).prepare(snapshot, new, ctx.pool)
        except ConsoleError as error:
            show_error(error)
            return
        seen = st.session_state[_SEEN] = (asked, prepared, Once())
    if seen is not None and seen[0] == asked:
        _preview(ctx, snapshot, new, seen[1], seen[2])


def _form(ctx: Context, snapshot: PoolTables) -> NewReview:
    title = st.text_input(
        "Title", key="review-title", max_chars=LONGEST_TITLE, placeholder="Billing, autumn 2026"
    )
    what = st.segmented_control(
        "What to review", [GROUPS, APPLICATION], default=GROUPS, key="review-what", required=True
    )
    groups: tuple[str, ...] = ()
    application: Application | None = None
    if what == APPLICATION:
        application = _application(ctx)
    else:
        groups = _groups(snapshot)
    reviewers = _reviewers(ctx)
    return NewReview(title, reviewers, _deadline(), groups, application, _unanswered())


def _unanswered() -> Unanswered:
    """What becomes of memberships that nobody decides on."""
    chosen: str = st.selectbox(
        "If nobody answers",
        list(map(str, Unanswered)),
        format_func=lambda rule: Unanswered(rule).words,
        key="review-unanswered",
        help="Applied when that day is over, and when the review is closed. Reviewers can decide otherwise "
        "until it is closed. Nothing changes in the user pool by itself.",
    )
    return Unanswered(chosen)


def _reviewers(ctx: Context) -> tuple[str, ...]:
    """The ids of the operators who are to decide."""
    operators = {operator.id: operator for operator in ctx.store.operators.list() if not operator.disabled}
    chosen = st.multiselect(
        "Reviewers",
        list(operators),
        key="review-reviewers",
        format_func=lambda id: _operator(operators[id]),
        placeholder="Choose operators of this console",
        help="Memberships are shared out evenly, group by group. Nobody gets their own.",
    )
    return tuple(chosen)


def _deadline() -> datetime:
    """The last second of the day that is chosen, where the operator is."""
    today = datetime.now(zone()).date()
    until = st.date_input(
        "To be decided by the end of",
        today + timedelta(days=USUAL_DAYS),
        min_value=today,
        format="YYYY-MM-DD",
        key="review-deadline",
        width=240,
    )
    assert isinstance(until, date)  # noqa: S101 - one date was asked for
    return datetime.combine(until, time(23, 59, 59), zone())


def _groups(snapshot: PoolTables) -> tuple[str, ...]:
    counts = dict(snapshot.rows('SELECT "group", count(*) FROM memberships GROUP BY ALL'))
    unread = snapshot.completeness.unread_groups
    chosen = st.multiselect(
        "Groups to review",
        snapshot.group_names,
        key="review-groups",
        format_func=lambda name: f"{name} ({'not read' if name in unread else f'{counts.get(name, 0):,}'})",
        placeholder="Choose groups",
    )
    return tuple(chosen)


def _application(ctx: Context) -> Application | None:
    found = {application.id: application for application in ctx.store.applications.list(ctx.pool.id)}
    if not found:
        st.info("No application is set up for this pool. Choose groups instead.", icon=":material/info:")
        return None
    chosen = st.selectbox(
        "Application to review",
        list(found),
        index=None,
        key="review-application",
        format_func=lambda id: f"{found[id].name} ({', '.join(found[id].allowed_groups) or 'no groups'})",
        placeholder="Choose an application",
    )
    return found.get(chosen or "")


def _operator(operator: Operator) -> str:
    name = f", {operator.name}" if operator.name and operator.name != operator.username else ""
    return f"{operator.username}{name} ({operator.role})"


def _preview(
    ctx: Context, snapshot: PoolTables, new: NewReview, made: PreparedReview, doing: Once[Campaign]
) -> None:
    with st.container(border=True):
        with st.container(horizontal=True):
            st.metric("Memberships", f"{len(made.memberships):,}", border=True)
            st.metric("People", f"{made.people:,}", border=True)
            st.metric("Groups", f"{len(made.groups):,}", border=True)
            st.metric("Suggested to revoke", f"{made.suggested:,}", border=True)
        for text in made.warnings:
            st.warning(md(text), icon=":material/warning:")
        show_table(
            {
                "Reviewer": [reviewer.username for reviewer in made.reviewers],
                "Memberships to decide": [made.shares.get(reviewer.id, 0) for reviewer in made.reviewers],
            },
            "How many memberships each reviewer gets",
            width="content",
        )
        if made.moved:
            st.markdown(
                f"{memberships(made.moved)} went to another reviewer, because nobody reviews their own."
            )
        st.markdown(
            f"Who is in these groups is frozen now, as read on {md(day(snapshot.about.taken_at))}. "
            "Nothing changes in the user pool."
        )
        st.button(
            f"Start the review of {memberships(len(made.memberships))}",
            type="primary",
            key="review-start",
            on_click=_start,
            args=(ctx, snapshot, new, doing),
        )
        error = st.session_state.pop("_review-start-error", None)
        if error is not None:
            show_error(error)


def _start(ctx: Context, snapshot: PoolTables, new: NewReview, doing: Once[Campaign]) -> None:
    """Start once, however often it is pressed. Runs as a callback."""
    reviews, pool = Reviews(ctx.store, ctx.who), ctx.pool
    try:
        campaign = doing.run(lambda: reviews.start(snapshot, new, pool))
    except ConsoleError as error:
        st.session_state["_review-start-error"] = error
        return
    if st.session_state.pop(_SEEN, None) is not None:
        done(f"The review “{campaign.title}” has started. The address of this page leads reviewers to it.")
    go_to(campaign.id)
