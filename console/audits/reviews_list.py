"""All reviews of the pool: what is open, what waits for you, what was signed off."""

from __future__ import annotations

import streamlit as st

from console.audits.reviews_words import NEW, go_to, memberships, scope_of, state_of
from console.context import Context
from console.widgets.words import day, md
from services.audits.reviews.campaigns import Reviews, Standing
from services.directory.pool import PoolTables
from services.roles import Permission
from services.store.campaigns import Decision

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
            "New review",
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


def _card(ctx: Context, standing: Standing) -> None:
    campaign = standing.campaign
    state, colour = state_of(campaign)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(campaign.title)}**", width="content")
            st.badge(state, color=colour)
            st.space("stretch")
            mine = standing.share_of(ctx.operator.id)
            waiting = mine.undecided if mine and campaign.is_open else 0
            st.button(
                f"Decide {waiting:,}" if waiting else "Open",
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


def _line(standing: Standing) -> str:
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
