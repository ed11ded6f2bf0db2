"""Tokens as people paste them: taken out of what stands round them, and checked against the known pools.

Taken off or apart are JSON (of the token endpoint, of an SDK), quotation marks, wrapped lines, invisible
characters, `Authorization: Bearer`, the query or fragment of a callback address, marks of Markdown, and
cookies; what mail programs, editors and browsers do to a text before that is undone in `pasted_text`. Nothing
of a token is kept or logged.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from services.errors import ConsoleError
from services.login.chain import (
    Link,
    LinkState,
    decide,
    decision_links,
    not_applicable,
    step,
)
from services.login.discovery import KnownPool, known_pools, pool_of_issuer
from services.login.pasted_text import joined, made_plain
from services.login.token_text import (
    ClaimLine,
    NotAToken,
    Parts,
    claim_lines,
    is_program,
    person_in,
    take_apart,
)
from services.login.tokens import KEYS, ExpectedToken, Keys, check_token, groups_in, token_use_of
from services.roles import ActorSource, Permission
from services.store.applications import Application
from services.store.checks import DISCOVERY_PATH
from services.store.store import Store

LONGEST_PASTE = 1_000_000
"""Characters of what is pasted that are looked through."""

MOST_UNQUOTED = 3
"""So many times an address may have been put into another."""

_INVISIBLE = dict.fromkeys(
    [
        0xAD,
        0x34F,
        0x61C,
        0x180E,
        0xFEFF,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    ]
)
_LINE_ENDS = dict.fromkeys([0x0B, 0x0C, 0x85, 0xA0, 0x2028, 0x2029, 0x202F, 0x3000], "\n")
"""Blanks and line ends of other kinds, at which programs wrap a long line."""
_SIGNED = 342
"""Characters of a signature by a key of 2,048 bits, as those of user pools are (RFC 7518, 3.3)."""
# a JSON object in base64 begins with one of these: {" or { and a space or a line end
_BEGINNINGS = ("eyJ", "eyA", "ewo", "ew0")
_COMPACT = re.compile(r"(?<![\w.-])e[yw][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){2,4}")
_NAMED = re.compile(r"([A-Za-z][A-Za-z_-]*)[\"']?\s*[:=]\s*[\"']?(?:Bearer\s+)?\Z", re.IGNORECASE)
_IN_TOKEN, _LAST_WORD = re.compile(r"[\w.-]"), re.compile(r"[^\w.-]")
_SAYS = re.compile(r"[\w.-]+[ \t]*(?:[:=]|[ \t]+\S|[,;][ \t]*[\"']?e[yw])|-{4,}")
"""A line that says something else: a name and its value, words, the next row of a table, the end of a part
of a form."""
# a line may end with the sign of a shell, or with that of e-mails in quoted-printable
_WRAP = re.compile(r"[ \t]*(?:\\|(?<!=)=)?[ \t]*\r?\n[ \t>|]*")
_MARKED = re.compile(r"(?<![\w.-])(_{1,3})(e[yw][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){2,4})")
_PADDED = re.compile(r"(?<![\w.+/-])e[yw][\w+/-]*={0,2}(?:\.[\w+/-]+={0,2}){2}(?![\w+/=.-])")
"""A token in the base64 that fills up to four with `=`, its own alphabet or the common one with + and /."""
_PACKED = re.compile(r"(?<![\w.+/-])e[yw][\w+/-]{100,}={0,2}(?![\w.+/=-])")
_ESCAPED = re.compile(r"\\(?:u00([2-7][0-9a-fA-F])|[rnt])")
_CONCATENATED = re.compile(r"(?<=[\w.-])[\"'`]\s*\+\s*[\"'`](?=[\w.-])")
_CODE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ROUND = " \t\r\n\"'`“”„’‘<>,;"


@dataclass(frozen=True, slots=True)
class PastedToken:
    """One token of what was pasted, and what it was called there (`id_token`, `IdToken` …; "" if nothing)."""

    compact: str = field(repr=False)
    name: str = ""


def tokens_in(pasted: str) -> tuple[PastedToken, ...]:
    """The tokens in what was pasted, in its order, each once; nothing is verified.

    Refresh tokens beside others are left out: nobody can look into them. What holds no token at all
    comes back as it is, for `take_apart` to say why. Raises `NotAToken` for what is plainly something
    else.
    """
    text = pasted.translate(_LINE_ENDS).translate(_INVISIBLE).strip(_ROUND)
    if len(text) > LONGEST_PASTE:
        raise NotAToken(f"This is too long for tokens ({len(text):,} characters).", "Paste the token alone.")
    for _ in range(MOST_UNQUOTED):
        text = unquote(text)
    text = _CONCATENATED.sub("", _ESCAPED.sub(lambda code: chr(int(code[1], 16)) if code[1] else "\n", text))
    cookies = joined(made_plain(text))
    text = _MARKED.sub(_unmarked, _unwrapped(_in_one_piece(cookies.text)))
    text = _PADDED.sub(_as_tokens_are_written, text)
    found = {token.compact: token for token in reversed(_found(text) or _found(_unpacked(text)))}
    tokens = tuple(reversed(found.values()))
    readable = tuple(token for token in tokens if token.compact.count(".") == 2)
    if tokens:
        return readable or tokens[:1]
    if cookies.missing:
        raise _piece_missing(*cookies.missing)
    _refuse_other_things(text)
    return (PastedToken(text),)


def _piece_missing(name: str, number: int) -> NotAToken:
    return NotAToken(
        f"The cookie “{name[:80]}” was cut into pieces, and piece {number} isn't here.",
        "Copy all of them: their names are the same but for the number at the end.",
    )


def _unmarked(marked: re.Match[str]) -> str:
    """A token without the underscores that set it in other letters."""
    token = marked[2].rstrip(".")
    return token.removesuffix(marked[1]) + marked[2][len(token) :]


def _as_tokens_are_written(padded: re.Match[str]) -> str:
    """A token in the base64 of tokens, where each of its parts is filled up; anything else as it is."""
    segments = padded[0].split(".")
    if any(len(segment) % 4 for segment in segments):
        return padded[0]
    return ".".join(segment.rstrip("=").replace("+", "-").replace("/", "_") for segment in segments)


def _unpacked(text: str) -> str:
    """What JSON in base64 says, as it stands in the addresses of AppSync's WebSockets; "" without any."""
    read = []
    for match in _PACKED.finditer(text):
        packed = match[0].rstrip("=").replace("+", "-").replace("/", "_")
        try:
            read.append(
                base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8", "replace")
            )
        except binascii.Error:  # no base64 after all
            continue
    return "\n".join(read)


def _unwrapped(text: str) -> str:
    """Lines of one token put together: a line that goes on where a token has not had its three parts yet,
    or that ends a token's last part without beginning another."""
    pieces: list[str] = []
    begun, dots, tail = False, 0, 0  # of the token, if it is one, that the lines so far end with
    for line in _WRAP.split(text):
        another = dots >= 2 and (line.startswith(_BEGINNINGS) or _SAYS.match(line))
        whole = dots == 2 and tail == _SIGNED
        goes_on = begun and not another and not whole and _IN_TOKEN.match(line) is not None
        if pieces and not goes_on:
            pieces.append("\n")
        pieces.append(line)
        last = _LAST_WORD.split(line)[-1]
        if not goes_on or len(last) < len(line):
            last = last.lstrip("_")  # those of Markdown; a line within a token may begin with one of its own
            begun, dots, tail = last.startswith(("ey", "ew")), 0, 0
        dots += last.count(".")
        tail = len(last.rpartition(".")[2]) + (0 if "." in last else tail)
    return "".join(pieces)


def _in_one_piece(text: str) -> str:
    """One token with blanks of any kind within, or lines of its own for its parts, without these; anything
    else as it is."""
    first, whole = (text.split(maxsplit=1) or [""])[0], re.sub(r"\s+", "", text)
    broken = len(first) < len(text) and first.count(".") < 2 and whole.count(".") == 2
    ends = len(whole.rpartition(".")[2]) <= _SIGNED  # what follows a whole signature is something else
    return whole if broken and ends and _COMPACT.fullmatch(whole) else text


def _found(text: str) -> list[PastedToken]:
    tokens = []
    for match in _COMPACT.finditer(text):
        compact = match[0]
        first, second = _parted(compact)
        if second:
            tokens += [PastedToken(first), PastedToken(second)]
            continue
        # the full stops of a sentence are none of a token's; those of one that was shortened say so
        bare = compact.rstrip(".")
        if bare.count(".") >= 2:
            compact = bare
        elif compact.count(".") == 3:
            compact = compact[:-1]
        named = _NAMED.search(text[max(0, match.start() - 80) : match.start()])
        tokens.append(PastedToken(compact, named[1] if named and named[1].lower() != "authorization" else ""))
    return tokens


def _parted(compact: str) -> tuple[str, str]:
    """Two tokens without anything between them; the second is "" where there is one only."""
    segments = compact.split(".")
    if len(segments) != 5 or not segments[2][_SIGNED:].startswith(_BEGINNINGS):
        return compact, ""
    first = ".".join((*segments[:2], segments[2][:_SIGNED]))
    return first, ".".join((segments[2][_SIGNED:], *segments[3:]))


def _refuse_other_things(text: str) -> None:
    """Raise `NotAToken` for what comes in a token's stead: an authorization code, a refusal, a SAML
    response, claims that were read already, JSON without a token, a variable without a value."""
    asked = urlsplit(text) if "=" in text and len(text.split()) == 1 else None
    given = dict(parse_qsl(f"{asked.query}&{asked.fragment}", max_num_fields=50)) if asked else {}
    answered = _json(text)
    if given.get("code") or _CODE.fullmatch(text):
        raise NotAToken(
            "This is an authorization code, which is no token: the application exchanges it for some.",
            "Paste what the token endpoint answered, or test the hosted login page here.",
        )
    if refused := given.get("error") or answered.get("error"):
        more = given.get("error_description") or answered.get("error_description") or ""
        said = f"{refused}: {more}" if more else str(refused)
        raise NotAToken(
            f"This is a refusal, and no token stands in it. It says “{said[:200]}”.",
            "Run the login test of the application: it names the setting that is refused.",
        )
    if "SAMLResponse=" in text or "samlp:Response" in text:
        raise NotAToken(
            "This is the answer of a SAML provider, which is for the user pool and is no token.",
            "Paste the ID token or the access token that the user pool issued afterwards.",
        )
    if {"iss", "token_use"} <= answered.keys():
        raise NotAToken(
            "These are the claims of a token, read already; without its signature nothing proves them.",
            "Paste the token itself: three parts with dots between.",
        )
    if text and _NOTHING.fullmatch(text):
        raise NotAToken(
            "There is no token here, only where one was to be put in: the program that wrote this had none.",
            "Sign in again, and copy the token then.",
        )
    if text.startswith(("{", "[")):
        raise NotAToken(
            "This is JSON, and no token stands in it.",
            "Paste the whole answer, with id_token or access_token (IdToken, AccessToken) in it.",
        )


_NOTHING = re.compile(
    r"(?:authorization\W*)?(?:bearer\W*)?(?:undefined|null|none|\[object object\]|\[redacted\]|\*+)?",
    re.IGNORECASE,
)


def _json(text: str) -> Mapping[str, Any]:
    """The JSON object that was pasted; empty for anything else."""
    try:
        answered = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return answered if isinstance(answered, dict) else {}


class UnknownIssuer(ConsoleError):
    """The token names no user pool that is set up here; its claims are not believed."""


@dataclass(frozen=True, slots=True)
class JudgedToken:
    """A token and what became of it. `decision` is what the application makes of it, if it is known.

    `person` is "" for a token that a program got for itself.
    """

    pool: str
    kind: str
    application: str
    person: str
    checks: tuple[Link, ...]
    claims: tuple[ClaimLine, ...]
    decision: tuple[Link, ...] = ()

    @property
    def genuine(self) -> bool:
        """Whether the pool wrote what it says: it may be over, or somebody else's, and true all the same."""
        return not any(link.key in _PROOFS and link.state is LinkState.FAILED for link in self.checks)


_PROOFS = frozenset({"duplicates", "header", "algorithm", "key-id", "signature", "issuer"})
"""Checks without which nothing proves who wrote a token."""


def check_pasted(
    store: Store, who: ActorSource, pasted: str, application_id: str = ""
) -> tuple[JudgedToken | NotAToken | UnknownIssuer, ...]:
    """Check every token in what was pasted, for one application or for whichever it was issued.

    Keys are fetched from the address of a pool that is set up here; what a token says about where to
    find keys is never followed. A token that can't be read or is of no known pool comes as the error
    that says so. Raises `NotAToken` when there is none, `NotPermitted`, `RecordNotFound`.
    """
    who().require(Permission.LOGIN_TEST)
    wanted = store.applications.get(application_id) if application_id else None
    found = tokens_in(pasted)
    access = next((token.compact for token in found if _use_of(token) == "access"), "")
    judged: list[JudgedToken | NotAToken | UnknownIssuer] = []
    for token in found:
        try:
            judged.append(_judged(store, take_apart(token.compact), wanted, access))
        except (NotAToken, UnknownIssuer) as error:
            judged.append(error)
    return tuple(judged)


def _use_of(token: PastedToken) -> str:
    try:
        return token_use_of(take_apart(token.compact).claims)
    except NotAToken:
        return ""


def _judged(store: Store, parts: Parts, wanted: Application | None, access_token: str) -> JudgedToken:
    now, claims = time.time(), parts.claims
    pool = _pool(store, parts, wanted)
    mine = [app for app in _applications(store, pool) if wanted is None or app.id == wanted.id]
    expected = ExpectedToken(
        pool.name,
        pool.issuers,
        issuer=wanted.discovery_url.removesuffix(DISCOVERY_PATH) if wanted and not pool.endpoint else "",
        client_id=wanted.client_id if wanted else "",
        clients={app.client_id: app.name for app in mine},
        access_token=access_token,
    )
    checks = check_token(parts, lambda kid: _keys(pool, parts, kid), expected, now)
    client = claims.get("client_id" if token_use_of(claims) == "access" else "aud")
    application = wanted or next((app for app in mine if app.client_id == client), None)
    decision: tuple[Link, ...] = ()
    if application is not None and not any(link.state == "failed" for link in checks):
        decision = _decision(claims, application)
    kind = {"id": "ID token", "access": "Access token"}.get(token_use_of(claims), "Token")
    return JudgedToken(
        pool.name,
        f"{kind} of a program" if is_program(claims) else kind,
        application.name if application else "",
        person_in(claims),
        checks,
        claim_lines(claims, now),
        decision,
    )


def _decision(claims: Mapping[str, Any], application: Application) -> tuple[Link, Link]:
    """What the application makes of it: groups decide about people, scopes about programs."""
    if is_program(claims):
        said = f"A program's token: there is no person. Its scopes decide what {application.name} lets it do."
        return (
            not_applicable(*step("allowed-group"), said),
            not_applicable(*step("role"), said),
        )
    made = decide(groups_in(claims), application.allowed_groups, application.group_roles)
    return decision_links(made, application.allowed_groups, application.group_roles, application.name)


def _pool(store: Store, parts: Parts, wanted: Application | None) -> KnownPool:
    """The pool to check against: the application's, else the one that the token names."""
    pools = known_pools(store)
    if wanted is not None:
        record = store.pools.get(wanted.pool_record_id)
        found = next((pool for pool in pools if pool.name == record.name), None)
    else:
        issuer = parts.claims.get("iss")
        found = pool_of_issuer(pools, issuer) if isinstance(issuer, str) else None
    if found is None:
        names = ", ".join(pool.name for pool in pools) or "none"
        raise UnknownIssuer(
            f"The token names the issuer {str(parts.claims.get('iss'))[:200]}, which is no user pool that is "
            "set up here. Nothing was fetched from there, and nothing in the token was believed.",
            f"Pools set up here: {names}. An administrator can add the pool on the Configuration page.",
        )
    return found


def _applications(store: Store, pool: KnownPool) -> tuple[Application, ...]:
    return store.applications.list(store.pools.by_name(pool.name).id)


def _keys(pool: KnownPool, parts: Parts, kid: str) -> Keys:
    """The pool's keys. On AWS each form of the issuer has its own address, both known beforehand."""
    issuer = parts.claims.get("iss")
    url = pool.keys_url
    if not pool.endpoint and issuer in pool.issuers:
        url = f"{issuer}/.well-known/jwks.json"
    return KEYS.keys(url, pool.origins, kid)
