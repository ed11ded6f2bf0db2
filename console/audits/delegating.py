"""Handing what a reviewer has left to decide to another operator."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.audits.reviews.campaigns import CampaignProgress, ReviewerShare, Reviews
from services.audits.reviews.delegation import LONGEST_REASON, Delegated, may_hand_over
from services.words import counted

_NAME = "review-delegate"


def show_delegate(ctx: Context, standing: CampaignProgress) -> None:
    """The button for whoever may hand something over, and its dialog while it is open."""
    givers = _givers(ctx, standing)
    if givers:
        st.button(
            "Hand over…",
            icon=":material/forward:",
            key=f"review-delegate-{standing.campaign.id}",
            help="Let another operator decide on what is still undecided.",
            on_click=dialog.open_dialog,
            args=(_NAME, standing.campaign.id),
        )
    opened = dialog.opened(_NAME)
    if opened is not None and opened.subject == standing.campaign.id:
        dialog.show_dialog("Hand memberships over", lambda: _body(ctx, givers, opened))


def _givers(ctx: Context, standing: CampaignProgress) -> dict[str, ReviewerShare]:
    """Whose part may be handed over by whoever looks; their own first."""
    actor, campaign = ctx.who(), standing.campaign
    shares = sorted(standing.shares, key=lambda share: share.reviewer.id != actor.operator_id)
    return {
        share.reviewer.id: share
        for share in shares
        if share.undecided and may_hand_over(campaign, actor, share.reviewer.id)
    }


def _body(ctx: Context, givers: dict[str, ReviewerShare], opened: Opened) -> None:
    if opened.once.succeeded:
        answer = opened.once.answer
        assert isinstance(answer, Delegated)  # noqa: S101 - it is all that `_submit` does
        done(_said(answer))
        dialog.close_dialog()
        st.rerun()
    st.markdown(
        "What is still undecided is for the other operator to decide from then on; what is decided stays as "
        "it is. It stands in the report and in the activity log."
    )
    operators = {operator.id: operator for operator in ctx.store.operators.list() if not operator.disabled}
    with dialog.form(
        opened,
        "Hand over",
        marked=True,
        checks=lambda: _problems(opened),
        on_action=_submit,
        args=(ctx, opened),
    ):
        st.selectbox(
            dialog.required("From"),
            list(givers),
            format_func=lambda id: _share(ctx, givers, id),
            key=opened.key("from"),
        )
        st.selectbox(
            dialog.required("To"),
            list(operators),
            index=None,
            format_func=lambda id: (
                f"{operators[id].name or operators[id].username} ({operators[id].username})"
            ),
            placeholder="Choose an operator of this console",
            key=opened.key("to"),
        )
        st.text_input(
            dialog.required("Reason"),
            max_chars=LONGEST_REASON,
            placeholder="On holiday until May",
            key=opened.key("why"),
        )


def _share(ctx: Context, givers: dict[str, ReviewerShare], id: str) -> str:
    share = givers[id]
    name = "Yourself" if id == ctx.operator.id else share.reviewer.username
    return f"{name}: {counted(share.undecided, 'membership')} undecided"


def _problems(opened: Opened) -> list[str]:
    found = [] if opened.value("to") else ["Choose who is to decide."]
    return found if opened.value("why").strip() else [*found, "Give a reason."]


def _submit(ctx: Context, opened: Opened) -> None:
    reviews, id = Reviews(ctx.store, ctx.who), opened.subject
    giver, taker, reason = opened.value("from"), opened.value("to"), opened.value("why")
    opened.attempt(lambda: reviews.delegate(id, giver, taker, reason))


def _said(answer: Delegated) -> str:
    made = answer.delegation
    stayed = (
        f" {counted(answer.stayed, 'membership')} stayed: nobody reviews their own access."
        if answer.stayed
        else ""
    )
    return f"{counted(made.memberships, 'membership')} went from {made.from_name} to {made.to_name}.{stayed}"
