"""One review: how far it is, its memberships, its end, its report and its plan."""

from __future__ import annotations

import re
import time

import pandas as pd
import streamlit as st

from console.audits.reviews_decide import show_items
from console.audits.reviews_words import memberships, scope_of, state_of
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.downloads import download
from console.widgets.table import show_table
from console.widgets.words import md, minute
from services.audits.reviews.campaigns import Reviews, Standing
from services.audits.reviews.items import Check
from services.audits.reviews.plan import plan_of, plan_revocations, save_revocations
from services.audits.reviews.report import ReviewReports
from services.roles import Permission
from services.store.campaigns import Campaign, Decision
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
    _head(campaign)
    _alarms(campaign, _checked(reviews, campaign))
    _progress(standing)
    with guarded():
        show_items(ctx, standing)
    _end(ctx, reviews, standing)


def _head(campaign: Campaign) -> None:
    state, colour = state_of(campaign)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(md(campaign.title), anchor=False, width="content")
        st.badge(state, color=colour)
    told = [scope_of(campaign), f"started by {campaign.created_by_name} on {minute(campaign.created_at)}"]
    if campaign.closed_at is None:
        told.append(f"to be decided by {minute(campaign.deadline)}")
    else:
        told.append(f"signed off by {campaign.closed_by_name} on {minute(campaign.closed_at)}")
    st.markdown(md(" · ".join(told)))
    if campaign.closing.get("note"):
        st.markdown(f"Note at the end: {md(campaign.closing['note'])}")


def _checked(reviews: Reviews, campaign: Campaign) -> Check:
    """The check of all rows, made again after a minute and after the end."""
    key = f"_review-check-{campaign.id}-{campaign.state}"
    kept = st.session_state.get(key)
    if kept is None or time.monotonic() - kept[0] > CHECKED_FOR:
        kept = st.session_state[key] = (time.monotonic(), reviews.check(campaign.id))
    found: Check = kept[1]
    return found


def _alarms(campaign: Campaign, check: Check) -> None:
    if not check.ok:
        st.error(
            f"**This review was altered behind the console's back.** {md(' '.join(check.problems))}\n\n"
            "Don't rely on it; find out who can write to the console's database.",
            icon=":material/gpp_bad:",
        )
    for text in campaign.about.get("warnings", ()):
        st.warning(md(text), icon=":material/warning:")
    if state_of(campaign)[0] == "Overdue":
        st.warning(
            "The deadline is over. Decisions are still taken until somebody closes the review.",
            icon=":material/schedule:",
        )


def _progress(standing: Standing) -> None:
    campaign, undecided = standing.campaign, standing.count(Decision.UNDECIDED)
    decided = campaign.population - undecided
    st.progress(
        standing.fraction,
        text=f"{decided:,} of {memberships(campaign.population)} decided: "
        f"{standing.count(Decision.KEEP):,} keep, {standing.count(Decision.REVOKE):,} revoke",
    )
    with st.expander(f"Reviewers ({len(standing.shares)}), origin and hash"):
        shares = standing.shares
        show_table(
            pd.DataFrame(
                {
                    "Reviewer": pd.Series([one.reviewer.username for one in shares], dtype="str"),
                    "Memberships": [one.total for one in shares],
                    "Keep": [one.counts.get(Decision.KEEP, 0) for one in shares],
                    "Revoke": [one.counts.get(Decision.REVOKE, 0) for one in shares],
                    "Undecided": [one.undecided for one in shares],
                    "Decided": [one.fraction for one in shares],
                }
            ),
            "How far each reviewer is",
            columns={"Decided": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
        )
        about = campaign.about
        st.markdown(md(about.get("completeness", "What was noted about the start can't be read.")))
        st.markdown(
            "Hash of the frozen memberships, as it also stands in the activity log and in the report:"
        )
        st.code(campaign.population_hash, language=None, wrap_lines=True)


def _end(ctx: Context, reviews: Reviews, standing: Standing) -> None:
    """What is done with the review as a whole."""
    campaign = standing.campaign
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center"):
        _downloads(ctx, campaign)
        st.space("stretch")
        if campaign.is_open:
            why_not = ctx.why_not(Permission.REVIEW)
            pressed = st.button(
                "Close and sign off …",
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
            action=lambda reason: _close(reviews, campaign, reason),
            button="Close and sign off",
            key=f"review-sign-{campaign.id}",
        )


def _consequence(standing: Standing) -> str:
    undecided = standing.count(Decision.UNDECIDED)
    told = [
        f"{memberships(standing.count(Decision.KEEP))} stay, "
        f"{memberships(standing.count(Decision.REVOKE))} are to be revoked."
    ]
    if undecided:
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
            key=f"review-{ending}-{campaign.id}",
            mime=mime,
            disabled=bool(why_not),
            help=why_not or "Who decided what, when and why, and how complete the directory was.",
        )


def _plan(ctx: Context, standing: Standing) -> None:
    """The plan of the revocations: the way to it, or the button that makes it."""
    campaign, count = standing.campaign, standing.count(Decision.REVOKE)
    job = plan_of(ctx.store, campaign)
    if job is not None:
        if "job" in PAGES:
            st.page_link(
                PAGES["job"],
                label="The plan of the revocations",
                icon=":material/work_history:",
                query_params={"id": job.id},
            )
        return
    why_not = ctx.why_not(Permission.BULK) or ("" if count else "Nothing was revoked.")
    if st.button(
        f"Plan {counted(count, 'revocation')}",
        icon=":material/person_remove:",
        type="primary",
        key=f"review-plan-{campaign.id}",
        disabled=bool(why_not),
        help=why_not or "Compares with the pool as it is now; nothing is changed until you start the plan.",
    ):
        with guarded():
            _make_plan(ctx, campaign)


def _make_plan(ctx: Context, campaign: Campaign) -> None:
    bar = st.progress(0.0, text="Comparing with the pool …")

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    plan = plan_revocations(ctx.store, campaign.id, ctx.pool_session, ctx.who(), show_progress)
    bar.empty()
    job = save_revocations(ctx.store, campaign.id, plan, ctx.pool_session, ctx.who())
    done("The revocations are a plan now. Look at it, then start it here.")
    st.switch_page(PAGES["job"], query_params={"id": job.id, "pool": ctx.pool.name})
