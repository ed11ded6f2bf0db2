"""Every check of a token, every forgery that people have tried on others, and the keys that are asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import RSAKey

from services import web
from services.login import tokens
from services.login.chain import Link, LinkState, first_failure, holds
from services.login.token_text import LARGEST_TOKEN, NotAToken, take_apart
from services.login.tokens import (
    FRESH_SECONDS,
    REFETCH_SECONDS,
    ExpectedToken,
    KeyBook,
    check_token,
    read_keys,
)
from services.web import ProviderUnreachable

NOW = 1_800_000_000.0
POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Brt4Staff"
OTHER_FORM = POOL.replace("cognito-idp", "issuer-cognito-idp")
KEY = RSAKey.generate_key(2048, {"kid": "one"})
STRANGE = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = read_keys({"keys": [KEY.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]})
ID = {
    "iss": POOL,
    "sub": "5f2c",
    "aud": "client",
    "token_use": "id",
    "iat": NOW - 2,
    "auth_time": NOW - 3,
    "exp": NOW + 3600,
    "nonce": "n-1",
    "cognito:groups": ["billing"],
}
ACCESS = {name: value for name, value in ID.items() if name not in ("aud", "nonce")} | {
    "client_id": "client",
    "token_use": "access",
    "scope": "openid email",
}
EXPECTED = ExpectedToken(
    "staff", (POOL, OTHER_FORM), issuer=POOL, client_id="client", nonce="n-1", fresh=True, scopes=("openid",)
)
ENDLESS = '{"exp": Infinity}'
HALF_A_CHARACTER = '{"email": "\\ud800"}'
DEEP = '{"a":' * 20 + "1" + "}" * 20


def signed(claims: dict[str, Any], header: dict[str, Any] | None = None, key: RSAKey = KEY) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one", **(header or {})}, claims, key)


def encoded(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def raw(header: Any, claims: Any, signature: bytes = b"x" * 256) -> str:
    written = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    return f"{encoded(header)}.{encoded(claims)}.{written}"


def checked(token: str, expected: ExpectedToken = EXPECTED) -> dict[str, Link]:
    links = check_token(take_apart(token), lambda _: KEYS, expected, NOW)
    assert len({link.key for link in links}) == len(links)
    return {link.key: link for link in links}


def test_a_good_id_token_passes_every_check_that_applies() -> None:
    links = checked(signed(ID))
    assert holds(links.values())
    assert links["scope"].state is LinkState.NOT_APPLICABLE
    assert links["groups"].sentence == "In billing."


def test_a_good_access_token_passes_every_check_that_applies() -> None:
    links = checked(signed(ACCESS))
    assert holds(links.values())
    assert links["nonce"].state is LinkState.NOT_APPLICABLE
    assert links["scope"].sentence == "It has: openid, email."


def public_key_as_secret(claims: dict[str, Any]) -> str:
    header = {"alg": "HS256", "kid": "one"}
    body = f"{encoded(header)}.{encoded(claims)}"
    pem = KEY.raw_value.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return (
        f"{body}.{base64.urlsafe_b64encode(hmac.digest(pem, body.encode(), 'sha256')).rstrip(b'=').decode()}"
    )


def altered() -> str:
    head, _, signature = signed(ID).split(".")
    return f"{head}.{encoded(ID | {'cognito:groups': ['administrators']})}.{signature}"


def own_key(**header: Any) -> str:
    return signed(ID, header, STRANGE)


FORGED: dict[str, tuple[Callable[[], str], str, str]] = {
    "alg none": (lambda: raw({"alg": "none"}, ID, b""), "algorithm", "isn't signed"),
    "alg nOnE": (lambda: raw({"alg": "nOnE"}, ID, b""), "algorithm", "isn't signed"),
    "alg none with a signature": (lambda: raw({"alg": "none"}, ID), "algorithm", "isn't signed"),
    "HS256 with the public key": (lambda: public_key_as_secret(ID), "algorithm", "shared secret"),
    "RS512": (lambda: raw({"alg": "RS512", "kid": "one"}, ID), "algorithm", "RS256 only"),
    "alg is a list": (lambda: raw({"alg": ["RS256"], "kid": "one"}, ID), "algorithm", "RS256 only"),
    "no kid": (lambda: raw({"alg": "RS256"}, ID), "key-id", "doesn't name its key"),
    "kid is a number": (lambda: raw({"alg": "RS256", "kid": 1}, ID), "key-id", "doesn't name its key"),
    "wrong kid": (lambda: signed(ID, {"kid": "two"}), "key-id", "no such key"),
    "other key under the same kid": (own_key, "signature", "altered"),
    "altered claims": (altered, "signature", "altered"),
    "jku": (lambda: own_key(jku="https://evil.example/keys"), "header", "where to fetch one (jku)"),
    "x5u": (lambda: own_key(x5u="https://evil.example/chain"), "header", "where to fetch one (x5u)"),
    "jwk": (lambda: own_key(jwk=STRANGE.as_dict(private=False)), "header", "its own key"),
    "jku, signed with the pool's key": (
        lambda: signed(ID, {"jku": "https://evil.example/keys"}),
        "header",
        "Programs that follow it",
    ),
    "crit": (
        lambda: raw({"alg": "RS256", "kid": "one", "crit": ["b64"], "b64": False}, ID),
        "header",
        "crit",
    ),
    "wrong issuer": (lambda: signed(ID | {"iss": POOL + "x"}), "issuer", "not the pool staff"),
    "issuer missing": (lambda: signed({k: v for k, v in ID.items() if k != "iss"}), "issuer", "None"),
    "other form of the issuer": (lambda: signed(ID | {"iss": OTHER_FORM}), "issuer", "two forms"),
    "other client": (lambda: signed(ID | {"aud": "another"}), "client", "another app client"),
    "several audiences": (lambda: signed(ID | {"aud": ["client", "another"]}), "client", "no app client"),
    "other client of an access token": (lambda: signed(ACCESS | {"client_id": "x"}), "client", "another"),
    "azp differs": (lambda: signed(ID | {"azp": "another"}), "client", "two different"),
    "expired": (lambda: signed(ID | {"exp": NOW - 3600}), "expiry", "expired 1 hour ago"),
    "no end": (lambda: signed({k: v for k, v in ID.items() if k != "exp"}), "expiry", "doesn't say"),
    "end is true": (lambda: signed(ID | {"exp": True}), "expiry", "doesn't say"),
    "not yet good": (lambda: signed(ID | {"nbf": NOW + 3600}), "not-before", "in 1 hour"),
    "from the future": (lambda: signed(ID | {"iat": NOW + 7200}), "clock", "2 hours in the future"),
    "signed in tomorrow": (lambda: signed(ID | {"auth_time": NOW + 86_400}), "auth-time", "future"),
    "other nonce": (lambda: signed(ID | {"nonce": "n-2"}), "nonce", "another sign-in"),
    "no nonce": (lambda: signed({k: v for k, v in ID.items() if k != "nonce"}), "nonce", "doesn't carry"),
    "no use": (lambda: signed(ID | {"token_use": "refresh"}), "token-use", "doesn't say"),
    "scope missing": (lambda: signed(ACCESS | {"scope": "email"}), "scope", "Missing: openid"),
    "groups are text": (lambda: signed(ID | {"cognito:groups": "administrators"}), "groups", "no list"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_or_wrong_token_is_refused_with_its_reason(name: str) -> None:
    make, key, words = FORGED[name]
    links = checked(make())
    assert links[key].state is LinkState.FAILED
    assert words in links[key].sentence
    first = first_failure(links.values())
    assert first is not None
    assert first.key == key
    assert first.fix


def test_where_a_header_says_to_fetch_the_key_is_ignored() -> None:
    assert checked(own_key(jku="https://evil.example/keys"))["signature"].state is LinkState.FAILED
    assert checked(signed(ID, {"jku": "https://evil.example/keys"}))["signature"].state is LinkState.PASSED
    mark = checked(signed(ID, {"x5t": "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg"}))["header"]
    assert mark.state is LinkState.DOUBTFUL


def test_names_that_stand_twice_are_refused_wherever_they_stand() -> None:
    for body in (
        '{"iss": "' + POOL + '", "sub": "a", "sub": "b"}',
        '{"x": {"sub": 1, "sub": 2}}',
    ):
        token = f"{encoded({'alg': 'RS256', 'kid': 'one'})}.{encoded(body)}.{encoded('x' * 40)}"
        links = checked(token)
        assert links["duplicates"].state is LinkState.FAILED
        assert "sub" in links["duplicates"].sentence
    header = '{"alg": "RS256", "alg": "none", "kid": "one"}'
    assert "alg" in checked(f"{encoded(header)}.{encoded(ID)}.{encoded('x')}")["duplicates"].sentence


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "no token"),
        ("a" * (LARGEST_TOKEN + 1), "too long"),
        ("one.two", "three parts"),
        ("a.b.c.d.e", "encrypted"),
        ("€.b.eA", "characters that no token has"),
        ("....", "encrypted"),
        (f"{encoded('[1]')}.{encoded({})}.eA", "no JSON object"),
        (f"{encoded('{')}.{encoded({})}.eA", "no JSON"),
        (f"{encoded({'alg': 'RS256'})}.{encoded('NaN')}.eA", "no JSON"),
        (f"{encoded({'alg': 'RS256'})}.{encoded(ENDLESS)}.eA", "no JSON"),
        (f"{encoded({'alg': 'RS256'})}.{encoded(DEEP)}.eA", "nested"),
        (f"{encoded({'alg': 'RS256'})}.{encoded('[' * 9000)}.eA", "no JSON"),
        (f"{encoded({'alg': 'RS256'})}.{encoded({})}.", "signature is missing"),
        (f"{encoded({'alg': 'RS256'})}.{encoded('9' * 5000)}.eA", "no JSON"),
        (f"{encoded({'alg': 'RS256'})}.{encoded(HALF_A_CHARACTER)}.eA", "half characters"),
        (f"{encoded(HALF_A_CHARACTER)}.{encoded({})}.eA", "half characters"),
    ],
)
def test_what_is_no_token_is_said_so(token: str, words: str) -> None:
    with pytest.raises(NotAToken, match=words):
        take_apart(token)


def test_a_token_may_be_pasted_with_the_word_before_it_and_white_space_around() -> None:
    assert take_apart(f"  Bearer {signed(ID)}\n").claims["sub"] == "5f2c"


def test_the_id_token_must_belong_to_the_access_token() -> None:
    access = signed(ACCESS)
    half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
    good = ExpectedToken("staff", (POOL,), access_token=access)
    assert checked(signed(ID | {"at_hash": half}), good)["at-hash"].state is LinkState.PASSED
    assert checked(signed(ID | {"at_hash": half[:-2] + "xx"}), good)["at-hash"].state is LinkState.FAILED


def test_a_nonce_is_only_compared_for_sign_ins_of_this_console() -> None:
    assert checked(signed(ID), ExpectedToken("staff", (POOL,)))["nonce"].state is LinkState.NOT_APPLICABLE


def test_the_kind_of_token_is_compared() -> None:
    wants_access = ExpectedToken("staff", (POOL,), token_use="access")
    assert "an access token is wanted" in checked(signed(ID), wants_access)["token-use"].sentence


def test_keys_that_cannot_be_read_are_told_from_a_bad_signature() -> None:
    def silent(_: str) -> Any:
        raise ProviderUnreachable("No answer.", "Look at the network.")

    links = {link.key: link for link in check_token(take_apart(signed(ID)), silent, EXPECTED, NOW)}
    assert "can't be read" in links["key-id"].sentence
    assert links["signature"].state is LinkState.NOT_REACHED


def test_weak_and_foreign_keys_of_a_set_are_not_used() -> None:
    whole = KEY.as_dict(private=False)
    short = {**whole, "kid": "short", "n": whole["n"][:171]}
    found = read_keys(
        {
            "keys": [
                short,
                {"kty": "oct", "kid": "secret", "k": "eA"},
                KEY.as_dict(private=False) | {"kid": "enc", "use": "enc"},
                KEY.as_dict(private=False) | {"kid": "twice"},
                STRANGE.as_dict(private=False) | {"kid": "twice"},
                "no key",
            ]
        }
    )
    assert found.by_id == {}
    assert set(found.others) == {"short", "secret", "enc", "twice"}
    links = {
        link.key: link
        for link in check_token(take_apart(signed(ID, {"kid": "short"})), lambda _: found, EXPECTED, NOW)
    }
    assert "shorter than 2048 bits" in links["key-id"].sentence


URL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x/.well-known/jwks.json"
OLD, NEW = (RSAKey.generate_key(2048, {"kid": kid}).as_dict(private=False) for kid in ("old", "new"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A provider that can't be reached from tests: its keys, the clock, and how often it was asked."""
    it: dict[str, Any] = {"keys": [OLD], "now": 1000.0, "asked": 0}

    def fetch(*_: Any) -> dict[str, Any]:
        it["asked"] += 1
        return {"keys": it["keys"]}

    monkeypatch.setattr(web, "fetch_json", fetch)
    monkeypatch.setattr(tokens.time, "monotonic", lambda: it["now"])
    return it


def test_known_keys_are_not_fetched_again_until_they_are_old(provider: dict[str, Any]) -> None:
    book = KeyBook()
    for _ in range(3):
        assert "old" in book.keys(URL, (), "old").by_id
    assert provider["asked"] == 1
    provider["now"] += FRESH_SECONDS
    book.keys(URL, (), "old")
    assert provider["asked"] == 2


def test_an_unknown_key_id_makes_it_ask_once_more(provider: dict[str, Any]) -> None:
    book = KeyBook()
    book.keys(URL, (), "old")
    provider["keys"], provider["now"] = [OLD, NEW], provider["now"] + REFETCH_SECONDS
    assert "new" in book.keys(URL, (), "new").by_id
    assert provider["asked"] == 2


def test_made_up_key_ids_do_not_make_it_ask_again_and_again(provider: dict[str, Any]) -> None:
    book = KeyBook()
    for number in range(20):
        assert book.keys(URL, (), f"made-up-{number}").by_id.keys() == {"old"}
    assert provider["asked"] == 1
