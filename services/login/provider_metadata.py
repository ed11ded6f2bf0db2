"""What an identity provider says of itself: an OpenID description, or SAML metadata.

An address is typed by an administrator and called from here: https at public hosts only, without
following redirects, cut off when long or slow (`services.web`). Sources: OpenID Connect Discovery 1.0;
SAML 2.0 Metadata (saml-metadata-2.0-os); Cognito developer guide, "Using OIDC identity providers with a
user pool" and "Using SAML identity providers with a user pool".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml
from xml.parsers import expat

from cryptography import x509

from services import web
from services.errors import InvalidValue
from services.store.checks import DISCOVERY_PATH
from services.web import ProviderUnreachable, origin_of

LARGEST_FILE = web.LARGEST_ANSWER
"""Bytes of a metadata file."""

_METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class OidcDescription:
    """An OpenID provider as its discovery document describes it; "" for what isn't named."""

    url: str
    issuer: str = ""
    authorize_url: str = ""
    token_url: str = ""
    attributes_url: str = ""
    jwks_uri: str = ""
    end_session_url: str = ""
    revocation_url: str = ""
    auth_methods: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Address by AWS's key of ProviderDetails; those that Cognito needs."""
        return {
            "authorize_url": self.authorize_url,
            "token_url": self.token_url,
            "attributes_url": self.attributes_url,
            "jwks_uri": self.jwks_uri,
        }


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A certificate that a SAML provider signs with. Times are aware, UTC."""

    subject: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class SamlDescription:
    """A SAML provider as its metadata describes it; `claims` are the attributes that it names."""

    entity_id: str
    sign_in: str = ""
    signs_out: bool = False
    certificates: tuple[SigningCertificate, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def ends(self) -> datetime | None:
        """When the last of its certificates runs out; None without one."""
        return max((certificate.ends for certificate in self.certificates), default=None)


def discovery_address(typed: str) -> str:
    """The address of the discovery document, for an issuer or that address itself."""
    address = typed.strip().rstrip("/")
    return address if address.endswith(DISCOVERY_PATH) else address + DISCOVERY_PATH


def read_oidc(typed: str, home: str = "") -> OidcDescription:
    """The description of the provider whose issuer or discovery address is `typed`.

    `home` is the origin of the connection's own endpoint, which may stand in this network. Raises
    `InvalidValue`, `AddressRefused`, `ProviderUnreachable`.
    """
    url = discovery_address(typed)
    raw = web.fetch_json(url, {_callable(url, home)})
    return oidc_from(raw, url)


def oidc_from_file(content: bytes) -> OidcDescription:
    """The same from a file. Raises `InvalidValue`."""
    _small(content)
    try:
        raw = web.json_object(content, "The file")
    except ProviderUnreachable as error:
        raise InvalidValue("The file isn't an OpenID description.", error.next_step, field="source") from None
    return oidc_from(raw, "")


def oidc_from(raw: Mapping[str, Any], url: str) -> OidcDescription:
    """The parts of a discovery document that are used here."""

    def text(name: str) -> str:
        value = raw.get(name)
        return value if isinstance(value, str) and len(value) < _LONGEST else ""

    def names(name: str) -> tuple[str, ...]:
        value = raw.get(name)
        found = value[:200] if isinstance(value, list) else []
        return tuple(entry for entry in found if isinstance(entry, str) and len(entry) < 200)

    return OidcDescription(
        url,
        issuer=text("issuer"),
        authorize_url=text("authorization_endpoint"),
        token_url=text("token_endpoint"),
        attributes_url=text("userinfo_endpoint"),
        jwks_uri=text("jwks_uri"),
        end_session_url=text("end_session_endpoint"),
        revocation_url=text("revocation_endpoint"),
        auth_methods=names("token_endpoint_auth_methods_supported"),
        scopes=names("scopes_supported"),
        claims=names("claims_supported"),
    )


def read_saml(typed: str, home: str = "") -> SamlDescription:
    """The metadata at an address.

    Raises `InvalidValue`, `AddressRefused`, `ProviderUnreachable`; `home` as in `read_oidc`.
    """
    url = typed.strip()
    return saml_from(web.fetch(url, {_callable(url, home)}, "application/samlmetadata+xml, text/xml, */*"))


def saml_from(content: bytes) -> SamlDescription:
    """The metadata in a file. Raises `InvalidValue`."""
    _small(content)
    root = _xml(content)
    entity = root if root.tag == f"{_METADATA}EntityDescriptor" else root.find(f"{_METADATA}EntityDescriptor")
    provider = entity.find(f"{_METADATA}IDPSSODescriptor") if entity is not None else None
    if entity is None or provider is None:
        raise _no_metadata("It describes no identity provider (IDPSSODescriptor).")
    places = {
        service.get("Binding", ""): service.get("Location", "")[:_LONGEST]
        for service in provider.iter(f"{_METADATA}SingleSignOnService")
    }
    attributes = provider.iter("{urn:oasis:names:tc:SAML:2.0:assertion}Attribute")
    return SamlDescription(
        entity_id=entity.get("entityID", "")[:_LONGEST],
        sign_in=places.get(_REDIRECT) or next(iter(places.values()), ""),
        signs_out=provider.find(f"{_METADATA}SingleLogoutService") is not None,
        certificates=tuple(_certificates(provider)),
        claims=tuple(attribute.get("Name", "")[:200] for attribute in attributes)[:200],
    )


def _callable(url: str, home: str) -> str:
    """The origin of an address that may be called. Raises `InvalidValue`, `AddressRefused`."""
    origin = origin_of(url)
    if not origin or not urlsplit(url).hostname:
        raise InvalidValue(
            "This is no web address.", "Enter the whole address, with https:// in front.", field="source"
        )
    if origin != home:
        web.refuse_inside(url)
    return origin


def _small(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise InvalidValue(
            f"The file is larger than {LARGEST_FILE // 1000} kB, which no provider's description is.",
            "Choose the file that the provider calls its metadata or discovery document.",
            field="source",
        )


def _xml(content: bytes) -> Xml.Element:
    """The document, unless it brings a DTD: entities could make it endless, or read files."""
    reader = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _no_metadata("It brings a document type of its own, which metadata never does.")

    reader.StartDoctypeDeclHandler = refuse
    try:
        reader.Parse(content, True)
        return Xml.fromstring(content)  # noqa: S314 - see above
    except (expat.ExpatError, Xml.ParseError, ValueError, LookupError):
        raise _no_metadata("It isn't XML.") from None


def _no_metadata(why: str) -> InvalidValue:
    return InvalidValue(
        f"This isn't the metadata of a SAML identity provider. {why}",
        "Ask whoever runs the provider for its “federation metadata” (an XML file, or its address).",
        field="source",
    )


def _certificates(provider: Xml.Element) -> Iterator[SigningCertificate]:
    """The certificates that it signs with; those that can't be read are left out."""
    seen = set()
    for key in provider.iter(f"{_METADATA}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for written in key.iter(f"{_SIGNATURE}X509Certificate"):
            text = "".join((written.text or "").split())
            if text in seen:
                continue
            seen.add(text)
            try:
                found = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
            yield SigningCertificate(
                found.subject.rfc4514_string()[:200], found.not_valid_before_utc, found.not_valid_after_utc
            )
