"""Letters that look like others: of another alphabet, or in a shape that keyboards don't write."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_OTHER = "АВЕЅІЈКМНОРСТУХаеѕіјкорсухԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναικρ"
_LATIN = "ABESIJKMHOPCTYXaesijkopcyxdhABEZHIKMNOPTYXovaikp"
_AS_LATIN = dict(zip(_OTHER, _LATIN, strict=True))
"""Cyrillic and Greek letters, and the Latin ones that look the same (of Unicode's confusables)."""
_AS_CYRILLIC = {
    latin: other for other, latin in reversed(_AS_LATIN.items()) if "CYRILLIC" in unicodedata.name(other)
}
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
_SHAPED = ("FULLWIDTH ", "MATHEMATICAL ", "LATIN SMALL LIGATURE F")
_EAST_ASIAN = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class MixedAlphabets:
    """A letter of another alphabet than its word, and the likely text (None: can't be told)."""

    letter: str
    likely: str | None


def usual_shapes(text: str) -> str:
    """The text with full-width, mathematical and joined letters as keyboards write them."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFKC", char) if _is_shaped(char) else char for char in text)


def is_east_asian(text: str) -> bool:
    """Whether a text has Chinese, Japanese or Korean letters; wide digits and signs are usual beside them."""
    return any(unicodedata.name(char, "").startswith(_EAST_ASIAN) for char in text)


def mixed_alphabets(text: str, *, whole: bool = False) -> MixedAlphabets | None:
    """Whether a word of the text has letters of two alphabets; `whole`: all of it is one word."""
    if text.isascii():
        return None
    words = [text] if whole else _WORD.findall(text)
    foreign = [letter for word in words for letter in word if letter in _foreign(word)]
    if not foreign:
        return _borrowed_words(text, words)
    likely = _in_one_alphabet(text) if whole else _WORD.sub(lambda word: _in_one_alphabet(word[0]), text)
    return MixedAlphabets(foreign[0], None if likely == text else likely)


def _borrowed_words(text: str, words: list[str]) -> MixedAlphabets | None:
    """Words that look Latin to the last letter, beside words that are: Ann Ek with another E and k."""
    borrowed = [word for word in words if len(word) > 1 and all(char in _AS_LATIN for char in word)]
    if not borrowed or not any(_alphabet(word[0]) == "LATIN" for word in words):
        return None
    plain = _WORD.sub(lambda word: as_latin(word[0]) if word[0] in borrowed else word[0], text)
    return MixedAlphabets(borrowed[0][0], plain)


def as_latin(text: str) -> str:
    """The text with Latin letters in place of those that look the same: what the eye reads."""
    if text.isascii():
        return text
    return "".join(_AS_LATIN.get(char, char) for char in usual_shapes(text))


def _is_shaped(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_SHAPED)


def _alphabet(char: str) -> str:
    first = unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""
    return first if first in _ALPHABETS else ""


def _foreign(word: str) -> set[str]:
    """The letters of the alphabet that fewer of its letters are of; at a draw those that aren't Latin."""
    letters = [char for char in word if _alphabet(char)]
    latin = {char for char in letters if _alphabet(char) == "LATIN"}
    if len({_alphabet(char) for char in letters}) < 2:
        return set()
    return set(letters) - latin if 2 * sum(char in latin for char in letters) >= len(letters) else latin


def _in_one_alphabet(word: str) -> str:
    """The word with all look-alikes in its own alphabet, or as it is where that can't be told."""
    for meant in (_AS_LATIN, _AS_CYRILLIC):
        foreign = _foreign(word)
        plain = "".join(meant.get(char, char) if char in foreign else char for char in word)
        if plain != word and not _foreign(plain):
            return plain
    return word
