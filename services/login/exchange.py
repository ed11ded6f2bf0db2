"""What comes back from the login page, exchanged for tokens, checked, and put into words."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError

from services.errors import ConsoleError, LoginTestRefused
from services.login import web
from services.login.chain import Link, LinkState, failed, not_applicable, passed
from services.login.decision import decide, decision_links
from services.login.discovery import Discovery
from services.login.flow import Flow, Proofs
from services.login.http_client import oauth_client
from services.login.jwks import KEYS, Keys
from services.login.jwt_text import LARGEST_TOKEN, NotAToken, Parts, take_apart
from services.login.places import KnownPool
from services.login.provider_errors import meaning_of
from services.login.report import TokenReport
from services.login.token_checks import Expected, check_token, groups_in
from services.login.token_memory import Tokens
from services.login.words import claim_lines

LONGEST_CODE = 2_000
_SIGNED_IN, _EXCHANGED = "Signed in", "Code exchanged"
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the callback address carries. `error` is the provider's code when it refused."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    description: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the answer is the answer to. `secret` is the client's."""

    flow: Flow
    discovery: Discovery
    proofs: Proofs
    secret: str = field(repr=False)
    place: KnownPool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an answer: links from "signed-in" on, checked tokens, the tokens themselves."""

    links: tuple[Link, ...]
    reports: tuple[TokenReport, ...] = ()
    person: str = ""
    tokens: Tokens = field(default_factory=Tokens, repr=False)


def answer_from(query: Mapping[str, str]) -> Answer:
    """The answer in the parameters of a callback, each cut to a sensible length."""
    return Answer(
        query.get("state", "")[:200],
        query.get("code", "")[:LONGEST_CODE],
        query.get("error", "")[:100],
        query.get("error_description", "")[:500],
        query.get("iss", "")[:500],
    )


def answer_in(address: str) -> Answer:
    """The answer in a pasted address. Raises `LoginTestRefused` when there is none."""
    text = address.strip()
    if len(text) > 8_000:
        raise LoginTestRefused("This address is too long for the answer of a sign-in.", "Copy it again.")
    try:
        query = urlsplit(text).query or text.partition("?")[2]
        answer = answer_from(dict(parse_qsl(query, max_num_fields=50)))
    except ValueError:
        answer = Answer()
    if not answer.code and not answer.error:
        raise LoginTestRefused(
            "There is no answer in this address: neither a code nor an error.",
            "Copy the whole address of the page that the sign-in ended on, with everything after the “?”.",
        )
    return answer


def carry_out(question: Question, answer: Answer) -> Outcome:
    """Exchange the code and check what it gives. Nothing is raised but programming errors."""
    refusal = _refusal(question, answer)
    if refusal is not None:
        return Outcome((refusal,))
    links = [passed("signed-in", _SIGNED_IN, "The login page has sent a code for somebody.")]
    got = _exchanged(question, answer.code)
    if isinstance(got, Link):
        return Outcome((*links, got))
    tokens = _tokens_in(got)
    if not tokens.id_token and not tokens.access_token:
        text = "The token endpoint answered, but without any token."
        return Outcome((*links, failed("code", _EXCHANGED, text, "Check the discovery URL.")))
    kinds = [name for name, there in _kinds(tokens) if there]
    links.append(
        passed("code", _EXCHANGED, f"For {' and '.join(filter(None, [', '.join(kinds[:-1]), kinds[-1]]))}.")
    )
    return _judged(question, tokens, links)


def _kinds(tokens: Tokens) -> tuple[tuple[str, bool], ...]:
    return (
        ("an ID token", bool(tokens.id_token)),
        ("an access token", bool(tokens.access_token)),
        ("a refresh token", bool(tokens.refresh_token)),
    )


def _refusal(question: Question, answer: Answer) -> Link | None:
    """The provider's own refusal, or an answer that is none."""
    flow = question.flow
    if answer.issuer and answer.issuer != question.discovery.issuer:
        return failed(
            "signed-in",
            _SIGNED_IN,
            "The answer says that it comes from another provider than the one that was asked.",
            "Begin again. If it stays, somebody stands between the browser and the provider (RFC 9207).",
        )
    if answer.error:
        values = {
            "redirect_uri": flow.redirect_uri,
            "scopes": ", ".join(flow.scopes),
            "client_id": flow.client_id,
        }
        meaning = meaning_of("sign-in", answer.error, answer.description, **values)
        fix = f"{meaning.fix} (Field: {meaning.field}.)" if meaning.field else meaning.fix
        return failed("signed-in", _SIGNED_IN, meaning.sentence, fix, detail=answer.error)
    if not _PRINTABLE.fullmatch(answer.code):
        return failed(
            "signed-in",
            _SIGNED_IN,
            "The answer holds no usable code.",
            "Begin again; copy the whole address.",
        )
    return None


def _exchanged(question: Question, code: str) -> Mapping[str, Any] | Link:
    flow, discovery = question.flow, question.discovery
    try:
        with oauth_client(discovery.origins, flow.client_id, question.secret, flow.auth_method) as client:
            got = client.fetch_token(
                discovery.token_endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=flow.redirect_uri,
                **({"code_verifier": question.proofs.verifier} if flow.pkce else {}),
            )
    except AuthlibBaseError as error:
        return _told("exchange", str(error.error or ""), str(error.description or ""), flow)
    except httpx.HTTPError as error:
        told: ConsoleError = web.unreachable(discovery.token_endpoint, error)
        return failed("code", _EXCHANGED, told.message, told.next_step)
    except ConsoleError as error:
        return failed("code", _EXCHANGED, error.message, error.next_step)
    except ValueError:
        text = "The token endpoint answered something that is no token answer."
        return failed("code", _EXCHANGED, text, "Check the discovery URL.")
    return dict(got)


def _told(stage: str, code: str, description: str, flow: Flow) -> Link:
    meaning = meaning_of(stage, code, description, scopes=", ".join(flow.scopes), client_id=flow.client_id)
    fix = f"{meaning.fix} (Field: {meaning.field}.)" if meaning.field else meaning.fix
    return failed("code", _EXCHANGED, meaning.sentence, fix, detail=code[:60])


def _tokens_in(got: Mapping[str, Any]) -> Tokens:
    def text(name: str) -> str:
        value = got.get(name)
        return value if isinstance(value, str) and len(value) <= LARGEST_TOKEN else ""

    return Tokens(text("id_token"), text("access_token"), text("refresh_token"))


def _judged(question: Question, tokens: Tokens, links: list[Link]) -> Outcome:
    """Both tokens checked, and their checks summed up in links of the chain."""
    flow, now = question.flow, time.time()
    base = expected_of(question)
    reports, parts = [], {}
    for title, use, token in (
        ("ID token", "id", tokens.id_token),
        ("Access token", "access", tokens.access_token),
    ):
        if not token:
            continue
        access = tokens.access_token if use == "id" else ""
        wanted = expected_for(base, use, question.proofs.nonce if use == "id" else None, access)
        report, taken = check_one(title, token, question, wanted, now)
        reports.append(report)
        if taken is not None:
            parts[use] = taken
    links += summed_up(reports)
    claims = (parts.get("id") or parts.get("access") or Parts({}, {})).claims
    # Whatever the token says counts only if everything about the token holds.
    if not any(link.state is LinkState.FAILED for link in links if link.key != "scopes"):
        decision = decide(groups_in(claims), flow.allowed_groups, flow.group_roles)
        links += decision_links(decision, flow.allowed_groups, flow.group_roles, flow.application)
    return Outcome(tuple(links), tuple(reports), person_in(claims), tokens)


def expected_of(question: Question) -> Expected:
    """What every token of this sign-in should be."""
    flow = question.flow
    return Expected(
        question.place.name,
        question.place.issuers,
        issuer=question.discovery.issuer,
        client_id=flow.client_id,
        clients={flow.client_id: flow.application} if flow.application else {},
        scopes=flow.scopes,
        fresh=True,
    )


def expected_for(base: Expected, use: str, nonce: str | None, access_token: str) -> Expected:
    """`base` for one kind of token."""
    return replace(base, token_use=use, nonce=nonce, access_token=access_token)


def check_one(
    title: str, token: str, question: Question, expected: Expected, now: float
) -> tuple[TokenReport, Parts | None]:
    """One token taken apart and checked; the parts are None when it is no token at all."""
    try:
        parts = take_apart(token)
    except NotAToken as error:
        broken = failed("signature", "Form", error.message, error.next_step)
        return TokenReport(title, (broken,), ()), None

    def keys(kid: str) -> Keys:
        return KEYS.keys(question.discovery.jwks_uri, question.discovery.origins, kid)

    return TokenReport(title, check_token(parts, keys, expected, now), claim_lines(parts.claims, now)), parts


_SUMS = (
    (
        "signed-by-pool",
        "Token signed by this pool",
        ("duplicates", "header", "algorithm", "key-id", "signature", "issuer"),
        "Signed with the pool's key, in its name, and unaltered.",
    ),
    (
        "for-client",
        "For this client and this sign-in",
        ("token-use", "client", "nonce", "at-hash"),
        "Issued for this application and for this very sign-in.",
    ),
    ("in-time", "In time", ("expiry", "not-before", "clock", "auth-time"), ""),
    ("scopes", "Scopes as asked for", ("scope",), ""),
)


def summed_up(reports: list[TokenReport]) -> list[Link]:
    """The checks of all tokens as four links; each repeats the first check that went wrong."""
    links = []
    for key, title, names, good in _SUMS:
        relevant = [(one.title, link) for one in reports for link in one.checks if link.key in names]
        wrong = _first(relevant, LinkState.FAILED) or _first(relevant, LinkState.DOUBTFUL)
        if wrong is not None:
            which, link = wrong
            text = f"{which}, {link.title.lower()}: {link.sentence}"
            links.append(Link(key, title, link.state, text, link.fix, link.detail))
            continue
        first = next((link for _, link in relevant if link.state is LinkState.PASSED), None)
        if first is None:
            links.append(not_applicable(key, title, "No token of this sign-in says anything about it."))
        else:
            links.append(passed(key, title, good or first.sentence))
    return links


def _first(relevant: list[tuple[str, Link]], state: LinkState) -> tuple[str, Link] | None:
    return next((one for one in relevant if one[1].state is state), None)


def person_in(claims: Mapping[str, Any]) -> str:
    """Whom the token names: e-mail address, else username, else sub."""
    for name in ("email", "cognito:username", "username", "sub"):
        value = claims.get(name)
        if isinstance(value, str) and value:
            return value[:200]
    return ""
