"""Passwords of operators: how they are hashed, checked and judged.

bcrypt reads 72 bytes at most and stops at a zero byte. So that a password of any length counts
whole, bcrypt is given the HMAC-SHA256 of it, as 44 characters of base64. The HMAC's fixed key says
what the digest is for: a list of bare SHA-256 digests leaked elsewhere can't be tried against our
hashes. Passwords are compared in Unicode form NFKC (NIST SP 800-63B §5.1.1.2), because keyboards
differ in how they compose an accent; nothing is stripped.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

import bcrypt

ROUNDS = 12
MIN_LENGTH = 12
MAX_LENGTH = 128
_PURPOSE = b"cognito-ops-console operator password v1"

# The hash of a random value that nobody knows, for names that don't exist: same cost, never true.
NOBODY = "$2b$12$xLNYyw0tJAnx9N6Nl/vQueFs.Yl4LRLlqxHRKf1abYTzRSADcxgQG"

_JUDGED = 72
BEST = 4
_SCORES = ("Guessed at once", "Very easy to guess", "Easy to guess", "Nearly hard enough", "Hard to guess")
_PARTS = re.compile(r"[\W_]+")
_PRODUCT = ("Cognito", "Ops", "Console", "Amazon", "operator")
# so well known as the example of a good password that it is none
_FAMOUS = frozenset({"correcthorsebatterystaple"})


def bcrypt_input(password: str) -> str:
    """Return what bcrypt is given instead of `password`: 44 ASCII characters."""
    whole = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.new(_PURPOSE, whole, hashlib.sha256).digest()).decode()


def hash_password(password: str, rounds: int | None = None) -> str:
    """Return the bcrypt hash to store; `rounds` is bcrypt's cost (log2), by default `ROUNDS`."""
    return bcrypt.hashpw(bcrypt_input(password).encode(), bcrypt.gensalt(rounds or ROUNDS)).decode()


def matches(prepared: str, stored: str) -> bool:
    """True if `prepared` (see `bcrypt_input`) belongs to the stored hash."""
    return bcrypt.checkpw(prepared.encode(), stored.encode())


def is_weak_hash(stored: str) -> bool:
    """True if `stored` was made at a lower cost than today's."""
    cost = stored.split("$")[2] if stored.count("$") >= 3 else ""
    return not cost.isdigit() or int(cost) < ROUNDS


@dataclass(frozen=True, slots=True)
class JudgedPassword:
    """How hard a new password is to guess (`score`: 0 to `BEST`), and what is wrong with it, in sentences."""

    score: int
    problems: tuple[str, ...]

    @property
    def words(self) -> str:
        """The score for people."""
        return _SCORES[self.score]


def password_problems(password: str, *words: str) -> tuple[str, ...]:
    """What is wrong with a new password, each as a sentence; `words` are names it must not be made of."""
    return judge(password, *words).problems


def judge(password: str, *words: str) -> JudgedPassword:
    """Judge a new password; `words` are names it must not be made of.

    How hard it is to guess says zxcvbn, which knows the 30,000 passwords most often found in leaks, words,
    names, dates, keyboard runs and repetitions: at least 10^10 guesses, with the names and without them,
    as it takes every mark between two names for a hard one. It reads the first 72 characters; more only
    help.
    """
    # Imported here: its word lists are for whoever sets a password, not for every start.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    found = []
    if len(password) < MIN_LENGTH:
        found.append(f"It needs at least {MIN_LENGTH} characters; this has {len(password)}.")
    if len(password) > MAX_LENGTH:
        found.append(f"It may have at most {MAX_LENGTH} characters; this has {len(password):,}.")
    known = [part for word in (*words, *_PRODUCT) for part in (word, *_PARTS.split(word)) if len(part) > 2]
    judged = min(
        (zxcvbn(read[:_JUDGED] or " ", user_inputs=known) for read in (password, _without(known, password))),
        key=lambda verdict: int(verdict["score"]),
    )
    score = 0 if _PARTS.sub("", password).casefold() in _FAMOUS else int(judged["score"])
    if score < BEST:
        found.append(judged["feedback"]["warning"] or "It is too easy to guess.")
        found.append(
            "Three or four unrelated words make a good one; names of yours and of this console don't."
        )
    return JudgedPassword(score, tuple(found))


def _without(words: list[str], password: str) -> str:
    """The password with these words taken out, the longest first, in any letter case."""
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    return re.sub("|".join(longest_first), "", password, flags=re.IGNORECASE)
