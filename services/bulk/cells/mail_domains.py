"""Domains of e-mail addresses that are one slip away from a usual one: gmial.com beside gmail.com.

Most of them exist and belong to somebody else, who would then get the invitation. Nothing tells for
certain which one is meant, so it is said and nothing is kept back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_PROVIDERS = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.co.uk",
    "outlook.com",
    "icloud.com",
    "yahoo.com",
    "yahoo.co.uk",
    "protonmail.com",
    "t-online.de",
)
_ALSO_REAL = ("mail.com", "email.com", "ymail.com", "rocketmail.com", "yahoo.co", "gmail.co")
"""Providers of that likeness with many customers, or countries' own addresses of one."""
_USUAL = 5
_TIMES = 10
"""So often a domain stands in a file, and so many times as often as the rare one, to be the usual one."""


class MailDomains:
    """The domains of the addresses of one file."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._counts = Counter(domain for domain in map(_domain, addresses) if domain)
        usual = [domain for domain, count in self._counts.items() if count >= _USUAL]
        self._usual = [*dict.fromkeys((*usual, *_PROVIDERS))]
        self._near: dict[str, str] = {}

    def meant(self, address: str) -> str:
        """The usual domain of which that of `address` is one letter off, or two that changed places; ""
        for none."""
        domain = _domain(address)
        if not domain or domain in _PROVIDERS or domain in _ALSO_REAL:
            return ""
        if domain not in self._near:
            self._near[domain] = self._nearest(domain)
        return self._near[domain]

    def _nearest(self, domain: str) -> str:
        fewest = max(_USUAL, _TIMES * self._counts[domain])
        near = process.extract(domain, self._usual, scorer=OSA.distance, score_cutoff=1, limit=5)
        for usual, distance, _ in near:
            if distance and (self._counts[usual] >= fewest or usual in _PROVIDERS):
                return str(usual)
        return ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().casefold() if "@" in address else ""
