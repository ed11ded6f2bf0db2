"""The ways in which an application signs people in, each known once.

Sources: Cognito developer guide, "Authentication flows" and "User pool managed login"; API reference,
InitiateAuth (AuthFlow) and CreateUserPoolClient (ExplicitAuthFlows).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class SignInFlow(StrEnum):
    """How somebody signs in; the values are those of the commands' `--flow`."""

    HOSTED = "hosted"
    SRP = "srp"
    PASSWORD = "password"  # noqa: S105 - the name of a flow
    ADMIN = "admin"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """What is known about a flow.

    `auth_flow` is AWS's AuthFlow, "" for the hosted login page; a client needs one of `allowed_by`
    among its ExplicitAuthFlows. `through` follows "the application signs people in through".
    """

    title: str
    auth_flow: str
    allowed_by: tuple[str, ...]
    about: str
    through: str


FLOWS: Mapping[SignInFlow, FlowFacts] = MappingProxyType(
    {
        SignInFlow.HOSTED: FlowFacts(
            "Login page",
            "",
            (),
            "The application sends people to the pool's own login page, and they come back with a code.",
            "the hosted login page",
        ),
        SignInFlow.SRP: FlowFacts(
            "SRP",
            "USER_SRP_AUTH",
            ("ALLOW_USER_SRP_AUTH",),
            "The password stays here; Cognito gets a proof of it. What most applications do.",
            "its own form, without sending the password (USER_SRP_AUTH)",
        ),
        SignInFlow.PASSWORD: FlowFacts(
            "Password",
            "USER_PASSWORD_AUTH",
            ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
            "The password itself is sent to Cognito.",
            "its own form, with the password (USER_PASSWORD_AUTH)",
        ),
        SignInFlow.ADMIN: FlowFacts(
            "Administrator",
            "ADMIN_USER_PASSWORD_AUTH",
            ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
            "As an application's server does it, with AWS credentials: here, with this pool's connection.",
            "its server (ADMIN_USER_PASSWORD_AUTH)",
        ),
        SignInFlow.CHOICE: FlowFacts(
            "Choice",
            "USER_AUTH",
            ("ALLOW_USER_AUTH",),
            "Cognito says what the person may begin with: password, or a code by e-mail or text message.",
            "its own form, where the person chooses how to begin (USER_AUTH)",
        ),
    }
)
"""What is known about each flow. The older names without ALLOW_ mean the same."""

API_FLOWS = tuple(flow for flow in SignInFlow if flow is not SignInFlow.HOSTED)
"""Those that an application carries out itself, through the API."""
