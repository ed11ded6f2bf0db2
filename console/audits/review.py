"""One review: how far it is, deciding memberships, signing off, and the plan of its revocations."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from console.audits.delegating import show_delegate
from console.context import Context, note_rules
from console.feedback import done, guarded, show_error
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.address import keep_words
from console.widgets.bulk_dialog import NAME, BulkEntries, BulkOrder
from console.widgets.downloads import download
from console.widgets.focus import go_on_at
from console.widgets.people_table import address_column, name_first, people_table
from console.widgets.table import Column, fingerprint, show_table
from console.widgets.words import md, minute
from services.audits.reviews.campaigns import LONGEST_REASON, CampaignProgress, Reviews
from services.audits.reviews.delegation import delegations_of, replaced_by
from services.audits.reviews.items import DECISION_TITLES, IntegrityCheck, ReviewItem
from services.audits.reviews.plan import plan_of, plan_revocations, save_revocations
from services.audits.reviews.report import ReviewReports
from services.audits.reviews.sign_off import SignOffRule
from services.audits.reviews.unanswered import Unanswered, rule_of, summary
from services.bulk.model import Plan
from services.bulk.reading import Progress
from services.errors import ConsoleError
from services.roles import Permission
from services.store.activity import reason_text
from services.store.campaign_records import Campaign, Decision, ItemFilter
from services.store.columns import utc_now
from services.words import counted, plural

CHECKED_FOR = 60.0
"""Seconds for which a check of all rows holds before the page looks again."""


def show_one(ctx: Context, id: str) -> None:
    """Show a review. Raises `RecordNotFound` when there is none of that id."""
    reviews = Reviews(ctx.store, ctx.who)
    standing = reviews.get(id)
    campaign = standing.campaign
    if campaign.pool_name != ctx.pool.name:
        st.info(
            f"This review is about the user pool {md(campaign.pool_name)}. Choose that above to open it.",
            icon=":material/info:",
        )
        return
    _head(ctx, campaign)
    _alarms(campaign, _checked(reviews, campaign))
    if campaign.is_open:
        _progress(standing)
        with guarded():
            show_items(ctx, standing)
        st.divider()
        _end(ctx, reviews, standing)
        _go_on(id, f'[class*="st-key-{_table_key(id)}-"] .console-table [tabindex="0"]', f".st-key-{_SAID}")
        return
    _go_on(id, f".st-key-{_HEAD} h2")
    _result(reviews, standing)
    _end(ctx, reviews, standing)
    _origin(standing)
    st.header("Memberships", anchor=False)
    with guarded():
        show_items(ctx, standing)


_HEAD, _SAID = "review-head", "review-answer"
"""The keys of what stands on top of a review, and of what came of the last decision."""


def _table_key(id: str) -> str:
    return f"review-table-{id}"


def _turn_key(id: str) -> str:
    """Where the number of decisions made here stands."""
    return f"_review-turn-{id}"


def _go_on(id: str, *places: str) -> None:
    """After each decision, and after signing off, the keyboard goes on at the first of these places."""
    go_on_at(f"review-{id}", st.session_state.get(_turn_key(id), 0), *places)


def _next_turn(id: str) -> None:
    st.session_state[_turn_key(id)] = st.session_state.get(_turn_key(id), 0) + 1


def _head(ctx: Context, campaign: Campaign) -> None:
    state, colour = state_badge(campaign)
    with st.container(horizontal=True, vertical_alignment="center", key=_HEAD):
        st.header(md(campaign.title), anchor=False, width="content")
        st.badge(state, color=colour)
    told = [scope_of(campaign), f"started by {campaign.created_by_name} on {minute(campaign.created_at)}"]
    if campaign.closed_at is None:
        told.append(f"to be decided by {minute(campaign.deadline)}")
    else:
        told.append(f"signed off by {campaign.closed_by_name} on {minute(campaign.closed_at)}")
    told.append(summary(ctx.store, campaign))
    st.markdown(md(" · ".join(told)))
    if campaign.closing.get("note"):
        st.markdown(f"Note at the end: {md(campaign.closing['note'])}")


def _checked(reviews: Reviews, campaign: Campaign) -> IntegrityCheck:
    """The check of all rows, made again after a minute and after the end."""
    key = f"_review-check-{campaign.id}-{campaign.state}"
    kept = st.session_state.get(key)
    if kept is None or time.monotonic() - kept[0] > CHECKED_FOR:
        kept = st.session_state[key] = (time.monotonic(), reviews.check(campaign.id))
    found: IntegrityCheck = kept[1]
    return found


def _alarms(campaign: Campaign, check: IntegrityCheck) -> None:
    if not check.ok:
        st.error(
            f"**This review was altered behind the console's back.** {md(' '.join(check.problems))}\n\n"
            "Don't rely on it; find out who can write to the console's database.",
            icon=":material/gpp_bad:",
        )
    for text in campaign.about.get("warnings", ()):
        st.warning(md(text), icon=":material/warning:")
    if state_badge(campaign)[0] == "Overdue":
        st.warning(
            "The deadline is over. Decisions are still taken until somebody closes the review.",
            icon=":material/schedule:",
        )


def _progress(standing: CampaignProgress) -> None:
    campaign, undecided = standing.campaign, standing.count(Decision.UNDECIDED)
    decided = campaign.population - undecided
    st.progress(
        standing.fraction,
        text=f"{decided:,} of {memberships(campaign.population)} decided: "
        f"{standing.count(Decision.KEEP):,} keep, {standing.count(Decision.REVOKE):,} revoke",
    )
    _origin(standing)


RESULTS = {Decision.KEEP: "Kept", Decision.REVOKE: "Revoked", Decision.UNDECIDED: "Undecided"}
"""What the figures of a closed review are called, in the order in which they stand."""


def _result(reviews: Reviews, standing: CampaignProgress) -> None:
    """What came of a closed review, as a whole and by group."""
    with st.container(horizontal=True):
        for decision, title in RESULTS.items():
            st.metric(title, f"{standing.count(decision):,}", border=True, width=160)
    groups = reviews.results(standing.campaign.id)
    figures = {
        title: [counts.get(decision, 0) for counts in groups.values()] for decision, title in RESULTS.items()
    }
    show_table(
        {"Group": list(groups), **figures},
        "What was decided, by group",
        width="content",
    )


def _origin(standing: CampaignProgress) -> None:
    """How far each reviewer is, where the memberships come from, and what proves that they are the same."""
    campaign = standing.campaign
    with st.expander(f"Reviewers ({len(standing.shares)}), and what proves that nothing was altered"):
        shares, handed = standing.shares, delegations_of(campaign)
        moved = [replaced_by(handed, share.reviewer.id) for share in shares]
        columns = {"Handed over": moved} if handed else {}
        show_table(
            {
                "Reviewer": [share.reviewer.username for share in shares],
                "Memberships": [share.total for share in shares],
                "Keep": [share.counts.get(Decision.KEEP, 0) for share in shares],
                "Revoke": [share.counts.get(Decision.REVOKE, 0) for share in shares],
                "Undecided": [share.undecided for share in shares],
                "Decided": [share.fraction if share.total else None for share in shares],
                **columns,
            },
            "How far each reviewer is",
            columns={"Decided": Column(kind="share")},
        )
        for given in handed:
            st.markdown(
                md(
                    f"{minute(given.at)}: {memberships(given.memberships)} from {given.from_name} to "
                    f"{given.to_name}, by {given.by_name}: {given.reason}"
                )
            )
        about = campaign.about
        st.markdown(md(about.get("completeness", "What was noted about the start can't be read.")))
        st.markdown(
            "Checksum of the memberships under review. While it is the one in the activity log and in the "
            "report, nobody was added or left out since the start:"
        )
        st.code(campaign.population_hash, language=None, wrap_lines=True)


def _end(ctx: Context, reviews: Reviews, standing: CampaignProgress) -> None:
    """The buttons for the review as a whole: check it, report on it, close it."""
    campaign = standing.campaign
    with st.container(horizontal=True, vertical_alignment="center"):
        _downloads(ctx, campaign)
        st.space("stretch")
        if campaign.is_open:
            show_delegate(ctx, standing)
            signs = SignOffRule.stored(ctx.store)
            why_not = ctx.why_not(Permission.REVIEW) or signs.why_not(campaign, ctx.operator.id)
            pressed = st.button(
                "Close and sign off…",
                icon=":material/task_alt:",
                key=f"review-close-{campaign.id}",
                disabled=bool(why_not),
                help=why_not or "No decision can be made or changed afterwards.",
            )
        else:
            pressed = False
            _plan(ctx, standing)
    if campaign.is_open:
        dialog.confirm(
            pressed,
            f"Close and sign off “{campaign.title}”",
            _consequence(standing),
            typed=campaign.title,
            typed_what="title",
            action=lambda why: _close(reviews, campaign, reason_text(why)),
            then=lambda told: _signed(campaign, told),
            button="Close and sign off",
            key=f"review-sign-{campaign.id}",
        )


def _consequence(standing: CampaignProgress) -> str:
    undecided = standing.count(Decision.UNDECIDED)
    told = [
        f"{memberships(standing.count(Decision.KEEP))} stay, "
        f"{memberships(standing.count(Decision.REVOKE))} are to be revoked."
    ]
    rule = rule_of(standing.campaign)
    if undecided and rule is not Unanswered.UNDECIDED:
        told.append(
            f"{memberships(undecided)} {plural(undecided, 'is', 'are')} still undecided, and decided now as "
            f"the review says ({rule.words[0].lower()}{rule.words[1:]})."
        )
    elif undecided:
        told.append(
            f"{memberships(undecided)} {plural(undecided, 'is', 'are')} still undecided and will stand "
            "as undecided in the report; nothing is planned for them."
        )
    told.append(
        "Nobody can decide any more. Nothing changes in the user pool until the revocations are planned "
        "and started. Your name stands under the report, with what you write below."
    )
    return " ".join(told)


def _close(reviews: Reviews, campaign: Campaign, reason: str) -> str:
    reviews.close(campaign.id, reason)
    return f"The review “{campaign.title}” is closed and signed off."


def _signed(campaign: Campaign, told: str) -> None:
    done(told)
    _next_turn(campaign.id)


def _downloads(ctx: Context, campaign: Campaign) -> None:
    reports, why_not = ReviewReports(ctx.store, ctx.who), ctx.why_not(Permission.EXPORT)
    name = re.sub(r"[^\w.-]+", "-", f"{campaign.pool_name}-review-{campaign.title}").strip("-.")[:80]
    for label, ending, mime, build in (
        ("Report to print", "html", "text/html", reports.html),
        ("Report as CSV", "csv", "text/csv", reports.csv),
    ):
        download(
            label,
            f"{name}.{ending}",
            lambda build=build: build(campaign.id),  # type: ignore[misc]
            logged=False,
            key=f"review-{ending}-{campaign.id}",
            mime=mime,
            disabled=bool(why_not),
            help=why_not or "Who decided what, when and why, and how complete the directory was.",
        )


def _plan(ctx: Context, standing: CampaignProgress) -> None:
    """The plan of the revocations: the way to it, or the button that makes it."""
    campaign, count = standing.campaign, standing.count(Decision.REVOKE)
    job = plan_of(ctx.store, campaign)
    if job is not None:
        st.page_link(
            PAGES["job"],
            label="The plan of the revocations",
            icon=":material/work_history:",
            query_params={"id": job.id},
        )
        return
    why_not = ctx.why_not(Permission.BULK) or ("" if count else "Nothing was revoked.")
    st.button(
        f"Carry out {counted(count, 'revocation')}…",
        icon=":material/person_remove:",
        type="primary",
        key=f"review-plan-{campaign.id}",
        disabled=bool(why_not),
        help=why_not or "Shows first what will happen to whom.",
        on_click=dialog.open_dialog,
        args=(NAME, _order(ctx, campaign, count)),
    )


def _order(ctx: Context, campaign: Campaign, count: int) -> BulkOrder:
    """What is planned about the memberships revoked; their reasons were given with the decisions."""
    store, pool_session, who = ctx.store, ctx.pool_session, ctx.who

    def plan(_: BulkEntries, progress: Progress) -> list[Plan]:
        return [plan_revocations(store, campaign.id, pool_session, who(), progress)]

    return BulkOrder(
        title=f"Carry out {counted(count, 'revocation')}",
        verb="Take out of these groups",
        plan=plan,
        permission=Permission.USER_MEMBERSHIP,
        about="The people are compared with the pool as it is now. "
        "Who has left a group meanwhile is left alone.",
        reason="optional",
        save=lambda plan, actor: save_revocations(store, campaign.id, plan, pool_session, actor),
        entered=None if note_rules().demands else BulkEntries(),
    )


PARAMETER = "campaign"
NEW = "new"

Colour = Literal["green", "orange", "blue"]


def go_to(campaign: str) -> None:
    """Put another review, `NEW`, or "" for the list into the address. For callbacks."""
    if campaign:
        st.query_params[PARAMETER] = campaign
    else:
        st.query_params.pop(PARAMETER, None)


def state_badge(campaign: Campaign) -> tuple[str, Colour]:
    """A review's state in a word, and the colour of its badge."""
    if not campaign.is_open:
        return "Signed off", "green"
    return ("Overdue", "orange") if campaign.is_overdue(utc_now()) else ("Open", "blue")


def memberships(count: int) -> str:
    """ "1 membership", "12 memberships"."""
    return counted(count, "membership")


def scope_of(campaign: Campaign) -> str:
    """What is reviewed, in a few words."""
    groups = ", ".join(campaign.scope.get("groups", ()))
    application = campaign.scope.get("application", "")
    return f"{application} ({groups})" if application else groups


PAGE = 100
EVERYBODY, EVERY_GROUP, ALL = "", "", "all"
DONE_WORDS = {
    Decision.KEEP: "will be kept",
    Decision.REVOKE: "will be revoked",
    Decision.UNDECIDED: "undecided again",
}


@dataclass(frozen=True, slots=True)
class ItemSearch:
    """Which memberships of a review are shown: filters and words to search for."""

    filters: ItemFilter
    words: str


def show_items(ctx: Context, standing: CampaignProgress) -> None:
    """Filters, the table, and for its reviewer what to do with the rows selected."""
    reviews, campaign = Reviews(ctx.store, ctx.who), standing.campaign
    mine = standing.share_of(ctx.operator.id)
    wanted = _filters(ctx, reviews, standing)
    with st.spinner("Looking through the review…", show_time=True):
        numbers = reviews.find(campaign.id, wanted.words, **wanted.filters)
    decides = mine is not None and campaign.is_open and wanted.filters.get("reviewer") == ctx.operator.id
    bar = st.container()
    place = st.container()
    pages, page = -(-len(numbers) // PAGE), 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key=f"review-page-{campaign.id}-{fingerprint(numbers)}")
    shown = reviews.items(campaign.id, numbers[(page - 1) * PAGE : page * PAGE])
    with place:
        if not shown:
            st.markdown(_nothing(mine is not None and decides, wanted))
        selected = _items_table(ctx, shown, selectable=decides, key=_table_key(campaign.id)) if shown else []
    with bar:
        if decides:
            _deciding_bar(ctx, standing, [item.number for item in selected], numbers)
        elif shown:
            st.markdown(memberships(len(numbers)))


def _nothing(mine: bool, wanted: ItemSearch) -> str:
    if mine and wanted.filters.get("decision") is Decision.UNDECIDED and not wanted.words:
        return "Nothing is left for you to decide here. Choose “All” to see or change what you decided."
    return "No membership fits. Choose other filters."


def _whose(standing: CampaignProgress, me: str) -> str:
    """The id of the reviewer whose memberships are shown; yourself first, while some are yours to decide."""
    names = {share.reviewer.id: share.reviewer.username for share in standing.shares if share.total}
    others = [reviewer for reviewer in names if reviewer != me]
    mine = [me] if me in names else []
    first = [*mine, EVERYBODY] if standing.campaign.is_open else [EVERYBODY, *mine]
    chosen: str = st.selectbox(
        "Whose",
        [*first, *others],
        key=f"review-whose-{standing.campaign.id}-{standing.campaign.is_open}",
        format_func=lambda reviewer: "Mine" if reviewer == me else names.get(reviewer, "Everybody's"),
        width=160,
    )
    return chosen


def _filters(ctx: Context, reviews: Reviews, standing: CampaignProgress) -> ItemSearch:
    campaign = standing.campaign
    id, me = campaign.id, ctx.operator.id
    keep_words(ctx.store, "audits", f"review-words-{id}", part="review")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reviewer = _whose(standing, me)
        groups = reviews.groups(id, reviewer)
        group = st.selectbox(
            "Group",
            [EVERY_GROUP, *sorted(groups, key=str.casefold)],
            key=f"review-group-{id}-{reviewer}",
            format_func=lambda group: f"{group} ({groups[group]:,})" if group else "All groups",
            width=220,
        )
        words = st.text_input(
            "Find", key=f"review-words-{id}", type="search", placeholder="Name, e-mail, reason …", width=220
        )
        suggested = st.toggle(
            "Only suggested to revoke",
            key=f"review-suggested-{id}",
            help="The account is disabled or unconfirmed, the invitation ran out, or somebody stands out.",
        )
    decision = st.segmented_control(
        "Decision",
        [ALL, *Decision],
        default=Decision.UNDECIDED if reviewer == me and campaign.is_open else ALL,
        format_func=lambda decision: "All" if decision == ALL else DECISION_TITLES[Decision(decision)],
        required=True,
        key=f"review-decision-{id}-{reviewer == me}-{campaign.is_open}",
        label_visibility="collapsed",
    )
    filters: ItemFilter = {
        "reviewer": reviewer,
        "group": group,
        "decision": None if decision is None or decision == ALL else Decision(decision),
        "suggested": True if suggested else None,
    }
    return ItemSearch(filters, words)


def _items_table(
    ctx: Context, items: Sequence[ReviewItem], *, selectable: bool, key: str
) -> list[ReviewItem]:
    """The rows; the selected ones. It is another table as soon as other rows, or decisions, are in it."""
    cells: dict[str, Any] = {
        "Group": [item.group for item in items],
        "Person": [item.label for item in items],
        "Name": [item.membership.name if item.membership else "" for item in items],
        "Suggested to revoke, because": [" ".join(item.why) for item in items],
        "Account": [item.account for item in items],
        "Decision": [_decision(item) for item in items],
        "Reason": [item.reason for item in items],
        "Reviewer": [item.reviewer.username for item in items],
        "Decided": [item.decided_at for item in items],
    }
    if not any(item.decision for item in items):
        for name in ("Decision", "Decided", "Reason"):
            del cells[name]
    if selectable:
        del cells["Reviewer"]
    ticked = people_table(
        ctx,
        name_first(cells, "Person"),
        [item.membership.sub if item.membership else "" for item in items],
        name=key,
        opens="Name",
        alt="Memberships of this review",
        ticks=selectable,
        identity=[(item.number, item.decision, item.decided_at, item.reason) for item in items],
        columns={
            "Person": address_column(),
            "Suggested to revoke, because": Column(width=220),
        },
    )
    return [items[row] for row in ticked]


def _decision(item: ReviewItem) -> str:
    title = DECISION_TITLES[item.decision]
    return title if item.intact else f"{title} (ALTERED)"


def _deciding_bar(ctx: Context, standing: CampaignProgress, selected: list[int], fitting: list[int]) -> None:
    """What is selected and what to do with it."""
    id = standing.campaign.id
    numbers = selected
    if len(fitting) > 1:
        every = st.checkbox(f"All {len(fitting):,} that fit", key=f"review-all-{id}-{fingerprint(fitting)}")
        numbers = fitting if every else selected
    reason = f"review-reason-{id}-{st.session_state.get(_turn_key(id), 0)}"
    with st.form(f"review-form-{id}", border=True, enter_to_submit=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Reason",
                key=reason,
                max_chars=LONGEST_REASON,
                placeholder="For revoking, and for keeping what is suggested to be revoked",
                width="stretch",
            )
            for decision, label, icon in (
                (Decision.KEEP, "Keep", ":material/check:"),
                (Decision.REVOKE, "Revoke", ":material/person_remove:"),
                (Decision.UNDECIDED, "Take back", ":material/undo:"),
            ):
                st.form_submit_button(
                    f"{label} {len(numbers):,}" if numbers else label,
                    icon=icon,
                    disabled=not numbers,
                    key=f"review-{label}-{id}",
                    on_click=_decide,
                    args=(ctx, id, tuple(numbers), decision, reason),
                    help="Back to undecided" if decision is Decision.UNDECIDED else None,
                )
        with st.container(key=_SAID):
            _say()


def _say() -> None:
    """What came of the last decision; until then how to decide, ticked or not, so that nothing jumps."""
    said = st.session_state.pop("_review-said", None)
    if isinstance(said, ConsoleError):
        show_error(said)
    elif said:
        st.success(md(said), icon=":material/check_circle:")
    else:
        st.markdown(
            "Tick rows in the table (by keyboard with the space bar), then decide. You can change your mind "
            "until the review is closed."
        )


def _decide(ctx: Context, id: str, numbers: tuple[int, ...], decision: Decision, reason: str) -> None:
    """Write the decision. Runs as a callback."""
    try:
        decided = Reviews(ctx.store, ctx.who).decide(id, numbers, decision, st.session_state.get(reason, ""))
    except ConsoleError as error:
        st.session_state["_review-said"] = error
        return
    _next_turn(id)
    count = memberships(len(numbers))
    if decided is None:
        st.session_state["_review-said"] = f"{count}: it is so already."
    else:
        st.session_state["_review-said"] = f"{count} {DONE_WORDS[decision]}."
