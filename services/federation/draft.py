"""An identity provider as it is typed in: checked field by field, then as AWS wants it.

Sources: API reference, CreateIdentityProvider (keys of ProviderDetails by kind, ProviderNameTypeV2,
IdpIdentifierType); Cognito developer guide, "Using OIDC identity providers with a user pool", "Using SAML
identity providers with a user pool", "Using social identity providers with a user pool".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.cognito.providers import ProviderSettings
from services.errors import InvalidValue
from services.login.checkup_providers import SPECIAL
from services.login.provider_metadata import OidcDescription
from services.store.checks import DISCOVERY_PATH
from services.words import NamedInWords

LONGEST_NAME, MOST_IDENTIFIERS, LONGEST_IDENTIFIER = 32, 50, 40
"""Characters of a name, and how many further names a provider may have (service model)."""

_LONGEST_CLAIM = 200
_IDENTIFIER = re.compile(r"[\w\s+=.@-]+")
_RESERVED = frozenset({"cognito", "google", "facebook", "loginwithamazon", "signinwithapple"})
# these two are AWS's own keys for where metadata comes from; only one of them may be sent
_SAML_SOURCES = ("MetadataURL", "MetadataFile")


class ProviderKind(NamedInWords):
    """Kinds that can be added here; the value is AWS's name of it."""

    OIDC = "OIDC", "OpenID Connect (Entra ID, Okta, Keycloak …)"
    SAML = "SAML", "SAML 2.0 (AD FS, Entra ID, Shibboleth …)"
    GOOGLE = "Google", "Google"


USUAL_SCOPES: Mapping[ProviderKind, str] = MappingProxyType(
    {ProviderKind.OIDC: "openid email profile", ProviderKind.GOOGLE: "openid email profile"}
)
_WS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
USUAL_MAPPING: Mapping[ProviderKind, Mapping[str, str]] = MappingProxyType(
    {
        ProviderKind.OIDC: {"email": "email", "email_verified": "email_verified", "name": "name"},
        ProviderKind.GOOGLE: {"email": "email", "email_verified": "email_verified", "name": "name"},
        ProviderKind.SAML: {"email": f"{_WS}/emailaddress", "name": f"{_WS}/name"},
    }
)
"""What providers of a kind usually tell: attribute of the pool → claim or attribute of theirs."""

_OTHER_SAML = {"given_name": "givenname", "family_name": "surname", "phone_number": "mobilephone"}


def usual_claim(kind: ProviderKind, attribute: str) -> str:
    """What providers of a kind usually call an attribute of the pool."""
    usual = USUAL_MAPPING[kind].get(attribute, attribute)
    if kind is ProviderKind.SAML and attribute in _OTHER_SAML:
        return f"{_WS}/{_OTHER_SAML[attribute]}"
    return usual


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """What was typed. `source` is the address of a discovery document (or issuer) or of SAML metadata.

    `file` is SAML metadata that was uploaded instead; `endpoints` are those of an OpenID description that
    was uploaded (AWS's keys): with an address Cognito finds them itself. `secret` is "" where the stored
    one stays.
    """

    kind: ProviderKind
    name: str
    source: str = ""
    file: str = field(default="", repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    client_id: str = ""
    secret: str = field(default="", repr=False)
    scopes: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    signs_out: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """The secret that was typed, by AWS's key."""
        return {"client_secret": self.secret} if self.secret else {}

    def details(self, there: Mapping[str, str] | None = None) -> dict[str, str]:
        """AWS's ProviderDetails without the secret; what `there` has besides stays as it is."""
        kept = dict(there or {})
        if self.kind is ProviderKind.SAML:
            for key in _SAML_SOURCES:
                kept.pop(key, None)
            source = {"MetadataFile": self.file} if self.file else {"MetadataURL": self.source}
            return {**kept, **source, "IDPSignout": "true" if self.signs_out else "false"}
        mine = {"client_id": self.client_id, "authorize_scopes": self.scopes}
        if self.kind is ProviderKind.OIDC:
            mine["oidc_issuer"] = issuer_of(self.source)
            mine["attributes_request_method"] = kept.get("attributes_request_method", "GET")
            mine |= {key: value for key, value in self.endpoints.items() if value}
            if kept.get("oidc_issuer") not in (None, mine["oidc_issuer"]):
                # they belong to the issuer that it had
                kept = {key: value for key, value in kept.items() if key not in OidcDescription("").endpoints}
        return {**kept, **mine}


def issuer_of(source: str) -> str:
    """The issuer, for its discovery address or itself."""
    return source.strip().removesuffix(DISCOVERY_PATH)


def draft_of(provider: ProviderSettings) -> ProviderDraft:
    """A stored provider as it would be typed. Raises `InvalidValue` for a kind that isn't changed here."""
    kind = kind_of(provider.kind)
    if kind is None:
        raise InvalidValue(why_not_changed(provider.kind), "Change it there.", field="kind")
    details = provider.details
    return ProviderDraft(
        kind,
        provider.name,
        source=details.get("MetadataURL", "")
        if kind is ProviderKind.SAML
        else details.get("oidc_issuer", ""),
        file=details.get("MetadataFile", ""),
        client_id=details.get("client_id", ""),
        scopes=details.get("authorize_scopes", ""),
        mapping=dict(provider.mapping),
        identifiers=provider.identifiers,
        signs_out=details.get("IDPSignout", "").lower() == "true",
    )


def kind_of(name: str) -> ProviderKind | None:
    """The kind with this name of AWS; None for kinds that the console can show but not change."""
    return next((kind for kind in ProviderKind if kind == name), None)


_OTHER_KINDS = {
    "Facebook": ("Facebook", "it asks for the version of Facebook's interface"),
    "LoginWithAmazon": ("Login with Amazon", "it doesn't speak OpenID Connect"),
    "SignInWithApple": ("Sign in with Apple", "it needs a private key of Apple's in place of a secret"),
}


def why_not_changed(kind: str) -> str:
    """Why a provider of this kind of AWS's can't be added or changed here, in one sentence."""
    title, about = _OTHER_KINDS.get(kind, (kind, "the form here doesn't know its settings"))
    return f"{title} is set up and changed in the AWS console: {about}. It can be offered and deleted here."


def checked_draft(draft: ProviderDraft, taken: Collection[str], *, new: bool) -> ProviderDraft:
    """The draft as it may be sent. `taken` are the names of the pool's other providers.

    Raises `InvalidValue` naming the first field that isn't usable.
    """
    if new:
        _check_name(draft, taken)
    if draft.kind is ProviderKind.SAML:
        if not draft.source and not draft.file:
            raise _missing(
                "source", "Where does its metadata stand?", "Enter its address, or choose its file."
            )
    else:
        if draft.kind is ProviderKind.OIDC and not issuer_of(draft.source):
            raise _missing("source", "Which issuer is it?", "Enter the issuer, or choose its description.")
        if not draft.client_id.strip():
            raise _missing(
                "client_id",
                "As which client is the pool known there?",
                "Register the pool at the provider; it gives out a client ID and a secret.",
            )
        if new and not draft.secret:
            raise _missing("secret", "The client secret is missing.", "Copy it from the provider.")
        if "openid" not in draft.scopes.split():
            raise _missing("scopes", "The scope openid is missing.", "Without it there is no ID token.")
    _check_identifiers(draft.identifiers)
    _check_mapping(draft.mapping)
    return draft


def _missing(field: str, message: str, step: str) -> InvalidValue:
    return InvalidValue(message, step, field=field)


def _check_name(draft: ProviderDraft, taken: Collection[str]) -> None:
    """ProviderNameTypeV2; names of social providers are their kinds."""
    name = draft.name
    if draft.kind is ProviderKind.GOOGLE:
        if "google" in {other.casefold() for other in taken}:
            raise InvalidValue("The pool has Google already.", "Change that one instead.", field="name")
        return
    if not 3 <= len(name) <= LONGEST_NAME or any(
        char == "_" or unicodedata.category(char)[0] in "ZC" for char in name
    ):
        raise InvalidValue(
            f"A name has 3 to {LONGEST_NAME} characters, without spaces and without “_”.",
            "Choose one that people recognise on the login page: it stands on the button.",
            field="name",
        )
    if name.casefold() in _RESERVED:
        raise InvalidValue(f"{name} is a name of AWS's own.", "Choose another name.", field="name")
    if name.casefold() in {other.casefold() for other in taken}:
        raise InvalidValue(
            f"The pool has a provider {name} already.",
            "Choose another name, or change that one.",
            field="name",
        )


def _check_identifiers(identifiers: tuple[str, ...]) -> None:
    bad = [name for name in identifiers if not _IDENTIFIER.fullmatch(name) or len(name) > LONGEST_IDENTIFIER]
    if bad or len(identifiers) > MOST_IDENTIFIERS:
        raise InvalidValue(
            f"“{bad[0] if bad else identifiers[-1]}” can't be a further name.",
            f"Further names are e-mail domains or short words: letters, digits and + = . @ -, "
            f"{LONGEST_IDENTIFIER} characters at most, {MOST_IDENTIFIERS} of them.",
            field="identifiers",
        )


def _check_mapping(mapping: Mapping[str, str]) -> None:
    for name, claim in mapping.items():
        if not claim.strip() or len(claim) > _LONGEST_CLAIM:
            raise InvalidValue(
                f"{name} is mapped to nothing usable.",
                "Write what the provider calls it, or take the line out.",
                field="mapping",
            )
        if name == "sub" or name == "identities":
            raise InvalidValue(
                f"{name} is Cognito's own and can't be mapped.",
                f"Take the line out; “{SPECIAL}” is what the provider knows a person by.",
                field="mapping",
            )
