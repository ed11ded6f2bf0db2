"""Which ways of signing in an app client allows."""

from __future__ import annotations

from services.cognito.app_clients import DEFAULT_FLOWS
from services.cognito.models import AppClient
from services.login.sign_in_flow import FLOWS, SignInFlow


def flows_of(client: AppClient) -> tuple[str, ...]:
    """The client's ExplicitAuthFlows, AWS's defaults where they were never set."""
    return client.auth_flows or DEFAULT_FLOWS


def allows(client: AppClient, flow: SignInFlow) -> bool:
    """Whether the client's settings let an application sign people in by this flow."""
    if flow is SignInFlow.HOSTED:
        return client.hosted and "code" in client.oauth_flows
    return bool(set(flows_of(client)) & set(FLOWS[flow].allowed_by))
