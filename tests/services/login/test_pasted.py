"""Tokens as people paste them: taken out of whatever stands round them, each by itself."""

from __future__ import annotations

import base64
import json
import quopri

import pytest

from services.login.chain import LinkState
from services.login.pasted import tokens_in
from services.login.token_text import LARGEST_TOKEN, NotAToken, is_program, person_in, take_apart
from tests.services.login.test_tokens import ACCESS, EXPECTED, ID, NOW, checked, encoded, raw, signed

ID_TOKEN, ACCESS_TOKEN = signed(ID), signed(ACCESS)
REFRESH = ".".join(
    [encoded({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}), "k" * 342, "i" * 16, "c" * 900, "t" * 22]
)
PROGRAM = {name: value for name, value in ACCESS.items() if name not in ("cognito:groups",)} | {
    "sub": "client",
    "scope": "billing/read",
}


def wrapped(token: str, width: int = 76, indent: str = "") -> str:
    return "\n".join(indent + token[place : place + width] for place in range(0, len(token), width))


def cookie(kind: str, token: str) -> str:
    return f"CognitoIdentityServiceProvider.7h2client.ann%40x.org.{kind}={token}"


def filled_up(token: str) -> str:
    """A token in the common base64, as some programs write it."""
    parts = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return ".".join(base64.b64encode(part).decode() for part in parts)


def numbered(text: str, form: str = "{:>4}  ") -> str:
    """Lines with their numbers, as editors and logs put them before."""
    return "\n".join(form.format(number) + line for number, line in enumerate(text.splitlines(), 7))


def pieces(name: str, token: str, form: str = "{}.{}={}", width: int = 300) -> list[str]:
    """A token in several cookies, since one holds 4,096 characters at most."""
    cut = [token[place : place + width] for place in range(0, len(token), width)]
    return [form.format(name, number, piece) for number, piece in enumerate(cut)]


def quoted_printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


UNDERSCORED = raw({"alg": "RS256", "kid": "one"}, ID, base64.urlsafe_b64decode("_a_-" * 86)[:256])
BOTH = (ID_TOKEN, ACCESS_TOKEN)
PASTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "alone": (ID_TOKEN, (ID_TOKEN,)),
    "with a line end": (f"  {ID_TOKEN}\r\n", (ID_TOKEN,)),
    "in quotation marks": (f'"{ID_TOKEN}"', (ID_TOKEN,)),
    "in printer's quotation marks": (f"“{ID_TOKEN}”,", (ID_TOKEN,)),
    "in backquotes": (f"`{ID_TOKEN}`", (ID_TOKEN,)),
    "wrapped": (wrapped(ID_TOKEN), (ID_TOKEN,)),
    "wrapped and indented": (wrapped(ID_TOKEN, 64, "    "), (ID_TOKEN,)),
    "quoted mail": (wrapped(ID_TOKEN, 64, "> "), (ID_TOKEN,)),
    "wrapped with backslashes": (wrapped(ID_TOKEN, 70).replace("\n", "\\\n"), (ID_TOKEN,)),
    "two, wrapped": (f"{wrapped(ID_TOKEN)}\n{wrapped(ACCESS_TOKEN)}", BOTH),
    "byte order mark": (f"\ufeff{ID_TOKEN}", (ID_TOKEN,)),
    "zero width": (f"{ID_TOKEN[:50]}\u200b{ID_TOKEN[50:]}\u2060", (ID_TOKEN,)),
    "no-break space": (f"\u00a0{ID_TOKEN}\u00a0", (ID_TOKEN,)),
    **{
        f"wrapped at U+{ord(end):04X}": (wrapped(ID_TOKEN).replace("\n", end), (ID_TOKEN,))
        for end in "\u00a0\u2028\x0b\x0c\x85"
    },
    "with a word on the next line": (f"{wrapped(ID_TOKEN)}\nThanks\nAnn", (ID_TOKEN,)),
    "two, without anything between": (ID_TOKEN + ACCESS_TOKEN, BOTH),
    "header": (f"Authorization: Bearer {ACCESS_TOKEN}", (ACCESS_TOKEN,)),
    "header of curl": (f"-H 'authorization: bearer {ACCESS_TOKEN}' \\", (ACCESS_TOKEN,)),
    "two lines": (f"{ID_TOKEN}\n\n{ACCESS_TOKEN}\n", BOTH),
    "two, with words": (f"id: {ID_TOKEN} access: {ACCESS_TOKEN}", BOTH),
    "twice the same": (f"{ID_TOKEN}\n{ID_TOKEN}", (ID_TOKEN,)),
    "answer of the token endpoint": (
        json.dumps(
            {"id_token": ID_TOKEN, "access_token": ACCESS_TOKEN, "refresh_token": REFRESH, "expires_in": 3600}
        ),
        BOTH,
    ),
    "the same, laid out": (json.dumps({"id_token": ID_TOKEN, "access_token": ACCESS_TOKEN}, indent=2), BOTH),
    "answer of the SDK": (
        json.dumps(
            {
                "AuthenticationResult": {
                    "IdToken": ID_TOKEN,
                    "AccessToken": ACCESS_TOKEN,
                    "TokenType": "Bearer",
                }
            }
        ),
        BOTH,
    ),
    "as Python shows it": (
        repr(
            {
                "AuthenticationResult": {
                    "AccessToken": ACCESS_TOKEN,
                    "RefreshToken": REFRESH,
                    "IdToken": ID_TOKEN,
                }
            }
        ),
        (ACCESS_TOKEN, ID_TOKEN),
    ),
    "JSON in a list": (json.dumps([{"token": ID_TOKEN}]), (ID_TOKEN,)),
    "JSON cut off": (
        json.dumps({"id_token": ID_TOKEN, "access_token": ACCESS_TOKEN})[:-40],
        (ID_TOKEN, ACCESS_TOKEN[:-38]),
    ),
    "fragment of an address": (
        f"https://app.x.org/cb#id_token={ID_TOKEN}&access_token={ACCESS_TOKEN}&token_type=Bearer&state=eyJzIjoxfQ",
        BOTH,
    ),
    "query of an address": (f"https://app.x.org/cb?token={ID_TOKEN}&next=%2F", (ID_TOKEN,)),
    "cookie": (
        f"Cookie: a=1; {cookie('idToken', ID_TOKEN)}; {cookie('accessToken', ACCESS_TOKEN)}; "
        f"{cookie('refreshToken', REFRESH)}; {cookie('clockDrift', '0')}",
        BOTH,
    ),
    "cookie in percent signs": (f"session=%22{ID_TOKEN}%22", (ID_TOKEN,)),
    "in a sentence": (f"The token is {ID_TOKEN}.", (ID_TOKEN,)),
    "in a shell variable": (f"export TOKEN='{ACCESS_TOKEN}'", (ACCESS_TOKEN,)),
    "in an env file": (f'ID_TOKEN="{ID_TOKEN}"\r\nACCESS_TOKEN="{ACCESS_TOKEN}"\r\n', BOTH),
    "in YAML": (f"token: >-\n{wrapped(ID_TOKEN, 80, '  ')}\nexpires: 3600\n", (ID_TOKEN,)),
    "JSON within JSON": (json.dumps({"body": json.dumps({"id_token": ID_TOKEN})}), (ID_TOKEN,)),
    "from the browser's storage": (
        f"CognitoIdentityServiceProvider.7h2client.ann.idToken\t{ID_TOKEN}\n"
        f"CognitoIdentityServiceProvider.7h2client.ann.accessToken\t{ACCESS_TOKEN}\n"
        f"CognitoIdentityServiceProvider.7h2client.ann.refreshToken\t{REFRESH}",
        BOTH,
    ),
    "answer of the AWS CLI as text": (
        f"AUTHENTICATIONRESULT\t{ACCESS_TOKEN}\t3600\t{ID_TOKEN}\tBearer",
        BOTH[::-1],
    ),
    "answer of the AWS CLI as a table": (f"||  IdToken     |  {ID_TOKEN}  ||", (ID_TOKEN,)),
    "in XML": (f"<saml:Token xmlns='urn:x'>{ID_TOKEN}</saml:Token>", (ID_TOKEN,)),
    "in Markdown": (f"```\n{ID_TOKEN}\n```", (ID_TOKEN,)),
    "in HTML's quotation marks": (f"&quot;{ID_TOKEN}&quot;", (ID_TOKEN,)),
    "in a log line": (f"2026-11-27T12:00:00Z DEBUG token={ID_TOKEN}, user=ann", (ID_TOKEN,)),
    "in brackets": (f"(token {ID_TOKEN})", (ID_TOKEN,)),
    "address of jwt.io": (f"https://jwt.io/#debugger-io?token={ID_TOKEN}", (ID_TOKEN,)),
    "address of a proxy, twice in percent signs": (
        f"https://p.x.org/go?u=https%253A%252F%252Fa.x.org%252F%2523id_token%253D{ID_TOKEN}%2526state%253Dx",
        (ID_TOKEN,),
    ),
    "set by a server": (f"Set-Cookie: id={ID_TOKEN}; Path=/; HttpOnly; Secure", (ID_TOKEN,)),
    "header of the load balancer": (f"x-amzn-oidc-accesstoken: {ACCESS_TOKEN}", (ACCESS_TOKEN,)),
    "header twice Bearer": (f"Bearer Bearer {ACCESS_TOKEN}", (ACCESS_TOKEN,)),
    "in a JavaScript concatenation": (
        "const t = " + " +\n  ".join(f'"{part}"' for part in (ID_TOKEN[:60], ID_TOKEN[60:])) + ";",
        (ID_TOKEN,),
    ),
    "with its dots on lines of their own": (ID_TOKEN.replace(".", "\n.\n"), (ID_TOKEN,)),
    "with spaces where lines were": (" ".join(wrapped(ID_TOKEN).splitlines()), (ID_TOKEN,)),
    "with a right-to-left mark": (f"\u200f{ID_TOKEN}\u200f", (ID_TOKEN,)),
    "in the base64 with + and / and =": (filled_up(ID_TOKEN), (ID_TOKEN,)),
    "in that, as a cookie": (f"id={filled_up(ID_TOKEN).replace('=', '%3D')}; a=1", (ID_TOKEN,)),
    "with a tab within": (f"{ID_TOKEN[:100]}\t{ID_TOKEN[100:]}", (ID_TOKEN,)),
    "with a no-break space within": (f"{ID_TOKEN[:80]}\u00a0{ID_TOKEN[80:]}", (ID_TOKEN,)),
    "with a line separator of Unicode within": (f"{ID_TOKEN[:80]}\u2028{ID_TOKEN[80:]}", (ID_TOKEN,)),
    "its parts with empty lines between": (ID_TOKEN.replace(".", ".\n\n"), (ID_TOKEN,)),
    "source of an e-mail": ("=\r\n".join(wrapped(ID_TOKEN, 75).splitlines()), (ID_TOKEN,)),
    "mail quoted twice": (wrapped(ID_TOKEN, 60, "> > "), (ID_TOKEN,)),
    "with dots after it": (f"token: {ID_TOKEN}...", (ID_TOKEN,)),
    "JSON with escaped characters": (f'{{"id_token": "{ID_TOKEN}"}}'.replace(".", "\\u002e"), (ID_TOKEN,)),
    "JSON in base64": (
        "wss://x.org/graphql?header="
        + base64.b64encode(f'{{"Authorization": "{ID_TOKEN}"}}'.encode()).decode(),
        (ID_TOKEN,),
    ),
    "JSON within JSON within JSON": (
        json.dumps({"a": json.dumps({"body": json.dumps({"id_token": ID_TOKEN})})}),
        (ID_TOKEN,),
    ),
    "JSON with escaped line ends": (
        json.dumps({"said": f"Token:\n{wrapped(ID_TOKEN)}\nEnd: now"}),
        (ID_TOKEN,),
    ),
    "rows of a table": (f"ann,{ID_TOKEN},{ACCESS_TOKEN}\nbob,{ID_TOKEN},{ACCESS_TOKEN}", BOTH),
    "a part of a form": (f'------x\r\nname="id"\r\n\r\n{ID_TOKEN}\r\n------x--', (ID_TOKEN,)),
    "as Java shows it, wrapped": (
        f"(IdToken={ID_TOKEN[:400]}\n{ID_TOKEN[400:]}, AccessToken={ACCESS_TOKEN})",
        BOTH,
    ),
    "two headers": (f"Authorization: Bearer {ID_TOKEN}\nAuthorization: Bearer {ACCESS_TOKEN}", BOTH),
    "the path of an address": (f"https://x.org/verify/{ID_TOKEN}/next", (ID_TOKEN,)),
    "in slanting letters": (f"_{ID_TOKEN}_", (ID_TOKEN,)),
    "in slanting letters, within words": (f"The token is _{ID_TOKEN}_, thanks", (ID_TOKEN,)),
    "in heavy letters": (f"__{UNDERSCORED}__", (UNDERSCORED,)),
    "in slanting letters, wrapped": (f"_{wrapped(ID_TOKEN)}_", (ID_TOKEN,)),
    "beginning and ending with its own underscores": (UNDERSCORED, (UNDERSCORED,)),
    "with marks that are escaped": (UNDERSCORED.replace("_", "\\_").replace("-", "\\-"), (UNDERSCORED,)),
    "line numbers": (numbered(wrapped(ID_TOKEN)), (ID_TOKEN,)),
    "line numbers with a bar": (numbered(wrapped(ID_TOKEN), "{:>3} | "), (ID_TOKEN,)),
    "line numbers with a colon, and words": (
        numbered(f"id_token:\n{wrapped(ID_TOKEN)}\naccess_token:\n{wrapped(ACCESS_TOKEN)}", "{}:\t"),
        BOTH,
    ),
    "quoted-printable": (quoted_printable(f"Your id_token={ID_TOKEN}\nBye"), (ID_TOKEN,)),
    "quoted-printable, an address": (
        quoted_printable(f"https://x.org/cb#id_token={ID_TOKEN}&access_token={ACCESS_TOKEN}").replace(
            "\n", "\r\n"
        ),
        BOTH,
    ),
    "a cookie in pieces": ("Cookie: theme=dark; " + "; ".join(pieces("idToken", ID_TOKEN)), (ID_TOKEN,)),
    "two cookies in pieces": (
        "; ".join([*pieces("idToken", ID_TOKEN), *pieces("accessToken", ACCESS_TOKEN), "x=1"]),
        BOTH,
    ),
    "a cookie in pieces, the last one first": (
        "; ".join(reversed(pieces("app.session", ID_TOKEN, "{}_{}={}"))),
        (ID_TOKEN,),
    ),
    "cookies in pieces as they are set": (
        "\n".join(f"Set-Cookie: {part}; Path=/; HttpOnly" for part in pieces("idToken", ID_TOKEN)),
        (ID_TOKEN,),
    ),
    "cookies in pieces as a browser lists them": (
        "\n".join(f"{part}\tx.org\t/\tSession" for part in pieces("idToken", ID_TOKEN, "{}.{}\t{}")),
        (ID_TOKEN,),
    ),
    "cookies in pieces, as JSON": (
        "{" + ", ".join(pieces("idToken", ID_TOKEN, '"{}.{}": "{}"')) + "}",
        (ID_TOKEN,),
    ),
    "cookies in pieces with a word in base64": (
        "; ".join(
            pieces(
                "sb-auth-token",
                "base64-" + base64.b64encode(json.dumps({"access_token": ACCESS_TOKEN}).encode()).decode(),
            )
        ),
        (ACCESS_TOKEN,),
    ),
    "broad dots": (ID_TOKEN.replace(".", "．"), (ID_TOKEN,)),
    "dots of another script": (f"令牌：{ID_TOKEN.replace('.', '。')}。", (ID_TOKEN,)),
    "broad letters": (
        "".join(chr(ord(sign) + 0xFEE0) for sign in ID_TOKEN),
        (ID_TOKEN,),
    ),
    "not signed": (raw({"alg": "none"}, ID, b""), (raw({"alg": "none"}, ID, b""),)),
}


@pytest.mark.parametrize("what", PASTED)
def test_tokens_are_taken_out_of_what_is_pasted(what: str) -> None:
    text, tokens = PASTED[what]
    assert tuple(token.compact for token in tokens_in(text)) == tokens


@pytest.mark.parametrize("sign", ["_", "-"])
def test_a_line_within_a_token_may_begin_with_any_of_its_signs(sign: str) -> None:
    signature = base64.urlsafe_b64decode((sign + "a" * 63) * 5 + "a" * 20)[:255]
    token = raw({"alg": "RS256", "kid": "one"}, ID, signature)
    body = token.rindex(".") + 1
    for indent in ("", "> "):
        text = f"{indent}{token[:body]}\n{wrapped(token[body:], 64, indent)}"
        assert [found.compact for found in tokens_in(text)] == [token]


def test_a_line_that_only_begins_like_a_token_goes_on_with_the_last_one() -> None:
    token = raw({"alg": "RS256", "kid": "one"}, ID, base64.urlsafe_b64decode("eyzz" * 86)[:256])
    body = token.rindex(".") + 1
    text = f"{token[:body]}\n{wrapped(token[body:], 64)}"
    assert [found.compact for found in tokens_in(text)] == [token]
    assert [found.compact for found in tokens_in(f"{text}\n{wrapped(ID_TOKEN, 64)}")] == [token, ID_TOKEN]


def test_a_paste_of_very_many_short_lines_is_soon_read() -> None:
    with pytest.raises(NotAToken):  # minutes, were each line compared with all before it
        take_apart(tokens_in("ey\n" * 300_000)[0].compact)


def test_what_stood_beside_them_is_said() -> None:
    found = tokens_in(PASTED["cookie"][0])
    assert [token.name for token in found] == ["idToken", "accessToken"]
    assert tokens_in(PASTED["answer of the token endpoint"][0])[0].name == "id_token"


SAID: dict[str, tuple[str, str]] = {
    "nothing": (" \ufeff ", "There is no token here."),
    "a code": (
        "https://app.x.org/oauth/v2/callback?code=5b3c6f0e-2b1d-4c7e-9a55-0d3b2f6f1f11&state=x",
        "authorization code, which is no token",
    ),
    "a code alone": ("5b3c6f0e-2b1d-4c7e-9a55-0d3b2f6f1f11", "authorization code, which is no token"),
    "JSON without a token": ('{"expires_in": 3600}', "JSON, and no token stands in it"),
    "a refusal of the token endpoint": ('{"error": "invalid_grant"}', "refusal, and no token stands in it"),
    "a refusal in an address": (
        "https://app.x.org/cb?error=access_denied&error_description=Not+assigned",
        "It says “access_denied: Not assigned”",
    ),
    "the answer of a SAML provider": ("SAMLResponse=PHNhbWxwOlJlc3BvbnNl", "SAML provider"),
    "claims that were read already": (json.dumps(ID), "claims of a token, read already"),
    "a variable without a value": ("Authorization: Bearer undefined", "no token here, only where one was"),
    "shortened by dots": (f"{ID_TOKEN[:60]}...{ID_TOKEN[-40:]}", "shortened by whatever showed it"),
    "shortened by dots, with another below": (f"Bearer {ID_TOKEN[:200]}...\n{REFRESH}", "shortened by"),
    "shortened by an ellipsis": (f"{ID_TOKEN[:60]}…{ID_TOKEN[-40:]}", "shortened by whatever showed it"),
    "a part in stars": (
        f"{ID_TOKEN.split('.')[0]}.********.{ID_TOKEN.split('.')[2]}",
        "shortened by whatever showed it",
    ),
    "its middle alone": (ID_TOKEN.split(".")[1], "middle part of a token alone"),
    "without its beginning": (ID_TOKEN[4:], "Its beginning may be missing"),
    "a refresh token cut off": (
        REFRESH[:500],
        "refresh token: Cognito encrypts them, for itself alone. It is cut",
    ),
    "a refresh token cut off in its third part": (REFRESH[:450], "refresh token"),
    "only a refresh token": (REFRESH, "refresh token"),
    "only a refresh token, as JSON": (json.dumps({"refresh_token": REFRESH}), "refresh token"),
    "another provider's encrypted one": (
        ".".join([encoded({"alg": "dir", "enc": "A128CBC-HS256"}), "", "iv", "text", "tag"]),
        "encrypted (dir, A128CBC-HS256), and not as Cognito encrypts",
    ),
    "five parts that are none": ("a.b.c.d.e", "its header can't be read"),
    "cut off in the claims": (ID_TOKEN[:90], "cut off at its end"),
    "cut off in the header": (ID_TOKEN[:20], "cut off at its end"),
    "cut off before the signature": (ID_TOKEN.rpartition(".")[0], "cut off at its end"),
    "the cookie of a session": (
        "; ".join(
            pieces(
                "__Secure-next-auth.session-token",
                ".".join([encoded({"alg": "dir", "enc": "A256GCM"}), "", "i" * 16, "c" * 900, "t" * 22]),
            )
        ),
        "This token is encrypted (dir, A256GCM), and not as Cognito encrypts its refresh tokens: it is an "
        "application's own, such as the cookie of its session, or another provider's.",
    ),
    "a cookie without its first piece": (
        "; ".join(pieces("idToken", ID_TOKEN)[1:]),
        "“idToken” was cut into pieces, and piece 0 isn't here",
    ),
    "a cookie without a piece in the middle": (
        "; ".join(part for part in pieces("idToken", ID_TOKEN, width=100) if ".3=" not in part),
        "“idToken” was cut into pieces, and piece 3 isn't here",
    ),
    "opaque": ("v1.M0a9x" + "Zq3" * 20, "opaque"),
    "opaque, in one piece": ("ya29A0ARrdaM" + "x7" * 40, "opaque"),
    "too much": ("x" * 3_000_000, "too long"),
}


@pytest.mark.parametrize("what", SAID)
def test_what_holds_no_token_that_can_be_read_is_named(what: str) -> None:
    text, words = SAID[what]
    with pytest.raises(NotAToken) as caught:
        take_apart(tokens_in(text)[0].compact)
    assert words in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize("lost", [1, 4, 100, 300])
def test_a_signature_that_is_too_short_is_called_cut_off(lost: int) -> None:
    token = ID_TOKEN[:-lost]
    if len(token.rpartition(".")[2]) % 4 == 1:
        with pytest.raises(NotAToken, match="cut off"):
            take_apart(token)
        return
    link = checked(token)["signature"]
    assert link.state is LinkState.FAILED
    assert "cut off at its end" in link.sentence
    assert "of 256 bytes" in link.sentence
    assert "trust" not in link.fix


def test_a_signature_with_something_after_it_is_not_called_forged() -> None:
    assert "something stands after its end" in checked(ID_TOKEN + "AAAA")["signature"].sentence


def test_a_signature_of_the_right_length_that_does_not_fit_is_still_called_altered() -> None:
    other = raw({"alg": "RS256", "kid": "one"}, ID)
    assert "altered" in checked(other)["signature"].sentence


def test_a_programs_token_is_no_persons() -> None:
    links = checked(signed(PROGRAM), EXPECTED)
    assert is_program(PROGRAM)
    assert not is_program(ACCESS)
    assert person_in(PROGRAM) == ""
    assert links["groups"].state is LinkState.NOT_APPLICABLE
    assert "no person" in links["groups"].sentence
    assert "person" not in links["auth-time"].sentence


@pytest.mark.parametrize("character", ["g", "ü", "\U0001d4d0"])
def test_a_token_with_a_hundred_groups_of_the_longest_names_is_read(character: str) -> None:
    names = [f"{number:03d}{character * 125}" for number in range(100)]
    token = signed(ID | {"cognito:groups": names})
    assert len(token) < LARGEST_TOKEN
    (found,) = tokens_in(f"Bearer {token}")
    links = checked(found.compact)
    assert links["signature"].state is LinkState.PASSED
    assert links["groups"].state is LinkState.PASSED


def test_expired_within_the_tolerance_is_worth_a_look() -> None:
    assert checked(signed(ID | {"exp": NOW - 30}))["expiry"].state is LinkState.DOUBTFUL
