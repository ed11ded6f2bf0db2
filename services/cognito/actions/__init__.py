"""Every action: what can be changed in a user pool, one class each.

A new action is a class in one of the files here. Whoever imports this package knows all of them.
"""

from services.cognito.actions.attributes import (
    VERIFIED,
    AttributeChange,
    ClearAttributes,
    UpdateAttributes,
    mark_verified,
)
from services.cognito.actions.base import (
    ACTIONS,
    CLOCK_TOLERANCE,
    OFFERS,
    Change,
    Confirm,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    RowColumn,
    TargetRef,
    WayBack,
    dump,
    load,
    read_only,
    reasons,
)
from services.cognito.actions.clients import AddClientSecret, ClientChange, DeleteClientSecret, UpdateClient
from services.cognito.actions.devices import ForgetDevices
from services.cognito.actions.factors import RemoveAuthenticator, SetMfaPreference
from services.cognito.actions.groups import CreateGroup, DeleteGroup, GroupChange, UpdateGroup
from services.cognito.actions.identities import IdentityChange, LinkIdentity, UnlinkIdentity
from services.cognito.actions.imports import CreateImportJob, ImportChange, StartImportJob, StopImportJob
from services.cognito.actions.memberships import AddToGroup, MembershipChange, RemoveFromGroup
from services.cognito.actions.passwords import ResetPassword, SetPassword
from services.cognito.actions.providers import (
    CreateProvider,
    DeleteProvider,
    ProviderChange,
    UpdateProvider,
)
from services.cognito.actions.sessions import EndSession, JudgeSignIn
from services.cognito.actions.sign_in import ChoosePassword, ChoosePasswordAsAdmin, SetUpTotp
from services.cognito.actions.users import (
    ConfirmUser,
    CreateUser,
    DeleteUser,
    DisableUser,
    EnableUser,
    ResendInvitation,
    SignOutUser,
)

__all__ = [
    "ACTIONS",
    "CLOCK_TOLERANCE",
    "OFFERS",
    "VERIFIED",
    "AddClientSecret",
    "AddToGroup",
    "AttributeChange",
    "Change",
    "ChoosePassword",
    "ChoosePasswordAsAdmin",
    "ClearAttributes",
    "ClientChange",
    "Confirm",
    "ConfirmUser",
    "CreateGroup",
    "CreateImportJob",
    "CreateProvider",
    "CreateUser",
    "CurrentMemberships",
    "DeleteClientSecret",
    "DeleteGroup",
    "DeleteProvider",
    "DeleteUser",
    "DisableUser",
    "EnableUser",
    "EndSession",
    "Facts",
    "ForgetDevices",
    "GroupChange",
    "HeldBack",
    "IdentityChange",
    "ImportChange",
    "JudgeSignIn",
    "LinkIdentity",
    "MembershipChange",
    "Offer",
    "PersonChange",
    "ProviderChange",
    "RemoveAuthenticator",
    "RemoveFromGroup",
    "ResendInvitation",
    "ResetPassword",
    "RowColumn",
    "SetMfaPreference",
    "SetPassword",
    "SetUpTotp",
    "SignOutUser",
    "StartImportJob",
    "StopImportJob",
    "TargetRef",
    "UnlinkIdentity",
    "UpdateAttributes",
    "UpdateClient",
    "UpdateGroup",
    "UpdateProvider",
    "WayBack",
    "dump",
    "load",
    "mark_verified",
    "read_only",
    "reasons",
]
