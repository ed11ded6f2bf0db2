"""The temporary passwords of a job: waiting, taken away by whom and when, new ones for whoever needs them."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from console import context
from console.context import Context
from console.feedback import guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.downloads import download
from console.widgets.focus import escape_cancels
from console.widgets.words import day, md, minute, zone
from services.bulk import handover
from services.bulk.handover import PasswordsTaken
from services.bulk.saved import save_plan
from services.gateways import PoolAddress, gateway_for
from services.roles import Permission
from services.store.jobs import Job
from services.store.store import Store
from services.words import counted, people

NAME = "job-take-passwords"
LOOK = timedelta(seconds=1)
"""How often the dialog looks whether they were taken: a download runs no script that could say so."""


def show_passwords(ctx: Context, job: Job) -> None:
    """What became of the passwords that the job gave, with the way on; nothing for a job that gave none."""
    waiting = handover.passwords_waiting(ctx.store, job.id)
    gone = handover.passwords_lost(ctx.store, job.id)
    if waiting:
        _waiting(ctx, job, waiting)
    if gone:
        _gone(ctx, job, gone, handover.takings(ctx.store, job.id))


def in_short(store: Store, job: Job) -> str:
    """The same in a few words, for the list of jobs; empty for a job that gave none."""
    if not store.jobs.password_rows(job.id):
        return ""
    if waiting := handover.passwords_waiting(store, job.id):
        return f"{waiting:,} waiting"
    taken = handover.takings(store, job.id)
    return f"Taken by {taken[0].by}, {minute(taken[0].at)}" if taken else ""


def _waiting(ctx: Context, job: Job, count: int) -> None:
    why_not = ctx.why_not(Permission.USER_PASSWORD)
    until = f" until {day(job.finished_at + handover.PASSWORDS_KEPT)}" if job.finished_at else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/key: **{counted(count, 'temporary password')}** to hand over, kept{until}.",
            width="stretch",
        )
        if st.button(
            "Hand over…",
            type="primary",
            key=f"job-hand-over-{job.id}",
            disabled=bool(why_not),
            help=why_not or "Says first what happens. They can be taken once.",
        ):
            dialog.open_dialog(NAME, job.id)
            st.rerun()  # the dialog stands on the page, out of reach of the part that renews itself


def _gone(ctx: Context, job: Job, count: int, taken: list[PasswordsTaken]) -> None:
    said = " and ".join(f"by {taking.by} on {minute(taking.at)}" for taking in taken)
    became = f"taken away {said}" if taken else "erased: nobody took them in time"
    told = f"{counted(count, 'temporary password')} {became}. Not kept here any more."
    why_not = ctx.why_not(Permission.BULK) or ctx.why_not(Permission.USER_PASSWORD)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/key_off: {md(told)}", width="stretch")
        if not st.button(
            f"Set new ones for these {count:,}…" if count > 1 else "Set a new one…",
            key=f"job-new-passwords-{job.id}",
            disabled=bool(why_not),
            help=why_not
            or "Plans a new one for whoever still waits with a temporary one. Nothing is sent yet.",
        ):
            return
    with guarded(), st.spinner("Looking who still waits with a temporary password…", show_time=True):
        actor = ctx.who()
        gateway = gateway_for(ctx.store, PoolAddress(**job.target), actor.name)
        plan = handover.plan_new_passwords(ctx.store, gateway, job.id)
        saved = save_plan(ctx.store, plan, target=job.target, actor=actor)
        st.switch_page(PAGES["job"], query_params={"id": saved.id})


def show_taking(ctx: Context, job: Job) -> None:
    """The dialog in which they are taken, while it is open."""
    asked = dialog.opened(NAME)
    if asked is None or asked.subject != job.id:
        return
    count = handover.passwords_waiting(ctx.store, job.id)
    title = f"Hand over {counted(count, 'temporary password')}" if count else "Handed over"
    dialog.show_dialog(title, lambda: _ask(ctx, job, count, asked) if count else _told(ctx, job, asked))


def _ask(ctx: Context, job: Job, count: int, asked: Opened) -> None:
    st.markdown(
        f"The file holds, for {people(count)}: what they sign in as, where, the temporary password, also "
        "spelled for the telephone, and until when it works.\n\n"
        "**With the download they are erased here.** Nobody can fetch the file again. That you took it "
        "stands on this page and in the activity log. If the file is lost, set new passwords."
    )
    store, who, name, here = ctx.store, ctx.who, f"{job.pool_name}-{job.id[:8]}", zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Cancel", key=asked.key("cancel")):
            dialog.close_dialog()
            st.rerun()
        escape_cancels(asked.key("escape"))
        st.space("stretch")
        download(
            "As a table",
            f"{name}-passwords.csv",
            lambda: handover.passwords_csv(handover.take_passwords(store, job.id, who()), here).data,
            logged=False,
            key=asked.key("table"),
            icon=":material/table:",
            permission=Permission.USER_PASSWORD,
        )
        download(
            "As sheets to print",
            f"{name}-sheets.html",
            lambda: handover.sheets(handover.take_passwords(store, job.id, who()), job.pool_name, here),
            logged=False,
            key=asked.key("sheets"),
            mime="text/html",
            icon=":material/print:",
            permission=Permission.USER_PASSWORD,
        )

    @st.fragment(run_every=LOOK)
    def watch() -> None:
        context.require_live()
        if not handover.passwords_waiting(store, job.id):
            st.rerun()

    watch()


def _told(ctx: Context, job: Job, asked: Opened) -> None:
    taken = handover.takings(ctx.store, job.id)
    st.markdown(
        md(
            f"{counted(taken[0].people, 'temporary password')} left the console with the file that "
            f"{taken[0].by} downloaded on {minute(taken[0].at)}. Keep that file where nobody else reads it, "
            "and delete it when everybody has theirs."
            if taken
            else "There are none to take any more."
        )
    )
    if dialog.close_button(asked, escape=False):
        st.rerun()
