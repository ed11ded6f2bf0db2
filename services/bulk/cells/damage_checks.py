"""What a spreadsheet or a bad export did to a cell.

found = damage("given_name", "JosÃ©")
found.kind, found.likely          # DamageKind.MOJIBAKE, "José"
"""

from __future__ import annotations

import email.errors
import email.header
import html
import quopri
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from dataclasses import replace

from services.bulk.cells.alphabets import is_east_asian, mixed_alphabets, usual_shapes
from services.bulk.cells.damage import (
    GROUPS,
    KINDS,
    NAMES,
    PARTS_OF_NAMES,
    PEOPLE,
    ColumnCell,
    Damage,
    DamageKind,
)
from services.bulk.cells.misread_letters import fixed, misread
from services.bulk.cells.numbers_and_days import (
    ISO_DAY,
    MONTH_STARTS,
    TRUTH,
    birthdate,
    birthdays,
    number_or_day,
)
from services.bulk.cells.odd_addresses import changed_address
from services.bulk.cells.odd_signs import odd_sign
from services.bulk.cells.odd_usernames import odd_username
from services.bulk.cells.odd_values import SHAPED, odd_value
from services.bulk.cells.unseen_marks import kind_of_mark, without_marks
from services.bulk.cells.words_for_nothing import (
    FURTHER_PHRASES,
    NO_SUCH,
    NOT_IN_NAMES,
    PHRASES,
    SAME_AS_ABOVE,
    SELECT,
    WORDS,
    WORDS_OF_REMARKS,
    address_of_nobody,
    remark_in_name,
)
from services.bulk.files.headings import SYNONYMS, meaning_of, squeeze
from services.cognito.attributes import STANDARD
from services.cognito.written import QUOTES, bare

_ATTRIBUTES = frozenset(
    form for name in (*STANDARD, "username") for form in (name, name.replace("_", ""), name.replace("_", " "))
) | {"e-mail"}
"""Headings that stand under “username” where a sheet lies on its side, or its headings come again."""
_SPACED = re.compile(r"[\s_-]+")
_FRAME = "<>[]{}()«»%$#@&_~*| "
"""What programs put round the name of a value that is to be put in."""
_FRAMED = re.compile(r"<.+>|\[.+\]|\{.+\}|«.+»|%.+%|__.+__")
_NOT_AS_VALUES = frozenset({"nickname", "enabled", "locale", "phone_number"})
"""Columns whose other names may be values too: Nick, aktiv, Lang."""
_UNTOUCHED = frozenset({"note", "action", "delivery", "last_day"})
"""Columns that are read by checks of their own, or by none."""
_OF_THEIR_OWN = frozenset({"enabled", "phone_number"})
"""Columns whose values have checks of their own, which see all but words for nothing and errors."""
_SECRET = frozenset({"password", "temporary_password"})
_ADDRESSES = frozenset({"website", "picture", "profile"})

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 @._+'’,;:|/()äöüÄÖÜßéèáàåøæñçÅØÆÉ-]*(?<![').@:_,;|-])\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 .'’,/()äöüÄÖÜßéèáàåøæñçÅØÆÉ-]*(?<!['),-])(?<!\.\.)\Z")
"""Most cells; what ends with a sign is to be looked at more closely."""
_ORDINARY = re.compile(r"[A-Za-z0-9 @._+,/():;~*!$^{}|-]+\Z")


_TEN_ALIKE = tuple(str(digit) * 10 for digit in range(10))
_DIGITS_IN_A_ROW = re.compile(r"\+?0?1234567890?1?\Z")

_OF_NO_GROUP = "Write - if the person is to be in no group; an empty cell leaves the groups as they are."

Check = Callable[[str], Damage | None]
"""Looks at the text of one cell: what was done to it, None when nothing shows."""


def damage(target: str, text: str, heading: str = "", data_type: str = "String") -> Damage | None:
    """What a spreadsheet or an export did to a cell of this column, None when nothing shows.

    For the cells of a whole column take `check_of` once.
    """
    return check_of(target, heading, data_type)(text)


def check_of(target: str, heading: str = "", data_type: str = "String") -> Check:
    """The check of a column's cells.

    `heading` is in small letters; `data_type` is that of the attribute (String, Number, Boolean, DateTime).
    """
    if target in _UNTOUCHED:
        return lambda _: None
    called = _called(target)
    titles = {squeeze(heading), *map(squeeze, called)} - {""}
    plain = _PLAIN_NAME if target in PARTS_OF_NAMES else _PLAIN
    suspicious = _WORDS | {heading} | called | (_ATTRIBUTES if target == "username" else frozenset())

    def judged(text: str) -> Damage | None:
        if text.casefold() == heading and target != "enabled":
            return Damage(DamageKind.HEADING, f"“{text}” is the heading of its column.")
        inner = text.strip(_FRAME)
        framed = text[0] in _FRAME and not _is_error(text, target)
        known = squeeze(inner) in titles or _SPACED.sub("", inner.casefold()) in _ATTRIBUTES
        if framed and (known or (_FRAMED.fullmatch(text) and meaning_of(inner))):
            return Damage(DamageKind.OBJECT, f"“{text}” stands where a program should have put the value in.")
        if text.casefold() in called:
            return Damage(DamageKind.HEADING, f"“{text}” is a heading of such columns.")
        if target == "username" and _SPACED.sub("", text.casefold()) in _ATTRIBUTES:
            return Damage(DamageKind.HEADING, f"“{text}” is the heading of a column.")
        cell = ColumnCell(target, text, data_type)
        if target in _SECRET:
            return _secret(cell)
        if target in _OF_THEIR_OWN:
            return _first(cell, (_never, _nothing))
        return _first(cell, _OF_ORDINARY if _ORDINARY.match(text) else _CHECKS)

    def look_at_number(text: str) -> Damage | None:
        if text.endswith(_TEN_ALIKE) or _DIGITS_IN_A_ROW.match(text):
            return Damage(
                DamageKind.EMPTY, f"“{text}” is a number that people make up where there is none.", ""
            )
        return None if text[1:].isdigit() else judged(text)

    def look_at_birthdate(text: str) -> Damage | None:
        return None if ISO_DAY.match(text) and earliest <= text <= latest else judged(text)

    def look_at_text(text: str) -> Damage | None:
        if plain.match(text):  # most cells
            word = text.casefold()
            if (
                word not in suspicious
                and word[:3] not in _STARTS
                and "''" not in text
                and "_x" not in text
                and (len(word) > _LONGEST_WITH_POINTS or "." not in word)
                and not word.endswith(_NOT_FOUND)
            ):
                return None
        return judged(text)

    def look_at_name(text: str) -> Damage | None:
        found = look_at_text(text)
        return _nothing_in_name(text) if found is None and " " in text else found

    def look_at_username(text: str) -> Damage | None:
        return look_at_text(text) or odd_username(text)

    def look_at_shape(text: str) -> Damage | None:
        return look_at_text(text) or odd_value(target, text)

    def look_at_address(text: str) -> Damage | None:
        if address_of_nobody(text):
            what = f"“{text}” is what people and programs write where there is no address."
            return Damage(DamageKind.EMPTY, what, "")
        if (changed := changed_address(text)) is not None:
            return changed
        if (found := look_at_text(text)) is None and "?" in text:
            return Damage(DamageKind.QUESTION, f"In “{text}” a question mark may stand where a letter was.")
        return found

    def look_at_all_groups(text: str) -> Damage | None:
        found = look_at_text(text)
        # empty means: as they are
        return replace(found, likely=None, advice=_OF_NO_GROUP) if found and found.likely == "" else found

    earliest, latest = (day.isoformat() for day in birthdays())
    of_their_own = {
        "phone_number": look_at_number,
        "birthdate": look_at_birthdate,
        "email": look_at_address,
        "all_groups": look_at_all_groups,
        "username": look_at_username,
        "preferred_username": look_at_username,
        **dict.fromkeys(PARTS_OF_NAMES, look_at_name),
        **dict.fromkeys(SHAPED, look_at_shape),
    }
    return of_their_own.get(target, judged if target in _SECRET | _OF_THEIR_OWN else look_at_text)


def _called(target: str) -> frozenset[str]:
    """The headings that columns of this meaning have, in small letters, where nobody is called so."""
    if target in _NOT_AS_VALUES:
        return frozenset()
    alike = PARTS_OF_NAMES if target in PARTS_OF_NAMES else {"groups" if target == "all_groups" else target}
    names = [name for other in alike for name in (other.replace("_", " "), *SYNONYMS.get(other, ()))]
    # the bare name of an attribute of the pool's own is a word like any other
    return frozenset(
        form
        for name in names
        if ":" not in name and name not in ("given", "family", "person")
        for form in (name, squeeze(name), name.replace(" ", "_"), name.replace(" ", "-"))
    )


CellCheck = Callable[[ColumnCell], Damage | None]


def _first(cell: ColumnCell, checks: tuple[CellCheck, ...]) -> Damage | None:
    for check in checks:
        found = check(cell)
        if found is not None:
            return found
    return None


def _secret(cell: ColumnCell) -> Damage | None:
    """What is wrong with a password, without saying any of it."""
    found = _first(cell, (_never, _nothing, number_or_day))
    return found and Damage(found.kind, f"The password can't be meant: such cells {KINDS[found.kind].what}.")


# --- errors and words of programs --------------------------------------------------------------

_FORMULA = re.compile(
    r"#[¡¿]?[^\W\d_][\w/.]{0,18}[!?]|#(?:N/[A-Z]+(?: N/A)?|NA|NV|I/T|Н/Д|Δ/Υ|BRAK|YOK|HIÁNYZIK|"
    r"GETTING_DATA|MULTIVALUE|DIV/0|REF|VALUE|NAME|NUM|NULL|ERROR|WERT|BEZUG|ZAHL|VALEUR|VALOR|NOMBRE|NOM)"
)
_ERROR = re.compile(
    r"#(?:N/A(?: N/A)?|N/D|NV|I/T|Error|Fehler|Erreur|Deleted|Gelöscht|Supprimé|Eliminado)|"
    r"#[¡¿]?[^\W\d_][\w/.]{0,18}[!?]|Err:\d{3}|Error 20\d\d",
    re.IGNORECASE,
)
"""Errors that some programs write in small letters too, as databases and reports do."""
_UNCALCULATED = re.compile(
    r"=\s*[-+(]*(?:[^\W\d][\w.]*[(\[]|\$?[A-Z]{1,3}\$?[0-9]{1,7}\b|'?[^'!]{1,40}'?!\$?[A-Z]|\[@?\w|"
    r"\d[\d.,]*\s*[-+*/^&]|\"[^\"]*\"\s*&|R\[?-?\d*\]?C\[?-?\d*\]?\b)|=#"
)
_NARROW = re.compile(r"#{2,}")
_OBJECT = re.compile(
    r"\[object \w+\]|(?:System|Microsoft)\.[A-Z][\w.`+]*(?:\[.*\])?|<.{1,80} object at 0x[0-9a-fA-F]+>|"
    r"@\{.*\}|Traceback(?: \(most recent call last\).*)?|"
    r"(?:\w+\.)+\w*(?:Exception|Error)\b.*|\w{3,}Exception\b.*|Object reference not set .*|"
    r"function ?\w*\(.*|<(?:built-in|function|class|module|bound method) .*>|"
    r"\[(?:Table|Record|List|Binary|Function|Value)\]|"
    r"(?:datetime\.\w+|Timestamp|ObjectId|ISODate|Decimal)\(.*\)"
)
_RECORD = re.compile(r"\{\s*(['\"])[^'\"]{1,60}\1\s*:.*\}")
_TEMPLATE = re.compile(
    r"\{\{.{1,60}\}\}|\{%.{1,60}%\}|[$#]\{.{1,60}\}|<%.{1,60}%>|\*\|.{1,60}\|\*|\[\[.{1,60}\]\]|"
    r"\{\w{1,40}\}|"
    r"%[A-Z][A-Z0-9_]{1,40}%|%%.{1,60}%%|%(?:\(\w{1,40}\))?s"
)
"""Where programs and letters of a series put a value in."""
_TEMPLATE_WITHIN = re.compile(r"\{\{.+?\}\}|[$#]\{.+?\}|<%.+?%>|\*\|.+?\|\*|%[A-Z][A-Z_]+%")
_FIELD_WITHIN = re.compile(r"\{\w{1,40}\}")


_CUT_OFF = re.compile(r"(?<=[^\W_])\s?(?:…|\.{3,})\Z")
_ERROR_WITHOUT_SIGN = re.compile(
    r"\(#.{1,20}\)|[(\[]?(?:REF|VALUE|NUM|NULL|DIV/0|WERT|BEZUG|ZAHL|VALEUR|VALOR)![)\]]?|NAME\?"
)


def _is_error(text: str, target: str) -> bool:
    if text == text.upper() and (_FORMULA.fullmatch(text) or _ERROR_WITHOUT_SIGN.fullmatch(text)):
        return True
    return target != "nickname" and bool(_ERROR.fullmatch(text))


def _never(cell: ColumnCell) -> Damage | None:
    """What can't be meant, whatever the column."""
    text = cell.text
    if _is_error(text.partition("@")[0] if cell.target == "email" else text, cell.target):
        return Damage(DamageKind.FORMULA, f"“{text}” is the error of a spreadsheet's formula and no value.")
    if _UNCALCULATED.match(text):
        return Damage(DamageKind.FORMULA, f"“{_short(text)}” is a formula, and not what it comes to.")
    if _NARROW.fullmatch(text):
        what = "The column was too narrow to show the value, and only # was copied."
        return Damage(DamageKind.NARROW, what)
    if "\ufffd" in text:
        return Damage(DamageKind.LOST, f"“{text}” has lost letters: � stands where they were.")
    if cell.target in (PEOPLE | GROUPS) - {"nickname"} and _CUT_OFF.search(text):
        return Damage(DamageKind.LOST, f"“{text}” was cut off: … stands where the rest was.")
    if cell.target not in _SECRET and _is_template(cell):
        what = f"“{_short(text)}” stands where a program should have put the value in."
        return Damage(DamageKind.OBJECT, what)
    record = cell.target in PEOPLE and _RECORD.fullmatch(text)
    if (record or _OBJECT.fullmatch(text)) and (cell.target != "email" or "@" not in text):
        what = f"“{_short(text)}” is a program's word for a value that it didn't write."
        return Damage(DamageKind.OBJECT, what)
    return None


_EMPTY = frozenset(WORDS.split()) | frozenset(PHRASES.split("|")) | frozenset(FURTHER_PHRASES.split("|"))
_WITH_POINTS = frozenset({"ka", "so", "nv", "nn", "na", "nd", "tbd", "tba", "tbc"})
"""Words for nothing that are written with points, also with blanks between: “k. A.”."""


def _is_template(cell: ColumnCell) -> bool:
    text = cell.text
    if _TEMPLATE.fullmatch(text):
        return True
    if cell.target not in PEOPLE | GROUPS:
        return False
    field = cell.target in ("email", "username") and _FIELD_WITHIN.search(text)
    return bool(field or _TEMPLATE_WITHIN.search(text))


_INITIALS = re.compile(r"(?:K\. ?A|N\. ?D|S\. ?O|N\. ?V)\.")
"""Abbreviations of “nothing” that are people's initials in capital letters; N. N. and N. A. hardly are."""
_ARE_NAMES = frozenset({"Na", "Nan", "Nat", "Nil"})
_PART_OF_A_NAME = re.compile(r"(?<!\S)(?:None|nan|NaN|NULL|null|undefined)(?!\S)")
_IN_NAMES = _EMPTY | WORDS_OF_REMARKS
"""Words for which a name is looked at more closely."""


def _nothing(cell: ColumnCell) -> Damage | None:
    if cell.target in PARTS_OF_NAMES and _INITIALS.fullmatch(cell.text):
        return None
    word = cell.text.casefold()
    framed = word.strip("()<>[]*- ")
    elsewhere = cell.target not in PEOPLE and word in NOT_IN_NAMES
    if (word in _EMPTY and cell.text not in _ARE_NAMES) or elsewhere or NO_SUCH.match(cell.text):
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is a word that exports write for “nothing”.", "")
    if framed != word and (framed in _EMPTY or framed in SELECT):
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is a word that exports write for “nothing”.", "")
    if "." in word and re.sub(r"[. ]", "", word) in _WITH_POINTS:
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is an abbreviation of “nothing” or “not known”.", "")
    if word in SAME_AS_ABOVE:
        what = f"“{cell.text}” stands for the value of the row above."
        return Damage(DamageKind.EMPTY, what, advice="Write the value itself.")
    if word.endswith(_NOT_FOUND) or (word == "blank" and cell.target not in PEOPLE - {"given_name"}):
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is what formulas and tables say of “nothing”.", "")
    if word == "0" and cell.target in GROUPS | {"username", "email"}:
        return Damage(DamageKind.EMPTY, "0 is what spreadsheets show of an empty cell elsewhere.", "")
    if (made := _made_of_nothing(cell.text)) is not None:
        return made
    if len(word) > 2 and not word.strip("x"):
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is what people type for “nothing”.", "")
    if "??" not in word and all(_is_mark(char) for char in word):
        what = "a dash" if not cell.text.strip(_DASHES + " ") else "a sign"
        return Damage(DamageKind.DASH, f"“{cell.text}” is only {what}.", "")
    return None


def _made_of_nothing(text: str) -> Damage | None:
    parts = text.split()
    nothing = len(parts) > 1 and all(part.casefold() in _EMPTY for part in parts)
    if not nothing or _ARE_NAMES.issuperset(parts):
        return None
    return Damage(DamageKind.EMPTY, f"“{text}” is made of words for “nothing”.", "")


def _is_usual_name(text: str) -> bool:
    """Whether nothing in a name is worth a closer look, as in most: told quickly."""
    words = text.casefold().replace("-", " ").split()
    return _IN_NAMES.isdisjoint(words) and "".join(words).isalnum()


def _nothing_in_name(text: str) -> Damage | None:
    """A name put together from parts one of which was missing ("Ann None"), or with a remark in it."""
    if _is_usual_name(text):
        return None
    if (made := _made_of_nothing(text)) is not None:
        return made
    if remark := remark_in_name(text):
        what = f"“{text}” holds “{remark}”, which is a remark and no part of a name."
        advice = "Write the name alone, or leave the row out if nobody is to sign in."
        return Damage(DamageKind.EMPTY, what, advice=advice)
    if not _PART_OF_A_NAME.search(text):
        return None
    likely = " ".join(_PART_OF_A_NAME.sub(" ", text).split())
    return Damage(DamageKind.EMPTY, f"Part of “{text}” is a word that programs write for “nothing”.", likely)


_DASHES = "-‐‑‒–—―−_"


def _is_mark(char: str) -> bool:
    return char.isspace() or char in "−_^`~|=+<>$" or unicodedata.category(char)[0] == "P"


_REPRESENTED = re.compile(r"([bu](?=['\"])|[\[({])(['\"])([^'\"]+)\2,?(?:(?<=,)\)|[\])}])?")
"""A value as programs write it for themselves: b'Ann', ['Ann'], ('Ann',)."""


def _quoted(cell: ColumnCell) -> Damage | None:
    text = cell.text
    if cell.target == "email":
        return None
    inner = text
    while (further := bare(inner)) and further != inner and inner[0] in QUOTES and inner[-1] in QUOTES:
        inner = further
    if inner == text and (written := _REPRESENTED.fullmatch(text)) is not None:
        listed = written[1] not in ("b", "u")
        inner = written[3] if cell.target in (PEOPLE if listed else PEOPLE | NAMES) else text
    if inner == text:
        inner = _half_quoted(text)
    if inner == text or not inner:
        return None
    kind = DamageKind.QUOTED_NAME if cell.target in NAMES else DamageKind.QUOTED
    return Damage(kind, f"The value stands in quotation marks: {text}.", inner)


def _half_quoted(text: str) -> str:
    """Without a quotation mark that has lost the other one, or that kept a number as text."""
    if text[0] in "'`´‘’" and text[1:2].isdigit():
        return text[1:]
    if text[0] in '"“„' and not any(char in '"“”„' for char in text[1:]):
        return text[1:].strip()
    if text[-1] in '"”' and not text[-2:-1].isdigit() and not any(char in '"“”„' for char in text[:-1]):
        return text[:-1].strip()  # 27" is a measure
    return text


# --- letters -----------------------------------------------------------------------------------

_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,6}|amp|lt|gt|quot|apos|nbsp|[a-z]{3,8});", re.IGNORECASE)


def holds_entity(text: str) -> bool:
    """Whether a letter stands in the text as web pages write it: their ; is none between names."""
    return "&" in text and bool(_ENTITY.search(text))


_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|i|li|p|span|strong|sub|sup|td|tr|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_QUESTION = re.compile(r"[^\W\d_]\?+[^\W\d_]|\?{2,}|^\?[^\W\d_]{2}|[^\W\d_]{2}\?$")


def _encoded(cell: ColumnCell) -> Damage | None:
    text = cell.text
    if not text.isascii() and (found := misread(text)) is not None:
        return found
    if cell.target in _ADDRESSES or "://" in text:
        return None
    if (found := _office_codes(cell)) is not None:
        return found
    if _ENTITY.search(text) or _TAG.search(text):
        plain = _TAG.sub(" ", html.unescape(html.unescape(text)))
        plain = without_marks(" ".join(plain.split()), lines=False)
        if plain != text:
            return Damage(DamageKind.ENTITY, f"“{text}” holds signs of a web page.", plain)
    plain = _decoded(text, backslashes=cell.target not in NAMES)
    if cell.target in PEOPLE - NAMES:
        plain = _BREAK_CODE.sub(" ", _ESCAPED_APOSTROPHE.sub("'", plain)).strip()
    elif cell.target in NAMES | GROUPS:
        plain = _BREAKS_AT_END.sub("", plain)
    if plain != text:
        return Damage(DamageKind.ESCAPED, f"“{text}” holds letters that were written as codes.", plain)
    if "?" in text and _QUESTION.search(text):
        return Damage(DamageKind.QUESTION, f"In “{text}” question marks may stand where letters were.")
    return None


_OFFICE_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How workbooks keep a character that has no place in them: a line's end is _x000D_."""
_BREAK_CODE = re.compile(r"\\[rnt](?![a-z])|(?<=[a-z])\\[rnt]")
_BREAKS_AT_END = re.compile(r"(?:\\[rnt])+\Z")
_ESCAPED_APOSTROPHE = re.compile(r"(?<=[^\W\d_])(?:\\'|'')(?=[^\W\d_])")
_CODES = re.compile(r"(?:%[0-9A-F]{2})+|(?:=[0-9A-F]{2}){2,}", re.IGNORECASE)
_MAIL_CODE = re.compile(r"=\?[\w-]+\?[BQ]\?[^?]*\?=", re.IGNORECASE)
_BACKSLASH_CODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def _office_codes(cell: ColumnCell) -> Damage | None:
    if not _OFFICE_CODE.search(cell.text):
        return None
    plain = without_marks(_OFFICE_CODE.sub(lambda match: chr(int(match[1], 16)), cell.text), lines=True)
    return Damage(DamageKind.ESCAPED, f"“{cell.text}” holds a character that was written as a code.", plain)


def _decoded(text: str, *, backslashes: bool) -> str:
    """The text with letters in place of their codes, as mail, addresses and programs write them."""
    if _MAIL_CODE.search(text):
        try:
            return str(email.header.make_header(email.header.decode_header(text)))
        except (email.errors.HeaderParseError, LookupError, UnicodeError):
            return text
    if backslashes and _BACKSLASH_CODE.search(text):
        read = _BACKSLASH_CODE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
        return fixed(read)
    try:
        return _CODES.sub(_letters, text)
    except UnicodeDecodeError:
        return text


def _letters(match: re.Match[str]) -> str:
    codes = match[0]
    if codes.startswith("%"):
        return urllib.parse.unquote(codes, errors="strict")
    read = quopri.decodestring(codes.upper()).decode("utf-8")
    return codes if read.isascii() else read


def _look_alike(cell: ColumnCell) -> Damage | None:
    """Letters of two alphabets in one word, or letters and digits in another shape than keyboards have."""
    text = cell.text
    if (plain := usual_shapes(text)) != text and not is_east_asian(text):
        what = f"“{text}” holds letters in another shape than keyboards write."
        return Damage(DamageKind.LOOK_ALIKE, what, plain)
    if (found := mixed_alphabets(text, whole="@" in text and " " not in text)) is None:
        return None
    what = f"“{text}” mixes alphabets: “{found.letter}” is a {unicodedata.name(found.letter).lower()}."
    return Damage(DamageKind.LOOK_ALIKE, what, found.likely)


# --- marks that nobody sees --------------------------------------------------------------------


def _hidden(cell: ColumnCell) -> Damage | None:
    """Marks that nobody sees, named; those that join letters and emoji belong there."""
    lines = cell.target in PEOPLE
    for place, char in enumerate(cell.text):
        kind = kind_of_mark(char, cell.text, place, lines)
        if kind is not None and not _is_mojibake(cell.text):
            code = f"U+{ord(char):04X}"
            name = unicodedata.name(char, "control character").lower()
            likely = without_marks(cell.text, lines)
            return Damage(kind, f"There is an invisible {name} ({code}) at place {place + 1}.", likely)
    return None


def _is_mojibake(text: str) -> bool:
    """Whether control characters in it are letters that were read in a wrong encoding."""
    visible = "".join(char for char in text if not "\x80" <= char <= "\x9f")
    return not visible.isascii() and fixed(text) != text


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


_NOT_FOUND = (" not found", " nicht gefunden", " non trouvé", " no encontrado")
"""What look-ups in another list answer where they find nobody."""
_WORDS = _EMPTY | NOT_IN_NAMES | SAME_AS_ABOVE | {"blank"} | {word.casefold() for word in TRUTH}
_STARTS = MONTH_STARTS | {
    "err",
    "sys",
    "mic",
    "tra",
    "xxx",
    "nul",
    "non",
    "nan",
    "jav",
    "obj",
    "fun",
    "dat",
    "no_",
}
_LONGEST_WITH_POINTS = 6
"""How words begin that are to be looked at more closely: months, and what programs write."""

_OF_ORDINARY: tuple[CellCheck, ...] = (_never, _nothing, _office_codes, number_or_day, birthdate, odd_sign)
"""What can be wrong with a cell of ordinary letters, digits and signs."""

_CHECKS: tuple[CellCheck, ...] = (
    _never,
    _nothing,
    _quoted,
    _hidden,
    _encoded,
    _look_alike,
    number_or_day,
    birthdate,
    odd_sign,
)
