"""What providers say of themselves: read from addresses and files that strangers wrote."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services import web
from services.errors import InvalidValue
from services.login.provider_metadata import (
    discovery_address,
    oidc_from_file,
    read_oidc,
    read_saml,
    saml_from,
)
from services.web import AddressRefused

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def certificate(ends: datetime, starts: datetime = NOW - timedelta(days=365)) -> str:
    """A certificate as it stands in metadata."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.example.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(starts)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def metadata(*certificates: str, more: str = "") -> bytes:
    """Metadata of a SAML provider with these certificates."""
    keys = "".join(
        '<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n'
        f"{text}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
        for text in certificates
    )
    return f"""<?xml version="1.0"?>{more}
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
    entityID="https://id.example.com/saml">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    {keys}
    <SingleLogoutService Binding="x" Location="https://id.example.com/out"/>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="https://id.example.com/post"/>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="https://id.example.com/in"/>
    <saml:Attribute xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Name="mail"/>
  </IDPSSODescriptor>
</EntityDescriptor>""".encode()


DISCOVERY = {
    "issuer": "https://id.example.com",
    "authorization_endpoint": "https://id.example.com/authorize",
    "token_endpoint": "https://id.example.com/token",
    "userinfo_endpoint": "https://id.example.com/me",
    "jwks_uri": "https://id.example.com/keys",
    "scopes_supported": ["openid", "email", 7],
    "claims_supported": ["sub", "email"],
}


def test_an_openid_description_is_read_from_a_file() -> None:
    found = oidc_from_file(json.dumps(DISCOVERY).encode())
    assert found.issuer == "https://id.example.com"
    assert found.endpoints["attributes_url"] == "https://id.example.com/me"
    assert (found.scopes, found.claims) == (("openid", "email"), ("sub", "email"))


@pytest.mark.parametrize("typed", ["https://id.example.com", "https://id.example.com/ "])
def test_an_issuer_leads_to_its_description(typed: str) -> None:
    wanted = "https://id.example.com/.well-known/openid-configuration"
    assert discovery_address(typed) == discovery_address(wanted) == wanted


def test_metadata_tells_where_people_sign_in_and_until_when_its_certificates_last() -> None:
    old, new = NOW + timedelta(days=10), NOW + timedelta(days=400)
    found = saml_from(metadata(certificate(old), certificate(new)))
    assert found.entity_id == "https://id.example.com/saml"
    assert found.sign_in == "https://id.example.com/in"
    assert found.signs_out
    assert found.claims == ("mail",)
    assert [entry.ends for entry in found.certificates] == [old, new]
    assert found.ends == new


def test_a_certificate_that_cant_be_read_is_left_out() -> None:
    found = saml_from(metadata("bm90IGEgY2VydGlmaWNhdGU=", "!"))
    assert found.certificates == ()
    assert found.ends is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"{}",
        b"\xff\xfe",
        b"<EntityDescriptor/>",
        metadata(more='<!DOCTYPE x [<!ENTITY a "aaaa">]>'),
        metadata(more='<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        metadata(more='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    ],
)
def test_what_is_no_metadata_or_brings_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidValue, match="isn't the metadata"):
        saml_from(content)


def test_a_document_type_in_another_encoding_is_refused_too() -> None:
    text = (
        metadata(more='<!DOCTYPE x [<!ENTITY a "aaaa">]>')
        .decode()
        .replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>')
    )
    with pytest.raises(InvalidValue, match="document type"):
        saml_from(text.encode("utf-16"))


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidValue, match="larger than"):
        saml_from(b" " * (web.LARGEST_ANSWER + 1))
    with pytest.raises(InvalidValue, match="isn't an OpenID description"):
        oidc_from_file(b"[]")


@pytest.mark.parametrize("read", [read_oidc, read_saml])
@pytest.mark.parametrize(
    "address", ["http://id.example.com", "https://127.0.0.1", "https://localhost", "https://169.254.169.254"]
)
def test_addresses_inside_this_machine_or_network_are_not_called(read: object, address: str) -> None:
    assert callable(read)
    with pytest.raises(AddressRefused):
        read(address)


@pytest.mark.parametrize(
    "address", ["", "id.example.com", "ftp://id.example.com", "https://a@id.example.com"]
)
def test_what_is_no_address_is_said_so(address: str) -> None:
    with pytest.raises(InvalidValue, match="no web address"):
        read_saml(address)
