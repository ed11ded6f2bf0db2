"""The form for one connection."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console.configuration.editor import Editor, option_with_code
from console.feedback import done
from console.widgets.words import md
from services.cognito.connection import REGIONS, region_name
from services.configuration.connection_form import SOURCES, ConnectionForm
from services.configuration.connections import ConnectionService, Saved
from services.store.connections import Connection, CredentialKind

KIND_TITLES = {
    CredentialKind.STATIC: "Access keys",
    CredentialKind.SESSION: "Temporary access keys",
    CredentialKind.PROFILE: "Named profile",
    CredentialKind.ROLE: "Assume a role",
    CredentialKind.DEFAULT: "This machine's own credentials",
}
KIND_CAPTIONS = {
    CredentialKind.STATIC: "Id and secret of an IAM user. They last until someone changes them.",
    CredentialKind.SESSION: "Id, secret and session token. They end after some hours.",
    CredentialKind.PROFILE: "From the AWS configuration files of the user that runs this console.",
    CredentialKind.ROLE: "Taken on for each operator, so that CloudTrail shows who acted. Recommended.",
    CredentialKind.DEFAULT: "Whatever AWS's ordinary chain finds: environment, container or instance role.",
}
FIELDS = (
    "name",
    "region",
    "account",
    "endpoint_url",
    "kind",
    "profile",
    "role_arn",
    "external_id",
    "source",
    "access_key_id",
    "secret_access_key",
    "session_token",
)


def show_form(service: ConnectionService, editor: Editor, test_next: str) -> None:
    """Fields for a new connection or a stored one; `test_next` is where a wish for a test is kept."""
    old = service.get(editor.id) if editor.id else None
    st.subheader(f"Change {md(old.name)}" if old else "New connection", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        where = _where(editor, old)
    with right:
        how = _how(service, editor, old)
    editor.other_problem(FIELDS)
    with st.container(horizontal=True):
        both = st.button("Save and test", type="primary", key=editor.key("save-test"))
        only = st.button("Save", key=editor.key("save"))
        editor.cancel_button()
    if both or only:
        form = ConnectionForm(**where, **how)
        saved: Saved = editor.save(
            lambda: service.change(old.id, form) if old is not None else service.add(form)
        )
        if both:
            st.session_state[test_next] = saved
        else:
            done(f"The connection {saved.connection.name} is saved.", saved.activity_id)
        st.rerun()


def _where(editor: Editor, old: Connection | None) -> dict[str, Any]:
    st.markdown("**Which account and region**")
    name = st.text_input("Name", old.name if old else "", key=editor.key("name"), placeholder="Production EU")
    editor.problem("name", name)
    regions = list(REGIONS)
    chosen = old.region if old else None
    if chosen and chosen not in regions:
        regions.append(chosen)
    region = st.selectbox(
        "Region",
        regions,
        index=regions.index(chosen) if chosen else None,
        format_func=lambda code: option_with_code(region_name(code), code),
        placeholder="Choose or type a part of its name",
        key=editor.key("region"),
    )
    editor.problem("region", region)
    account = st.text_input(
        "Account id or alias (optional)",
        old.account if old else "",
        key=editor.key("account"),
        placeholder="123456789012",
        help="The 12 digits at the top right of the AWS console, or the account's alias.",
    )
    editor.problem("account", account)
    endpoint = st.text_input(
        "Endpoint (blank for AWS)",
        old.endpoint_url if old else "",
        key=editor.key("endpoint"),
        placeholder="blank = AWS itself",
        help="Only for a VPC endpoint or an emulator, as in https://vpce-….amazonaws.com",
    )
    editor.problem("endpoint_url", endpoint)
    return {
        "name": name or "",
        "region": region or "",
        "account": account or "",
        "endpoint_url": endpoint or "",
    }


def _how(service: ConnectionService, editor: Editor, old: Connection | None) -> dict[str, Any]:
    st.markdown("**How this console signs in to AWS**")
    kinds = list(KIND_TITLES)
    kind = st.radio(
        "Credentials",
        kinds,
        index=kinds.index(old.kind) if old else 0,
        format_func=KIND_TITLES.__getitem__,
        captions=[md(KIND_CAPTIONS[one]) for one in kinds],
        key=editor.key("kind"),
        label_visibility="collapsed",
    )
    values: dict[str, Any] = {"kind": kind}
    source = kind
    if kind is CredentialKind.ROLE:
        values |= _role(editor, old)
        source = _source(service, editor, old)
        values["source"] = source
    if source is CredentialKind.PROFILE:
        values["profile"] = st.text_input(
            "Profile",
            old.profile if old else "",
            key=editor.key("profile"),
            help="`aws configure list-profiles` shows the names, run as the user that runs this console.",
        )
        editor.problem("profile", values["profile"])
    if source in (CredentialKind.STATIC, CredentialKind.SESSION):
        values |= _keys(service, editor, old, CredentialKind(source))
    return values


def _role(editor: Editor, old: Connection | None) -> dict[str, str]:
    arn = st.text_input(
        "Role ARN",
        old.role_arn if old else "",
        key=editor.key("role"),
        placeholder="arn:aws:iam::123456789012:role/cognito-ops",
    )
    editor.problem("role_arn", arn)
    external = st.text_input(
        "External id (if the role asks for one)",
        old.external_id if old else "",
        key=editor.key("external"),
        help="The role's trust policy names it as sts:ExternalId.",
    )
    editor.problem("external_id", external)
    st.markdown("The role session is named after the operator, so CloudTrail shows who acted.")
    return {"role_arn": arn or "", "external_id": external or ""}


def _source(service: ConnectionService, editor: Editor, old: Connection | None) -> CredentialKind:
    now = service.source(old) if old and old.kind is CredentialKind.ROLE else CredentialKind.DEFAULT
    source = st.selectbox(
        "Taken on with",
        SOURCES,
        index=SOURCES.index(now),
        format_func=KIND_TITLES.__getitem__,
        key=editor.key("source"),
        help="The credentials that are allowed to take on the role (sts:AssumeRole).",
    )
    editor.problem("source", source)
    return source or now


def _keys(
    service: ConnectionService, editor: Editor, old: Connection | None, kind: CredentialKind
) -> dict[str, str]:
    stored = old is not None and service.source(old) is kind
    if stored and old is not None:
        ending = f" (the one ending in {md(old.access_key_hint)})" if old.access_key_hint else ""
        st.markdown(f"A key is stored{ending}. It is never shown again. Leave these fields blank to keep it.")
    blank = "leave blank to keep" if stored else ""
    found = {}
    fields = {"access_key_id": "Access key id", "secret_access_key": "Secret access key"}
    if kind is CredentialKind.SESSION:
        fields["session_token"] = "Session token"  # noqa: S105 - a label
    for name, label in fields.items():
        found[name] = (
            st.text_input(
                label,
                type="default" if name == "access_key_id" else "password",
                key=editor.key(name),
                placeholder=blank,
                autocomplete="off" if name == "access_key_id" else "new-password",
                # a password field that is left by Tab (to its eye) would not be sent otherwise
                live=True,
            )
            or ""
        )
        editor.problem(name, found[name])
    return found
