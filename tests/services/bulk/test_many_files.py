"""Many files of every kind, made by generators with fixed seeds: the right value, or a refusal or warning.

What counts is the question “what is written if this is damaged?”: a wrong value is worse than a refusal.
"""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from services.bulk.cells.damage import DamageKind
from services.bulk.columns import recognise
from services.bulk.files.csv_file import Choices, CsvTable, read_file
from services.bulk.files.headings import SYNONYMS
from services.bulk.model import PlanOptions, Problem, Row
from services.bulk.plan import check_file
from services.cognito import phones
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool

POOL = UserPool(
    "eu-west-1_many", "Many", schema=(*STANDARD_SCHEMA, SchemaAttribute("custom:badge", "String"))
)
NAMES = {
    "cp1252": ("José Núñez", "Zoë Müller", "Åsa Öberg", "Françoise Lefèvre", "João Gonçalves"),
    "cp1250": ("Łukasz Żółć", "Šárka Dvořáková", "Győző Szűcs", "Željko Šarić", "Zuzana Ďurišová"),
    "cp1251": ("Иван Петров", "Ольга Смирнова", "Дмитрий Жуков", "Щукин Юрий", "Наталья Ёлкина"),
    "cp1253": ("Γιώργος Παπαδόπουλος", "Ελένη Νικολάου", "Κώστας Δημητρίου", "Άννα Βασιλείου"),
    "cp1254": ("Işıl Çağlar", "Gülşen Yıldız", "Ömer Öztürk", "Şükrü Dağ"),
    "cp1257": ("Jānis Bērziņš", "Žydrūnas Kęsgaila", "Līga Ķēniņa", "Ėrika Šilinskaitė"),
    "mac_roman": ("José Núñez", "Zoë Müller", "Åsa Öberg"),
    "cp850": ("José Núñez", "Zoë Müller", "Åsa Öberg"),
    "cp852": ("Łukasz Żółć", "Šárka Dvořáková", "Zuzana Ďurišová"),
    "koi8_r": ("Иван Петров", "Ольга Смирнова", "Дмитрий Жуков"),
    "cp866": ("Иван Петров", "Ольга Смирнова", "Дмитрий Жуков"),
    "iso8859_2": ("Łukasz Żółć", "Šárka Dvořáková", "Željko Šarić"),
    "mac_latin2": ("Łukasz Żółć", "Šárka Dvořáková"),
    "cp932": ("田中太郎", "山田花子", "佐藤健一"),
    "gb18030": ("王小明", "李建国", "陈美丽"),
    "big5hkscs": ("王小明", "陳美麗", "林志豪"),
    "cp949": ("김민수", "박지영", "최영호"),
    "euc_jp": ("田中太郎", "山田花子", "佐藤健一"),
}
SURE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")
Person = tuple[str, str, str, str]
HEADER = ("username", "email", "name", "custom:badge")


def people(chance: random.Random, names: tuple[str, ...]) -> list[Person]:
    return [
        (f"user{number}", f"user{number}@example.org", chance.choice(names), f"{number:05}")
        for number in range(chance.randint(2, 30))
    ]


def text_of(rows: list[tuple[str, ...]], delimiter: str = ",", end: str = "\r\n", quoting: int = 0) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def cells(table: CsvTable) -> list[tuple[str, ...]]:
    return [row.cells[: len(table.header)] for row in table.rows()]


def checked(data: bytes, **options: object) -> list[tuple[Row, list[Problem]]]:
    table = read_file(data)
    return list(check_file(table, recognise(table.header, POOL), POOL, PlanOptions(**options)))


@pytest.mark.parametrize("codec", [*NAMES, *SURE])
def test_every_encoding_is_sure_and_right_or_asked_about_with_the_right_one_among_them(codec: str) -> None:
    chance = random.Random(codec)
    for _ in range(3 if codec in NAMES else 6):
        names = NAMES[codec] if codec in NAMES else NAMES[chance.choice(sorted(NAMES))]
        rows = people(chance, names)
        data = text_of([HEADER, *rows], chance.choice(",;\t|")).encode(codec)
        table = read_file(data)
        if not table.readings:
            assert codec in SURE
            assert cells(table) == rows
            continue
        assert codec not in SURE
        lines = set(data.decode(codec).splitlines())
        right = [reading for reading in table.readings if lines.issuperset(reading.lines)]
        assert right, [(reading.encoding, reading.lines) for reading in table.readings]
        assert cells(read_file(data, choices=Choices(encoding=right[0].encoding))) == rows


TITLES = ("Staff list 2026", "Company confidential", "Export of 12.11.2026, made by HR", "Page 1")
ENDS = ("Total", "Summe: 12", "(12 rows affected)", "-- end of report --", "Total users: 3")


@pytest.mark.parametrize("seed", range(60))
def test_any_layout_gives_the_same_rows(seed: int) -> None:
    chance = random.Random(seed)
    rows = people(chance, ("Ek, Ann", "O'Neil; Bo", 'Di "the" Li', "Plain Name", "Bar|Name"))
    delimiter = chance.choice(",;\t|")
    layout = chance.choice(["minimal", "all", "whole lines", "blanks", "trailing"])
    lines: list[tuple[str, ...]] = [HEADER, *rows]
    if chance.random() < 0.4:
        lines.insert(chance.randint(2, len(lines)), HEADER)  # a repeated heading
    if layout == "trailing":
        lines = [(*line, "", "") for line in lines]
    quoting = csv.QUOTE_ALL if layout == "all" else csv.QUOTE_MINIMAL
    end = chance.choice(["\n", "\r\n"])
    text = text_of(lines, delimiter, end, quoting)
    if layout == "whole lines":
        text = "".join(
            '"' + text_of([line], delimiter, "", quoting).replace('"', '""') + f'"{end}' for line in lines
        )
    if layout == "blanks":
        quoted = (text_of([(cell,)], delimiter, "", csv.QUOTE_ALL) for line in lines for cell in line)
        width = len(HEADER)
        cell_list = list(quoted)
        text = "".join(
            f"{delimiter} ".join(cell_list[at : at + width]) + end for at in range(0, len(cell_list), width)
        )
    if chance.random() < 0.4 and layout != "whole lines":
        text = "".join(f"{title}{end}" for title in chance.sample(TITLES, chance.randint(1, 3))) + text
    elif chance.random() < 0.3:
        text = chance.choice([f"sep={delimiter}", f'"sep={delimiter}"']) + end + text
    if chance.random() < 0.3:
        text += end
    table = read_file(text.encode("utf-8-sig"))
    assert cells(table) == rows, text
    assert not table.readings


@pytest.mark.parametrize("seed", range(40))
def test_a_line_below_the_list_is_never_taken_for_a_person(seed: int) -> None:
    chance = random.Random(seed)
    rows = people(chance, ("Ann Ek", "Bo Li"))
    text = text_of([HEADER, *rows, (chance.choice(ENDS), "", "", "")], chance.choice(",;\t|"))
    found = checked(text.encode())
    assert len(found) == len(rows) + 1
    assert not [problem for _, problems in found[:-1] for problem in problems]
    assert [problem.kind for problem in found[-1][1] if problem.kind] == [DamageKind.TOTAL]


@pytest.mark.parametrize("seed", range(40))
def test_lists_without_headings_are_people_from_the_first_line_on(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(2, 20)
    ways = ("{0}@example.org", "Ann Ek <{0}@example.org>", "mailto:{0}@example.org", "<{0}@example.org>")
    way = chance.choice(ways)
    addresses = [f"user{number}@example.org" for number in range(count)]
    written = [way.format(address.partition("@")[0]) for address in addresses]
    text = chance.choice(["\n", "\r\n"]).join(written)
    if chance.random() < 0.3 and way == ways[0]:
        text = chance.choice([";", ","]).join(written)
    assert [row.email for row, _ in checked(text.encode())] == addresses, text


def example(region: str) -> str:
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return ""


def is_a_number(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def writings(number: str) -> Iterator[tuple[str, bool]]:
    """Ways to write a number, and whether it is to be understood (else it may be refused)."""
    parsed = phonenumbers.parse(number)
    international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    yield number, True
    yield international, True
    yield international.replace(" ", "-"), False
    yield international.replace("+", "＋"), True
    yield f"tel:{number}", True
    yield f"\u202a{number}\u202c", True
    yield f"00{number[1:]}", True
    yield (
        f"({number[: len(str(parsed.country_code)) + 1]}) {number[len(str(parsed.country_code)) + 1 :]}",
        False,
    )
    code = f"+{parsed.country_code}"
    yield f"{code} (0) {number.removeprefix(code)}", False
    yield f"{code} 0{number.removeprefix(code)}", False
    yield f"{number} ext. 12", False
    yield f"{number} / +46701234567", False
    yield number[1:], False
    yield f"{number[1]}.{number[2:7]}E+{len(number) - 2}", False


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_phone_numbers_of_every_country_are_right_or_refused(region: str) -> None:
    number = example(region)
    if not number:
        pytest.skip("no example of this country is known")
    for text, understood in writings(number):
        found = phones.read(text, "")
        # with a 0 it may be a number of its own, as in Italy
        own = " 0" in text and phones.read(found.number, "").number and is_a_number(found.number)
        assert found.number in (number, "") or own, text
        assert found.number or found.problem, text
        assert not (understood and not found.number), (text, found.problem)
    parsed = phonenumbers.parse(number)
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    assert phones.read(national, region).number in (number, "")
    assert not phones.read(national, "").number or phones.read(national, "").number == number


def spellings(word: str) -> Iterator[str]:
    yield word
    yield word.upper()
    yield word.title()
    yield word.replace("_", " ")
    yield word.replace("_", "-")
    yield word.replace("_", "")
    yield f" {word} "
    yield word.replace("_", "  ")
    yield unicodedata.normalize("NFD", word)
    yield f"{word}:"


@pytest.mark.parametrize("target", sorted(SYNONYMS))
def test_headings_are_recognised_however_they_are_spelled_and_never_as_another(target: str) -> None:
    for word in (target, *SYNONYMS[target]):
        for heading in spellings(word):
            (column,) = recognise([heading], POOL).columns
            assert column.target in (target, ""), (heading, column)
            if heading.strip() == word:
                assert column.target == target, heading


@pytest.mark.parametrize("seed", range(40))
def test_headings_that_nobody_knows_mean_nothing(seed: int) -> None:
    chance = random.Random(seed)
    heading = "".join(chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(9))
    (column,) = recognise([heading], POOL).columns
    assert column.target == ""


@pytest.mark.parametrize("seed", range(40))
def test_names_are_the_same_in_one_piece_and_apart(seed: int) -> None:
    chance = random.Random(seed)
    names = [name for group in NAMES.values() for name in group]
    rows = people(chance, tuple(names))
    form = chance.choice(["NFC", "NFD", "NFKC"])
    text = unicodedata.normalize(form, text_of([HEADER, *rows]))
    found = checked(text.encode())
    assert [row.attributes["name"] for row, _ in found] == [
        unicodedata.normalize("NFC", unicodedata.normalize(form, row[2])) for row in rows
    ]
    assert not [problem for _, problems in found for problem in problems]


@pytest.mark.parametrize("seed", range(40))
def test_one_damaged_cell_among_many_is_found_and_no_other(seed: int) -> None:
    chance = random.Random(seed)
    rows = people(chance, NAMES["cp1252"])
    damage = chance.choice(["#N/A", "JosÃ©", "NULL", "A\u200bnn", "&#39;", "--", "????", "Ann None"])
    at = chance.randrange(len(rows))
    damaged = [(row[0], row[1], damage, row[3]) if place == at else row for place, row in enumerate(rows)]
    found = checked(text_of([HEADER, *damaged]).encode())
    assert [bool(problems) for _, problems in found] == [place == at for place in range(len(rows))]
