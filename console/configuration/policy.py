"""The IAM policy to paste into AWS."""

from __future__ import annotations

import streamlit as st

from console.configuration.editor import option_with_code
from console.context import Context
from console.feedback import guarded
from console.theme import side_by_side
from console.widgets.words import md
from services.cognito.regions import REGIONS, region_name
from services.configuration.connections import ConnectionService
from services.configuration.iam_policy import PolicyPool, assume_role_policy, policy_for
from services.roles import Permission, Role, allows
from services.store import checks
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord

NO_CONNECTION = ""


def show_policy(ctx: Context) -> None:
    """The tab: choose, read, copy."""
    service = ConnectionService(ctx.store, ctx.who)
    st.markdown(
        "The least that the console's credentials need. In the AWS console: IAM, Policies, Create policy, "
        "JSON; then attach it to the user or role that the connection uses."
    )
    with guarded():
        connections = {connection.id: connection for connection in service.list()}
        left, right = side_by_side("policy")
        with left:
            connection = _connection(connections)
            region, account = _place(service, connection)
        with right:
            pool_ids = _pools(connection, list(ctx.store.pools.list()))
            role = st.radio(
                "Who works through it",
                list(Role),
                index=len(Role) - 1,
                format_func=lambda role: f"Up to {role}: {Role(role).adds}",
                key="policy-role",
                help="Each role of operators includes the ones before. One set of credentials serves them "
                "all; what each operator may do is checked by this console.",
            )
            import_role = _import_role(role or Role.AUDITOR)
        _result(connection, region, account, pool_ids, role or Role.AUDITOR, import_role)


def _connection(connections: dict[str, Connection]) -> Connection | None:
    chosen = st.selectbox(
        "Connection",
        [*connections, NO_CONNECTION],
        format_func=lambda id: connections[id].name if id else "None of these yet",
        key="policy-connection",
    )
    return connections.get(chosen or "")


def _place(service: ConnectionService, connection: Connection | None) -> tuple[str, str]:
    """Region and account ID; the id can be asked of AWS when the connection works."""
    if connection is None:
        region = st.selectbox(
            "Region",
            REGIONS,
            index=None,
            format_func=lambda code: option_with_code(region_name(code), code),
            key="policy-region",
        )
        return region or "", (st.text_input("Account ID", key="policy-account-new") or "").strip()
    key = f"policy-account-{connection.id}"
    known = connection.account if checks.is_account_id(connection.account) else ""
    if key not in st.session_state:
        st.session_state[key] = known
    asked = not known and st.button("Ask AWS for the account ID", icon=":material/help:", key=f"{key}-ask")
    if asked:
        with guarded():
            st.session_state[key] = service.identity(connection.id).account
    account = st.text_input("Account ID", key=key, placeholder="123456789012")
    return connection.region, (account or "").strip()


def _pools(connection: Connection | None, pools: list[PoolRecord]) -> list[tuple[str, str]]:
    """Region ("" = the connection's) and id of each chosen pool."""
    own = {
        pool.pool_id: pool for pool in pools if connection is not None and pool.connection_id == connection.id
    }
    chosen = st.multiselect(
        "User pools",
        list(own),
        default=list(own),
        format_func=lambda id: option_with_code(own[id].name, id) if id in own else id,
        accept_new_options=True,
        placeholder="Choose pools, or type their ids",
        key=f"policy-pools-{connection.id if connection else 'new'}-{len(own)}",
    )
    return [(own[id].region if id in own else "", id) for id in chosen]


def _import_role(role: Role) -> str:
    """The role for AWS's own import jobs, asked for where they may be used."""
    if not allows(role, Permission.BULK):
        return ""
    return (
        st.text_input(
            "Role for AWS's own import jobs (optional)",
            key="policy-import-role",
            placeholder="arn:aws:iam::123456789012:role/CognitoImports",
            help="Only for bringing in 20,000 people and more by AWS's import jobs: the role with which "
            "Cognito writes the job's log to CloudWatch.",
        )
        or ""
    )


def _result(
    connection: Connection | None,
    region: str,
    account: str,
    pool_ids: list[tuple[str, str]],
    role: Role,
    import_role: str,
) -> None:
    missing = [
        word
        for word, there in (("a region", region), ("an account ID", account), ("a pool", pool_ids))
        if not there
    ]
    if missing:
        st.info(f"Still needed for the policy: {', '.join(missing)}.", icon=":material/info:")
        return
    pools = [PolicyPool(own or region, checks.pool_id(id)) for own, id in pool_ids]
    policy = policy_for(pools, role.up_to, account, import_role)
    for note in policy.notes:
        st.markdown(f"- {md(note)}")
    st.markdown(
        f"**Policy for the credentials** ({policy.size:,} characters); the copy button is at its top right."
    )
    st.code(policy.text, language="json")
    if connection is not None and connection.kind is CredentialKind.ROLE:
        st.markdown(
            f"That policy belongs to the role {md(connection.role_arn)}. The credentials that take it on "
            "need only this one, and must be named in the role's trust policy"
            + (" together with the external ID:" if connection.external_id else ":")
        )
        st.code(assume_role_policy(connection.role_arn).text, language="json")
