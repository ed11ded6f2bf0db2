"""The memberships of one review: found, looked at, and decided, several at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from console.audits.reviews_words import memberships
from console.context import Context
from console.feedback import show_error
from console.widgets.words import md, moments, time_column
from services.audits.reviews.campaigns import LONGEST_REASON, Reviews, Standing
from services.audits.reviews.items import DECISION_TITLES, ReviewItem
from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.errors import ConsoleError
from services.store.campaigns import Decision, ItemFilter

PAGE = 100
EVERYBODY, EVERY_GROUP, ALL = "", "", "all"
DONE_WORDS = {
    Decision.KEEP: "will be kept",
    Decision.REVOKE: "will be revoked",
    Decision.UNDECIDED: "undecided again",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at: filters and words."""

    filters: ItemFilter
    words: str


def show_items(ctx: Context, standing: Standing) -> None:
    """Filters, the table, and for its reviewer what to do with the rows selected."""
    reviews, campaign = Reviews(ctx.store, ctx.who), standing.campaign
    mine = standing.share_of(ctx.operator.id)
    wanted = _filters(ctx, reviews, standing)
    with st.spinner("Looking through the review …", show_time=True):
        numbers = reviews.find(campaign.id, wanted.words, **wanted.filters)
    decides = mine is not None and campaign.is_open and wanted.filters.get("reviewer") == ctx.operator.id
    bar = st.container()
    place = st.container()
    pages, page = -(-len(numbers) // PAGE), 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key=f"review-page-{campaign.id}-{_print(numbers)}")
    shown = reviews.items(campaign.id, numbers[(page - 1) * PAGE : page * PAGE])
    with place:
        if not shown:
            st.markdown(_nothing(mine is not None and decides, wanted))
        selected = _table(shown, selectable=decides, key=f"review-table-{campaign.id}") if shown else []
    with bar:
        if decides:
            _bar(ctx, standing, [one.number for one in selected], numbers)
        elif shown:
            st.markdown(memberships(len(numbers)))


def _nothing(mine: bool, wanted: Wanted) -> str:
    if mine and wanted.filters.get("decision") is Decision.UNDECIDED and not wanted.words:
        return "Nothing is left for you to decide here. Choose “All” to see or change what you decided."
    return "No membership fits. Choose other filters."


def _filters(ctx: Context, reviews: Reviews, standing: Standing) -> Wanted:
    campaign = standing.campaign
    id, me = campaign.id, ctx.operator.id
    names = {one.reviewer.id: one.reviewer.username for one in standing.shares if one.total}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # yourself first: whoever came to decide finds their own
        people = [*([me] if me in names else []), EVERYBODY, *(one for one in names if one != me)]
        reviewer = st.selectbox(
            "Whose",
            people,
            key=f"review-whose-{id}",
            format_func=lambda one: "Mine" if one == me else names.get(one, "Everybody's"),
            width=160,
        )
        groups = reviews.groups(id, reviewer)
        group = st.selectbox(
            "Group",
            [EVERY_GROUP, *sorted(groups, key=str.casefold)],
            key=f"review-group-{id}-{reviewer}",
            format_func=lambda one: f"{one} ({groups[one]:,})" if one else "All groups",
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
        format_func=lambda one: "All" if one == ALL else DECISION_TITLES[Decision(one)],
        required=True,
        key=f"review-decision-{id}-{reviewer == me}",
        label_visibility="collapsed",
    )
    filters: ItemFilter = {
        "reviewer": reviewer,
        "group": group,
        "decision": None if decision is None or decision == ALL else Decision(decision),
        "suggested": True if suggested else None,
    }
    return Wanted(filters, words)


def _table(items: Sequence[ReviewItem], *, selectable: bool, key: str) -> list[ReviewItem]:
    """The rows; the selected ones. It is another table as soon as other rows, or decisions, are in it."""
    frame = pd.DataFrame(
        {
            "Group": _texts(one.group for one in items),
            "Person": _texts(one.label for one in items),
            "Name": _texts(one.membership.name if one.membership else "" for one in items),
            "Account": _texts(_account(one) for one in items),
            "Suggested to revoke, because": _texts(" ".join(one.why) for one in items),
            "Decision": _texts(_decision(one) for one in items),
            "Reason": _texts(one.reason for one in items),
            "Reviewer": _texts(one.reviewer.username for one in items),
            "Decided": moments(one.decided_at for one in items),
        }
    )
    if not frame["Name"].any():
        frame = frame.drop(columns="Name")
    if not any(one.decision for one in items):
        frame = frame.drop(columns=["Decision", "Decided", "Reason"])
    if selectable:
        frame = frame.drop(columns="Reviewer")
    shown: Any = st.dataframe(
        frame,
        key=f"{key}-{_print([(one.number, one.decision, one.decided_at, one.reason) for one in items])}",
        hide_index=True,
        height=min(37 + 35 * len(items), 560),
        lazy=False,
        placeholder="",
        alt="Memberships of this review",
        on_select="rerun" if selectable else "ignore",
        selection_mode="multi-row",
        column_config={
            "Person": st.column_config.TextColumn(width=210),
            "Suggested to revoke, because": st.column_config.TextColumn(width=420),
            "Decided": time_column("Decided", width=135),
        },
    )
    if not selectable:
        return []
    return [items[row] for row in shown["selection"]["rows"] if row < len(items)]


def _texts(values: Iterable[str]) -> pd.Series[str]:
    return pd.Series(list(values), dtype="str")


def _account(item: ReviewItem) -> str:
    person = item.membership
    if person is None:
        return ""
    known = person.status in UserStatus.__members__
    title = STATUS_TEXTS[UserStatus(person.status)].title if known else person.status
    return title if person.enabled else "Disabled"


def _decision(item: ReviewItem) -> str:
    title = DECISION_TITLES[item.decision]
    return title if item.intact else f"{title} (ALTERED)"


def _print(values: object) -> str:
    return hashlib.sha256(repr(values).encode("utf-8", "replace")).hexdigest()[:12]


def _bar(ctx: Context, standing: Standing, selected: list[int], fitting: list[int]) -> None:
    """What is selected and what to do with it."""
    id = standing.campaign.id
    numbers = selected
    if len(fitting) > 1:
        every = st.checkbox(f"All {len(fitting):,} that fit", key=f"review-all-{id}-{_print(fitting)}")
        numbers = fitting if every else selected
    turn = st.session_state.setdefault(f"_review-turn-{id}", 0)
    reason = f"review-reason-{id}-{turn}"
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
        _say(len(numbers))


def _say(selected: int) -> None:
    said = st.session_state.pop("_review-said", None)
    if isinstance(said, ConsoleError):
        show_error(said)
    elif said:
        st.success(md(said), icon=":material/check_circle:")
    elif not selected:
        st.markdown(
            "Select rows in the table, then decide. You can change your mind until the review is closed."
        )


def _decide(ctx: Context, id: str, numbers: tuple[int, ...], decision: Decision, reason: str) -> None:
    """Write the decision. Runs as a callback."""
    try:
        decided = Reviews(ctx.store, ctx.who).decide(id, numbers, decision, st.session_state.get(reason, ""))
    except ConsoleError as error:
        st.session_state["_review-said"] = error
        return
    st.session_state[f"_review-turn-{id}"] += 1
    count = memberships(len(numbers))
    if decided is None:
        st.session_state["_review-said"] = f"{count}: it is so already."
    else:
        st.session_state["_review-said"] = f"{count} {DONE_WORDS[decision]}."
