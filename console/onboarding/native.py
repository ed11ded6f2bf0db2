"""The preview's other way: AWS's own import job for very many new people without invitations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import streamlit as st

from console import context
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.onboarding.draft import UploadDraft
from console.widgets import dialog
from console.widgets.downloads import download
from console.widgets.table import show_table
from console.widgets.words import md
from services.bulk.model import Plan
from services.bulk.native import (
    STATES,
    WORTH_IT,
    NativeFile,
    begin,
    follow_up,
    has_groups,
    native_file,
    stop_import,
)
from services.bulk.saved import save_plan
from services.cognito.imports import ImportJob
from services.configuration.iam_policy import import_logs_role
from services.csv_safe import write_csv
from services.errors import CognitoError, NotAvailable, PermissionMissing
from services.gateways import target_of
from services.store.activity import Why
from services.words import counted, people

RENEW = timedelta(seconds=5)
SHOWN = 100
JOBS = 10
LEFT_OUT = ("Row", "Column", "Why it isn't in AWS's file", "What to do")
LINES = ("Line in AWS's log", "Row of your file", "Person")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """AWS's file as it was checked for one plan; `lacking` says why AWS can't be asked to import it."""

    made_at: datetime
    mark_verified: bool
    file: NativeFile
    groups: bool
    lacking: str = ""


def show_native(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    """A closed section: what an import by AWS is, its file, the import itself, and its groups."""
    # what appears above it would otherwise close it
    begun = bool(st.session_state.get(_watching(ctx)))
    with st.expander("Large import by AWS", expanded=begun, key="native"):
        _about(plan)
        verified = st.checkbox(
            "The addresses and numbers in this file are known to be right (they count as verified)",
            key=f"native-verified-{ctx.pool.id}",
            help="AWS imports only people with a verified address or number: the code for their first "
            "password goes there.",
        )
        prepared = _kept(ctx, plan, verified)
        if st.button(
            "Check the file for AWS",
            icon=":material/fact_check:",
            disabled=not plan.totals.create,
            help=None if plan.totals.create else "This plan creates nobody.",
            key="native-check",
        ):
            prepared = _prepare(ctx, draft, plan, verified)
        if prepared is not None:
            _file(ctx, prepared)
            _import(ctx, draft, prepared)
        live = _jobs(ctx)
        if prepared is not None and prepared.groups:
            _groups(ctx, draft, prepared, live)


def _about(plan: Plan) -> None:
    count = plan.totals.create
    better = (
        f"This plan creates {count:,} people, so it may be the better way."
        if count >= WORTH_IT
        else f"It is meant for {WORTH_IT:,} people and more; for {count:,} the ordinary run is simpler."
    )
    st.markdown(
        f"AWS can bring in a whole file by itself. {better} Weigh up:\n\n"
        "- **No invitation is sent** and no password is set. People choose “Forgot password” at their first "
        "sign-in (status *Must reset password*).\n"
        "- **Nobody counts as active this month** because of it.\n"
        "- AWS reports only how many came in; who failed stands in its log, by line.\n"
        "- An account has **one active import at a time**. Undo can't take an import back.\n"
        "- Groups are not part of it: they follow as a plan of their own."
    )


def _kept(ctx: Context, plan: Plan, verified: bool) -> _Prepared | None:
    found = st.session_state.get(_key(ctx))
    fits = isinstance(found, _Prepared) and (found.made_at, found.mark_verified) == (plan.made_at, verified)
    return found if fits else None


def _prepare(ctx: Context, draft: UploadDraft, plan: Plan, verified: bool) -> _Prepared | None:
    """Make AWS's file once; it is kept in this tab."""
    with guarded(), st.spinner("Checking every row against AWS's rules…", show_time=True):
        gateway = ctx.pool_session.gateway
        header, lacking = _header(ctx)
        file = native_file(
            plan,
            gateway.describe_pool(),
            header=header,
            mark_verified=verified,
            heading=draft.columns.heading_of,
        )
        groups = has_groups(draft.table, draft.columns, file)
        st.session_state[_key(ctx)] = _Prepared(plan.made_at, verified, file, groups, lacking)
    return _kept(ctx, plan, verified)


def _header(ctx: Context) -> tuple[tuple[str, ...], str]:
    """The columns that AWS asks for, or why it can't be asked."""
    try:
        return ctx.pool_session.gateway.import_header(), ""
    except NotAvailable:
        return (
            (),
            "The Cognito behind this connection has no import jobs, so nothing can be imported from here.",
        )
    except PermissionMissing as error:
        return (), str(error)


def _file(ctx: Context, prepared: _Prepared) -> None:
    file = prepared.file
    left, right = st.columns(2)
    left.metric("People in AWS's file", f"{file.people:,}", border=True)
    right.metric("New people left out of it", f"{file.rows_left_out:,}", border=True)
    for text in file.obstacles:
        st.error(md(text), icon=":material/block:")
    for text in file.remarks:
        st.info(md(text), icon=":material/info:")
    if file.left_out:
        _left_out(ctx, file)
    with st.container(horizontal=True, vertical_alignment="center"):
        download(
            "Download the file for AWS",
            f"{ctx.pool.name}-aws-import.csv",
            lambda: file.data,
            pool=ctx.pool.name,
            key="native-file",
            disabled=not file.people,
        )
        download(
            "Who is on which line",
            f"{ctx.pool.name}-aws-import-lines.csv",
            lambda: write_csv(LINES, [(line.line, line.row, line.label) for line in file.lines]),
            pool=ctx.pool.name,
            key="native-lines",
            disabled=not file.people,
            help="AWS's log names lines only. The header is line 1.",
        )
    st.caption(
        "The file is for AWS, not for a spreadsheet: AWS's format can't carry the apostrophes that keep a "
        "spreadsheet from running a cell as a formula."
    )


def _left_out(ctx: Context, file: NativeFile) -> None:
    lines = [(problem.row, problem.column, problem.what, problem.fix) for problem in file.left_out]
    show_table(
        {heading: [line[place] for line in lines[:SHOWN]] for place, heading in enumerate(LEFT_OUT)},
        "New people that are not in AWS's file, and why",
    )
    download(
        "Download who is left out",
        f"{ctx.pool.name}-not-in-aws-import.csv",
        lambda: write_csv(LEFT_OUT, lines),
        pool=ctx.pool.name,
        key="native-left-out-csv",
    )


def _import(ctx: Context, draft: UploadDraft, prepared: _Prepared) -> None:
    file = prepared.file
    if prepared.lacking:
        st.info(
            md(f"{prepared.lacking} The file can be downloaded, and taken to the AWS console of the pool."),
            icon=":material/cloud_off:",
        )
        return
    role = st.text_input(
        "Role with which AWS writes the import's log (ARN)",
        placeholder="arn:aws:iam::123456789012:role/cognito-import-logs",
        key=f"native-role-{ctx.pool.id}",
        help="Whoever looks after AWS makes it once. Your connection needs iam:PassRole on it.",
    )
    _role_help(ctx)
    changes, name = ctx.pool_session.changes, draft.table.name
    pressed = st.button(
        f"Import {people(file.people)} by AWS…",
        icon=":material/cloud_upload:",
        disabled=not file.can_start or not role.strip(),
        help=None if role.strip() else "Give the role first.",
        key="native-start",
    )
    dialog.confirm(
        pressed,
        f"Import {people(file.people)} by AWS",
        f"{counted(file.people, 'new person', 'new people')} will come into the pool {ctx.pool.name}. "
        "No invitation is sent; each one has to choose a password with “Forgot password”. Undo can't take "
        "it back: people who shouldn't be there have to be deleted.",
        typed=str(file.people),
        typed_what="number of people",
        action=lambda why: begin(changes, file, role, name=name, **why),
        then=lambda job: _begun(ctx, job),
        button="Begin the import",
        key="native-import",
    )


def _begun(ctx: Context, job: ImportJob) -> None:
    st.session_state[_watching(ctx)] = True
    done(f"The import {job.name} has begun. It goes on in AWS, also when you close this tab.")


def _role_help(ctx: Context) -> None:
    with st.popover("What that role has to be like", icon=":material/policy:"):
        gateway = ctx.pool_session.gateway
        trust, logs = import_logs_role(gateway.settings.region, gateway.settings.account)
        st.markdown("In the AWS console: IAM, Roles, Create role, Custom trust policy:")
        st.code(trust.text, language="json")
        st.markdown("and as its permissions:")
        st.code(logs.text, language="json")


def _jobs(ctx: Context) -> bool:
    """The pool's imports, renewed while one is active; True while one is."""
    if not st.session_state.get(_watching(ctx)):
        if st.button("Show the imports of this pool", icon=":material/history:", key="native-show-jobs"):
            st.session_state[_watching(ctx)] = True
        else:
            return False
    gateway = ctx.pool_session.gateway
    try:
        first = [gateway.list_import_jobs()]
    except NotAvailable:
        st.info("The Cognito behind this connection has no import jobs.", icon=":material/cloud_off:")
        return False
    except CognitoError as error:
        st.error(md(str(error)), icon=":material/error:")
        return False
    active = next((job for job in first[0] if job.is_active), None)

    @st.fragment(run_every=RENEW if active else None)
    def watch() -> None:
        context.require_live()
        with guarded():
            now = first.pop() if first else gateway.list_import_jobs()
            if active and not any(job.is_active for job in now):
                ctx.pool_session.directory.refresh()
                st.rerun()  # a full run shows what comes next
            _table(now[:JOBS])

    watch()
    if active is not None:
        _stop(ctx, active)
    return active is not None


def _table(jobs: tuple[ImportJob, ...]) -> None:
    if not jobs:
        st.markdown("This pool has had no import by AWS.")
        return
    newest = jobs[0]
    st.markdown(
        f"**{md(newest.name)}**: {STATES[newest.state].title}. {STATES[newest.state].meaning} "
        f"{newest.imported:,} imported, {newest.skipped:,} skipped (they were there already), "
        f"{newest.failed:,} failed."
    )
    show_table(
        {
            "Import": [job.name for job in jobs],
            "State": [STATES[job.state].title for job in jobs],
            "Imported": [job.imported for job in jobs],
            "Skipped": [job.skipped for job in jobs],
            "Failed": [job.failed for job in jobs],
            "Made": [job.created for job in jobs],
            "AWS says": [job.message for job in jobs],
        },
        "Imports of this pool by AWS",
    )


def _stop(ctx: Context, job: ImportJob) -> None:
    changes = ctx.pool_session.changes

    def carry_out(why: Why) -> str:
        stop_import(changes, job, **why)
        return f"AWS was asked to stop the import {job.name}."

    dialog.confirm(
        st.button("Stop the import…", icon=":material/stop:", key=f"native-stop-{job.id}"),
        "Stop the import",
        "It can't go on afterwards. Whoever has been imported so far stays in the pool.",
        typed="stop",
        typed_what="word",
        action=carry_out,
        button="Stop it",
        key=f"native-stop-dialog-{job.id}",
    )


def _groups(ctx: Context, draft: UploadDraft, prepared: _Prepared, live: bool) -> None:
    """The plan that follows the import, as a job to be looked at and started."""
    if not st.button(
        "Plan the groups of the imported people",
        icon=":material/group_add:",
        disabled=live,
        help="The import is still active." if live else "From the same file. Nothing is sent yet.",
        key="native-groups",
    ):
        return
    with guarded(), st.spinner("Comparing with the user pool as it is now…", show_time=True):
        plan = follow_up(
            ctx.pool_session.gateway,
            draft.table,
            draft.columns,
            prepared.file,
            draft.options,
            pool_name=ctx.pool.name,
        )
        saved = save_plan(ctx.store, plan, target=asdict(target_of(ctx.pool)), actor=ctx.who())
        st.switch_page(PAGES["job"], query_params={"id": saved.id})


def _key(ctx: Context) -> str:
    return f"_native-{ctx.pool.id}"


def _watching(ctx: Context) -> str:
    return f"_native-watching-{ctx.pool.id}"
