"""A phone number in any writing → the one that Cognito keeps (E.164: + and digits), or why it is none.

    read("+49 (0)151 23456789", "").number        # "+4915123456789"
    read("0151 23456789", "DE").number            # "+4915123456789"
    read("+49 0151 23456789", "").problem         # "After the country code +49 there is a 0 too many …"

`phonenumbers` knows the countries' numbers. Nothing is guessed: what has to be left out or put in
for a number to be right is a problem that names the likely number. Source: ITU-T E.123 and E.164;
Cognito developer guide, "Working with user attributes" (phone_number).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from services.cognito.written import bare

_COMPACT = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_NOISE = re.compile(r"[\s()\[\].\-/~\u2010-\u2015\u2212]+")
_SCHEME = re.compile(
    r"(?:(?:tel|phone|sms|callto|t|m|mob|mobil|mobile|cell|fon|telefon|telephone|handy)\s*:|"
    r"(?:tel|mob|telef)\.:?)\s*",
    re.IGNORECASE,
)
"""What is written before a number, by programs (RFC 3966) and people."""
_DOUBLED = re.compile(r"(?:\+|00)\s*\(?([1-9][0-9]{0,2})\)?[\s./-]+(?:(?:\+|00)?\(?\1\)?)[\s./-]+")
"""A country code that stands twice, each time as a group of its own."""
_SIGN_BEHIND_PLUS = re.compile(r"\+\s*([-./~])")
_FROM_AMERICA = re.compile(r"011[\s.-]*(?=[2-9])")
"""What is dialled in North America before the country code of another country."""
_MEXICAN_MOBILE = re.compile(r"\+\s*52[\s.()-]*1(?=[\s.()-]*[2-9])")
"""Mexico's mobile numbers had a 1 behind the country code until 2019, from abroad only."""
_SCIENTIFIC = re.compile(r"\+?[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,2}\Z", re.IGNORECASE)
_DECIMAL = re.compile(r"(\+?[0-9]{6,})[.,]0{1,3}\Z")
_EXTENSION = re.compile(
    r"(?P<number>.*[0-9)])\s*(?:[;,]?\s*(?:extension|ext|durchwahl|anknytning|poste|dw|x|#)[.=:\s]*|"
    r"(?<=[0-9]{4})\s*[-\u2010-\u2015]\s*(?=[0-9]{1,3}\Z))(?P<extension>[0-9]{1,7})\Z",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[,;|\n]|\s/\s|\s(?:or|and|oder|und|ou|et)\s|(?<=[0-9])\s*(?=\+)", re.IGNORECASE)
_LONE_PREFIX = re.compile(r"(\(?\+\s*[0-9]{1,3}\)?[\s./-]*)[(\[]\s*([0-9])\s*[)\]]")
_STARTS = re.compile(r"\(?\+\s*[0-9(]|00\s?[1-9][0-9 ]{6}")
_ALTERNATIVE = re.compile(r"(?P<number>.*[0-9][0-9 ]{2,}[0-9])\s*/\s*(?P<other>[0-9]{1,2})\Z")
_ABROAD = (
    ("+1", re.compile(r"1[\s.-]*(\(?[2-9][0-9]{2}\)?[\s.-]+[0-9]{3}[\s.-]+[0-9]{4})\Z")),
    ("+7", re.compile(r"8[\s.-]+(\(?[3489][0-9]{2}\)?[\s.-]+[0-9]{3}[\s.-]*[0-9]{2}[\s.-]*[0-9]{2})\Z")),
)
"""Numbers of North America and Russia as they are written there, after what is dialled before them."""
_WRITTEN_OTHERWISE = (
    (_DOUBLED, "+{0}", "The country code +{0} stands twice"),
    (_SIGN_BEHIND_PLUS, "+", "There is “{0}” behind the +, which is no part of a phone number"),
    (_FROM_AMERICA, "+", "It begins with 011, which is dialled in North America only"),
    (_MEXICAN_MOBILE, "+52", "Behind +52 there is a 1, which Mexico's numbers had until 2019"),
)
"""What a number may begin with, what stands there in the one that is meant, and a sentence for people."""
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN_SIGN = re.compile(r"[^0-9+]")
_NOT_DIGITS = re.compile(r"\D")
FEWEST_DIGITS = 4
"""Fewer are in everybody's number."""
_REASONS = {
    ValidationResult.TOO_SHORT: "too short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too short",
    ValidationResult.TOO_LONG: "too long",
    ValidationResult.INVALID_LENGTH: "of a length that there isn't",
}


class Phone(NamedTuple):
    """A number as Cognito keeps it, or (with an empty `number`) why it can't be told, in sentences.

    `likely` is the number that is probably meant, for a person to confirm; nothing takes it unasked.
    """

    number: str = ""
    problem: str = ""
    likely: str = ""


LONGEST_TEXT = 200
"""Characters beyond which a text isn't looked through for a number."""
_TOO_LONG = Phone(problem="A phone number is + followed by 7 to 15 digits; this text is far too long.")
_FOR_EXAMPLES = re.compile(r"\+44(?:7700900|1632960|2079460|8081570|3069990)\d{3}\Z")
"""Numbers that Ofcom keeps for films and examples: nobody's, and meant."""
_KINDS_OF_NUMBERS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


def looks_like_one(text: str) -> bool:
    """Whether a text is meant as a phone number: it starts as one does and holds no letters."""
    shown = _cleaned(text)
    return bool(_STARTS.match(shown)) and not _LETTER.search(shown)


def country_name(region: str) -> str:
    """A country in words, with its code: "SE (+46)"."""
    return f"{region.upper()} (+{phonenumbers.country_code_for_region(region.upper())})"


def read(text: str, region: str) -> Phone:
    """The number that `text` says.

    `region` is the country (two letters, such as SE) of numbers without a country code; without one ("")
    they are a problem.
    """
    if not _COMPACT.match(text):
        return _read(text, region) if len(text) <= LONGEST_TEXT else _TOO_LONG
    return Phone(text) if _is_plain(text) else _international(text, text)


def digits_to_find(text: str, region: str) -> str:
    """The digits of a phone number, or of a part of one, that `text` says: what a number is searched for.

    Empty where there are letters, or fewer than `FEWEST_DIGITS` digits. `region`: see `read`.
    """
    shown = _cleaned(text)
    if _LETTER.search(shown):
        return ""
    phone = read(shown, region)
    digits = _NOT_DIGITS.sub("", phone.number or phone.likely or shown).lstrip("0")
    return digits if len(digits) >= FEWEST_DIGITS else ""


_KEEPING_ZERO = frozenset({39, 225, 241, 242})
"""Countries whose numbers begin with a 0 that stays behind the country code."""
_LONGEST = len("+") + 15  # ITU-T E.164
_ZERO_COUNTRIES = tuple(f"+{code}" for code in sorted(_KEEPING_ZERO))


def _is_plain(number: str) -> bool:
    """Whether + and digits are a number that there may be, without a trunk prefix: most, told quickly."""
    if number.startswith(_ZERO_COUNTRIES) or len(number) > _LONGEST:
        return False
    for end in (2, 3, 4):
        lengths, trunk = _numbering(number[1:end])
        if lengths:
            national = number[end:]
            return len(national) in lengths and not national.startswith(trunk)
    return False


def there_is(number: str) -> bool:
    """Whether there are numbers such as this one (E.164), as `phonenumbers` knows them; newer ones may be
    missing there. Numbers for films and examples are said to be."""
    if number.startswith("+44") and _FOR_EXAMPLES.match(number):
        return True
    for end in (2, 3, 4):
        if (pattern := _given_out(number[1:end])) is not None:
            return pattern.fullmatch(number, end) is not None
    return False


@lru_cache(maxsize=512)
def _given_out(country: str) -> re.Pattern[str] | None:
    """What the numbers of a country code look like, of whichever kind; None where there is no such code.

    The same as `phonenumbers.is_valid_number` for the regions of the code, at a tenth of the time."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country), ())
    forms = []
    for region in regions:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(country), region)
        kinds = (getattr(metadata, kind, None) for kind in _KINDS_OF_NUMBERS)
        forms += [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    return re.compile("|".join(f"(?:{form})" for form in forms)) if forms else None


def _doubled(number: str, parsed: phonenumbers.PhoneNumber) -> Phone | None:
    """The number without its country code where that stands twice, and there is no such number with both."""
    country = str(parsed.country_code)
    rest = number[1 + len(country) :].removeprefix("0")
    if not rest.startswith(country) or there_is(number) or not there_is(f"+{rest}"):
        return None
    return Phone(
        problem=f"The country code +{country} seems to stand twice; write +{rest} if that is meant.",
        likely=f"+{rest}",
    )


@lru_cache(maxsize=512)
def _numbering(country: str) -> tuple[frozenset[int], tuple[str, ...]]:
    """The lengths of a country's numbers, and what a number must not start with to be taken as it is: what is
    dialled inside the country only, and the country's code once more."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country), ())
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None) if regions else None
    if metadata is None or metadata.general_desc is None:
        return frozenset(), ()
    lengths = frozenset(length for length in metadata.general_desc.possible_length if length > 0)
    return lengths, tuple({"0", metadata.national_prefix or "0", country})


@lru_cache(maxsize=4096)
def _read(text: str, region: str) -> Phone:
    shown = _cleaned(text)
    if _SCIENTIFIC.match(shown):
        return Phone(
            problem=f"A spreadsheet has turned the number into {shown}, and its last digits are lost; "
            "fetch the number anew from where it came."
        )
    if decimal := _DECIMAL.match(shown):
        main = _read(decimal[1], region)
        likely = main.number or main.likely
        return Phone(
            problem=f"A spreadsheet has made a number with decimals of it: {shown}; write "
            f"{likely or decimal[1]} if that is meant.",
            likely=likely,
        )
    if several := _several(shown):
        return Phone(problem=f"It holds more than one number: {' and '.join(several)}; keep one of them.")
    if (ends := _EXTENSION.match(shown)) and _digits(ends["number"]) > 6:
        main = _read(ends["number"], region)
        likely = main.number or main.likely
        named = f" of {likely}" if likely else ""
        return Phone(
            problem=f"It ends in {ends['extension']}, which looks like an extension{named}; Cognito keeps "
            "numbers without one. Leave the extension out, or write the number without a dash before it.",
            likely=likely,
        )
    if (ends := _ALTERNATIVE.match(shown)) and (first := _read(ends["number"], region).number):
        return Phone(
            problem=f"It ends in /{ends['other']}, which looks like the end of a second number; write "
            f"{first} if that is meant.",
            likely=first,
        )
    if shown.endswith((")", "]")) and _digits(shown) > 8:
        return Phone(problem="It has something in brackets behind the number; leave that out.")
    if _LETTER.search(shown):
        return Phone(
            problem="A phone number starts with + and the country code, such as +46701234567; "
            "there are no letters in it."
        )
    for written, plain, what in _WRITTEN_OTHERWISE:
        if (found := written.match(shown)) is None:
            continue
        likely = _NOISE.sub("", plain.format(*found.groups()) + shown[found.end() :])
        if there_is(likely):
            return Phone(
                problem=f"{what.format(*found.groups())}; write {likely} if that is meant.", likely=likely
            )
    if shown.startswith("00"):
        shown = f"+{shown[2:].lstrip()}"
    digits = _NOISE.sub("", shown)
    if not digits.lstrip("+"):
        return Phone(problem="A phone number starts with + and the country code, such as +46701234567.")
    if sign := _FOREIGN_SIGN.search(digits):
        return _without_sign(sign[0], _FOREIGN_SIGN.sub("", digits), region)
    return _international(shown, digits) if digits.startswith("+") else _national(shown, digits, region)


def _without_sign(sign: str, digits: str, region: str) -> Phone:
    """What a number with a `sign` in it is not; the likely one is what `digits`, all the others, say."""
    rest = _read(digits, region)
    likely = rest.number or rest.likely
    advice = f"write {likely} if that is meant" if likely else "it is + and digits, such as +46701234567"
    what = f"There is “{sign}” in it, which is no part of a phone number"
    return Phone(problem=f"{what}; {advice}.", likely=likely)


def _cleaned(text: str) -> str:
    shown = _SCHEME.sub("", bare(unicodedata.normalize("NFKC", text)), count=1).strip()
    if shown.isascii():
        return shown
    return "".join(str(unicodedata.decimal(char, char)) for char in shown)


def _several(text: str) -> list[str]:
    """The numbers, where there is more than one in the text."""
    parts = [part.strip() for part in _BETWEEN.split(text) if part and part.strip()]
    found = [part for part in parts if _digits(part) >= 6]
    return found if len(found) > 1 and not _is_area_code(found, text) else []


def _is_area_code(parts: list[str], text: str) -> bool:
    """Whether a stroke stands behind an area code, as in `+49 (0) 151 / 123 456 78`."""
    first, *others = (_NOISE.sub("", part.replace("(0)", "")) for part in parts)
    first = f"+{first[2:]}" if first.startswith("00") else first
    whole = first + "".join(others)
    one_number = len(others) == 1 and "/" in text and not others[0].startswith(("+", "0"))
    return one_number and first.startswith("+") and not _exists(first) and _exists(whole)


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _international(shown: str, digits: str) -> Phone:
    """A number with its country code: `digits` is `shown` without what stands between the digits."""
    try:
        parsed = phonenumbers.parse(digits, None)
    except NumberParseException as error:
        return Phone(problem=_unreadable(error))
    lone = _LONE_PREFIX.match(shown)
    trunk = _trunk(parsed.country_code or 0)
    if lone and lone[2] in ("0", trunk):
        without = _NOISE.sub("", lone[1] + shown[lone.end() :])
        found = _with_lone_prefix(digits, without, usual=lone[2] == trunk)
        if found is not None:
            return _doubled(found.number, parsed) or found
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if len(number) > _LONGEST:
        return Phone(problem=f"A phone number has 7 to 15 digits; this one has {len(number) - 1}.")
    if reason := _REASONS.get(phonenumbers.is_possible_number_with_reason(parsed)):
        return Phone(
            problem=f"A phone number has 7 to 15 digits; this one is {reason} for +{parsed.country_code}."
        )
    if number == digits:
        if longer := _with_zero(parsed):
            return Phone(
                problem=f"After the country code +{parsed.country_code} the number's own 0 is missing; write "
                f"{longer} if that is meant.",
                likely=longer,
            )
        shorter = _without_zero(parsed)
        if not shorter:
            return _doubled(number, parsed) or Phone(number)
        number = shorter
    extra = digits.removeprefix(f"+{parsed.country_code}")[:1]
    return Phone(
        problem=f"After the country code +{parsed.country_code} there is a {extra} too many, which is "
        f"dialled inside the country only; write {number} if that is meant.",
        likely=number,
    )


def _with_lone_prefix(whole: str, without: str, *, usual: bool) -> Phone | None:
    """A number with a digit in brackets behind its country code, as `+49 (0)151 …`: whichever of the two,
    with it (as in Italy) and without, is a number that there is. None where neither is, in a country
    where such a digit isn't `usual`."""
    there = [number for number in (without, whole) if _exists(number)]
    if not there and not usual:
        return None
    if not there:
        there = [number for number in (without, whole) if _exists(number, phonenumbers.is_possible_number)]
    if len(there) == 1:
        return Phone(there[0])
    return Phone(
        problem=f"It isn't sure whether the digit in brackets belongs to the number; write {without} or "
        f"{whole}, without brackets.",
        likely=there[0] if there else "",
    )


def _exists(
    number: str, test: Callable[[phonenumbers.PhoneNumber], bool] = phonenumbers.is_valid_number
) -> bool:
    """Whether there is (or may be: `is_possible_number`) such a number, with nothing to be left out."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return False
    return test(parsed) and phonenumbers.format_number(parsed, PhoneNumberFormat.E164) == number


def _with_zero(parsed: phonenumbers.PhoneNumber) -> str:
    """The number that is meant where only with a 0 in front there is such a number, as in Italy."""
    if parsed.country_code not in _KEEPING_ZERO or phonenumbers.is_valid_number(parsed):
        return ""
    longer = f"+{parsed.country_code}0{parsed.national_number}"
    return longer if not parsed.italian_leading_zero and _exists(longer) else ""


def _without_zero(parsed: phonenumbers.PhoneNumber) -> str:
    """The number that is meant where only without its first 0 there is such a number; else nothing."""
    if not parsed.italian_leading_zero or phonenumbers.is_valid_number(parsed):
        return ""
    shorter = f"+{parsed.country_code}{parsed.national_number}"
    return shorter if _exists(shorter) else ""


def _trunk(country_code: int) -> str:
    """What is dialled before a number inside the country, as people put it in brackets: mostly 0."""
    region = phonenumbers.region_code_for_country_code(country_code)
    return phonenumbers.ndd_prefix_for_region(region, True) or "0" if country_code != 1 else ""


def _national(shown: str, digits: str, region: str) -> Phone:
    """A number without + and country code: `digits` is `shown` without what stands between the digits."""
    if region:
        try:
            parsed = phonenumbers.parse(digits, region.upper())
        except NumberParseException as error:
            return Phone(problem=_unreadable(error))
        if reason := _REASONS.get(phonenumbers.is_possible_number_with_reason(parsed)):
            return Phone(problem=f"This number is {reason} for {region.upper()}.")
        return _in_country(shown, digits, parsed)
    needed = "A phone number starts with + and the country code, such as +46701234567"
    whole = _international(f"+{digits}", f"+{digits}") if not digits.startswith("0") else Phone()
    if whole.number and phonenumbers.is_valid_number(phonenumbers.parse(whole.number, None)):
        return Phone(problem=f"{needed}; write {whole.number} if that is meant.", likely=whole.number)
    return Phone(problem=f"{needed}; the country code is missing here.")


def _in_country(shown: str, digits: str, parsed: phonenumbers.PhoneNumber) -> Phone:
    """A number without + that was taken for one of its region: `digits` as written, `parsed` as understood.

    Where a country's code may stand in front already, or there is no such number (often the area code is
    missing), only a person can tell.
    """
    number = str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    whole = f"+{digits}"
    own = whole.startswith(f"+{parsed.country_code}")
    if whole != number and own and _exists(whole):
        return Phone(
            problem=f"It isn't sure whether it starts with the country code; write {whole} or {number}.",
            likely=whole,
        )
    if not phonenumbers.is_valid_number(parsed):
        return Phone(
            problem=f"There seems to be no such number in the country +{parsed.country_code} (often the area "
            f"code is missing); write {number} if that is meant.",
            likely=number,
        )
    abroad = "" if own else _abroad(shown, digits, parsed)
    if abroad not in ("", number):
        return Phone(problem=f"It isn't sure which country it is a number of; write {abroad} or {number}.")
    return Phone(number)


def _abroad(shown: str, digits: str, parsed: phonenumbers.PhoneNumber) -> str:
    """The number of another country that may be meant where its + was lost; else nothing."""
    region = str(phonenumbers.region_code_for_number(parsed))
    if digits.startswith("0") or not (_begin_with_zero(region) or _is_long(digits, region)):
        return ""
    if _exists(f"+{digits}"):
        return f"+{digits}"
    forms = ((code, form.match(shown)) for code, form in _ABROAD)
    return next((code + _NOISE.sub("", found[1]) for code, found in forms if found), "")


@lru_cache(maxsize=256)
def _begin_with_zero(region: str) -> bool:
    """Whether numbers are always written with a 0 in front inside a country, unlike in Turkey or Brazil."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    usual = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if metadata is None or metadata.national_prefix != "0" or usual is None:
        return False
    left_out = any(form.national_prefix_optional_when_formatting for form in metadata.number_format)
    shown = phonenumbers.format_number(usual, PhoneNumberFormat.NATIONAL)
    return not left_out and shown.startswith(("0", "(0"))


def _is_long(digits: str, region: str) -> bool:
    """Whether it has more digits than a country's mobile numbers usually have, as Italy allows."""
    usual = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    return usual is not None and len(digits) > len(phonenumbers.national_significant_number(usual))


def _unreadable(error: NumberParseException) -> str:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "There is no such country code; a number starts with + and the country code."
    return "A phone number is + followed by 7 to 15 digits and nothing else, such as +46701234567."
