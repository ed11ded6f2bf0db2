"""Two hundred hostile files: each gets a sentence or a list of problems, and nothing is sent."""

from __future__ import annotations

import codecs
import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator

import pytest

from bench.simulator import Faults, Simulator
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions
from services.bulk.plan import check_file, plan_file
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.errors import FileRejected
from tests.fixtures.cognito import Cognito
from tests.services.bulk.faults import faulty

HEAD = "username,email,given_name,family_name,groups,action\n"
ROW = "ann.x,ann.x@example.com,Ann,X,training,create\n"
GOOD = HEAD + ROW
TEXT = HEAD + "zoë.müller,zoe@example.com,Zoë,Müller,training,create\n"
READS = ("List", "Describe", "AdminList", "Get")
ROWS_PLANNED = 2_000
"""Longer files are checked row by row here, but not planned: that is the same code for every row."""

Files = Iterator[tuple[str, bytes]]


def zipped(name: str, text: str = GOOD) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, text)
    return data.getvalue()


def not_text() -> Files:
    for size in (0, 1, 3, 100):
        yield f"spaces {size}", b" " * size
        yield f"nul only {size}", b"\x00" * size
        yield f"line ends only {size}", b"\r\n" * size
    yield "zip called csv", zipped("people.csv")
    yield "workbook called csv", zipped("xl/workbook.xml", "<workbook/>")
    yield "empty zip", b"PK\x05\x06" + b"\x00" * 18
    yield "gzip", gzip.compress(GOOD.encode())
    for name, head in (
        ("pdf", b"%PDF-1.7\n"),
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("jpeg", b"\xff\xd8\xff\xe0"),
        ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("elf", b"\x7fELF\x02"),
        ("sqlite", b"SQLite format 3\x00"),
        ("parquet", b"PAR1"),
        ("rar", b"Rar!\x1a\x07"),
        ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("bzip2", b"BZh91AY"),
    ):
        yield name, head + bytes(range(256)) * 4
    for name, text in (
        ("html", "<!doctype html><title>x</title><script>alert(1)</script>"),
        ("html table", "<table><tr><td>username</td></tr></table>"),
        ("xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("json list", '[{"username": "ann"}]'),
        ("json object", '{"username": "ann"}'),
        ("sql", "DROP TABLE users; -- \nSELECT 1;\n"),
        ("shell", "#!/bin/sh\nrm -rf /\n"),
        ("prose", "Dear all,\nplease find the list attached.\nKind regards\n"),
    ):
        yield name, text.encode()


def encodings() -> Files:
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"):
        yield codec, TEXT.encode(codec)
    for codec in ("cp1252", "latin-1", "cp437", "cp850", "mac-roman", "cp037", "cp500", "iso8859-15"):
        yield codec, TEXT.encode(codec, errors="replace")
    for codec, text in (
        ("shift-jis", "山田"),
        ("euc-kr", "김"),
        ("gb18030", "王"),
        ("big5", "王"),
        ("koi8-r", "Анна"),
        ("cp1251", "Анна"),
        ("iso-2022-jp", "山田"),
    ):
        yield codec, GOOD.replace("Ann", text).encode(codec)
    marks = (
        codecs.BOM_UTF8,
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE,
        codecs.BOM_UTF32_LE,
        codecs.BOM_UTF32_BE,
    )
    for number, mark in enumerate(marks):
        yield f"mark {number} only", mark
        yield f"mark {number} before utf-8", mark + GOOD.encode()
        yield f"mark {number} twice", mark * 2 + GOOD.encode()
        yield f"mark {number} inside", HEAD.encode() + mark + ROW.encode()
    yield (
        "marks before each line",
        b"".join(codecs.BOM_UTF8 + line.encode() + b"\n" for line in GOOD.split("\n")),
    )
    yield "utf-16 cut", TEXT.encode("utf-16")[:-1]
    yield "utf-8 cut", TEXT.encode()[: TEXT.encode().index("ü".encode()) + 1]
    yield "lone surrogate", GOOD.replace("Ann", "A\ud800n").encode("utf-8", "surrogatepass")
    yield "lone surrogate utf-16", GOOD.replace("Ann", "A\udc00n").encode("utf-16", "surrogatepass")
    yield "overlong", HEAD.encode() + b"\xc0\xaf,x@example.com,A,B,,create\n"
    yield "beyond unicode", HEAD.encode() + b"\xf4\x90\x80\x80,x@example.com,A,B,,create\n"
    yield "utf-8 then latin", TEXT.encode() + "jörg,j@example.com,Jörg,M,,create\n".encode("latin-1")
    yield "utf-8 then utf-16", TEXT.encode() + TEXT.encode("utf-16-le")


def characters() -> Files:
    for name, char in (
        ("nul", "\x00"),
        ("bell", "\a"),
        ("escape", "\x1b[31m"),
        ("delete", "\x7f"),
        ("vertical tab", "\v"),
        ("form feed", "\f"),
        ("end of file", "\x1a"),
        ("next line", "\x85"),
        ("line separator", "\u2028"),
        ("paragraph separator", "\u2029"),
        ("no-break space", "\xa0"),
        ("zero-width space", "\u200b"),
        ("soft hyphen", "\xad"),
        ("right-to-left override", "\u202e"),
        ("right-to-left mark", "\u200f"),
        ("isolate", "\u2066"),
        ("combining", "\u0301" * 200),
        ("emoji family", "👨‍👩‍👧‍👦"),
        ("cyrillic a", "а"),
        ("full width", "ａｎｎ"),
        ("private use", "\ue000"),
        ("non-character", "\uffff"),
        ("replacement", "\ufffd"),
        ("tag characters", "\U000e0041"),
        ("dotless i", "ıİ"),
    ):
        yield f"{name} in a username", GOOD.replace("ann.x,", f"ann{char}x,").encode()
        yield f"{name} in a heading", GOOD.replace("given_name", f"given{char}name").encode()
    yield "homoglyph heading", GOOD.replace("email", "еmail").encode()
    yield (
        "same name twice by form",
        (GOOD + ROW.replace("ann", "a\u0301nn") + ROW.replace("ann", "ánn")).encode(),
    )


def cells() -> Files:
    for start in ("=", "+", "-", "@", "\t=", "\r=", "'=", "|"):
        formula = f"{start}cmd|' /C calc'!A0"
        yield (
            f"formula {start!r}",
            (HEAD + f'ann.x,ann@example.com,"{formula}",X,"{formula}",create\n').encode(),
        )
        yield f"formula heading {start!r}", GOOD.replace("given_name", f'"{formula}"').encode()
    for name, text in (
        ("markup", "<img src=x onerror=alert(1)>"),
        ("markdown", "[x](javascript:alert(1)) :red[x] $$x$$"),
        ("template", "{{7*7}} ${7*7} %s %n {0.__class__}"),
        ("path", "../../../../etc/passwd"),
        ("sql", "'; DROP TABLE jobs; --"),
        ("quote", '""'),
        ("backslash", "\\"),
        ("clear", "-"),
        ("semicolons", ";;;;"),
        ("dates", "31.02.2024"),
        ("digits", "٣٤٥"),
        ("infinite", "1e999"),
    ):
        for column in ("ann.x,", "ann.x@example.com", "training", "create"):
            end = "," if column.endswith(",") else ""
            yield f"{name} for {column}", GOOD.replace(column, f'"{text}"{end}', 1).encode()
    yield "10 MB cell", (HEAD + "ann.x,ann@example.com," + "A" * 10_000_000 + ",X,,create\n").encode()
    yield (
        "10 MB quoted cell",
        (HEAD + 'ann.x,ann@example.com,"' + "A\n" * 5_000_000 + '",X,,create\n').encode(),
    )
    yield "10 MB heading", ("A" * 10_000_000 + "\nx\n").encode()
    yield "long cell", (HEAD + "ann.x,ann@example.com," + "A" * 32_000 + ",X,,create\n").encode()
    yield (
        "1,000 groups",
        (HEAD + f"ann.x,ann@example.com,A,X,{';'.join(f'g{n}' for n in range(1000))},\n").encode(),
    )


def shapes() -> Files:
    yield "5,000 columns", (",".join(f"c{n}" for n in range(5_000)) + "\n" + "," * 4_999 + "\n").encode()
    yield "5,000 cells in a row", (HEAD + "x," * 5_000 + "\n").encode()
    yield "header only", HEAD.encode()
    yield "no header", ROW.encode() * 3
    yield "blank header", ("\n" + GOOD).encode()
    yield "commas only", b",,,,\n,,,,\n"
    yield "nameless column", GOOD.replace("given_name", "").encode()
    yield "duplicate headings", GOOD.replace("given_name", "email").encode()
    yield "duplicate by case", GOOD.replace("given_name", "EMAIL").encode()
    yield "duplicate by synonym", GOOD.replace("given_name", "E-Mail Address").encode()
    yield "unknown headings", b"foo,bar\n1,2\n"
    yield "unclosed quote", (HEAD + '"ann.x,ann@example.com,A,X,,\n' + ROW * 50).encode()
    yield "unclosed in header", ('"' + GOOD).encode()
    yield "text behind a quote", (HEAD + '"ann"x,ann@example.com,A,X,,\n').encode()
    yield "quotes of a word processor", GOOD.replace("Ann", "“Ann”").encode()
    for name, end in (("cr", "\r"), ("crlf", "\r\n"), ("lfcr", "\n\r"), ("crcrlf", "\r\r\n")):
        yield f"line ends {name}", GOOD.replace("\n", end).encode()
    yield "mixed line ends", (HEAD + "".join(ROW.replace("\n", end) for end in ("\r", "\n", "\r\n"))).encode()
    for mark in ("|", ":", "^", "\x1f", " ", "~"):
        yield f"delimiter {mark!r}", GOOD.replace(",", mark).encode()
    yield "two delimiters", (HEAD + ROW.replace(",", ";")).encode()
    yield "sep line lies", ("sep=;\n" + GOOD).encode()
    yield "sep line only", b"sep=,\n"
    yield "many empty lines", HEAD.encode() + b"\n" * 1_000_000
    yield "many blank rows", HEAD.encode() + b",,,,,\r\n" * 100_000 + ROW.encode()
    yield "one giant line", ("a,b," * 1_000_000).encode()
    yield "one giant word", b"a" * 5_000_000
    yield "quotes only", b'"' * 100_001
    yield "commas without end", b"," * 1_000_000
    yield "too large", b"a" * 100_000_001
    yield "500,001 rows", ("email\n" + "a@b.co\n" * 500_001).encode()
    yield "same person 1,000 times", (HEAD + ROW * 1_000).encode()
    yield "passwords", b"username,action,password,temporary_password\nann.lindqvist,set_password,x,y\n"


def random_bytes() -> Files:
    chance = random.Random(20_26)
    for number in range(15):
        yield f"random {number}", chance.randbytes(chance.randrange(1, 5_000))
    for number in range(25):
        data = bytearray((GOOD + ROW * 5).encode())
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.choice(b'\x00\xff",;\r\n\t\xef\xbb\x80=-')
        yield f"damaged {number}", bytes(data)


FAMILIES = (not_text, encodings, characters, cells, shapes, random_bytes)


@pytest.fixture(scope="module")
def watched(cognito: Cognito) -> Iterator[tuple[Simulator, CognitoGateway]]:
    """The staff pool behind something that counts calls."""
    with faulty(Faults(), 0) as server:
        settings = cognito.settings()
        settings = type(settings)(
            region=settings.region, endpoint_url=server.url, credentials=settings.credentials
        )
        gateway = CognitoGateway(settings, cognito.staff, limiter=Unpaced())
        yield server, gateway


def judge(gateway: CognitoGateway, data: bytes) -> str:
    """What somebody who uploads the file reads: the refusal, or every problem and what would be done."""
    pool = gateway.describe_pool()
    try:
        table = read_file(data, "people.csv")
    except FileRejected as refusal:
        return f"{refusal.message} {refusal.next_step}"
    columns = recognise(table.header, pool)
    unsettled = columns.problems()
    if unsettled:
        return unsettled[0].what
    options = PlanOptions()
    if table.row_count > ROWS_PLANNED:
        return f"{sum(len(found) for _, found in check_file(table, columns, pool, options))} problems"
    plan = plan_file(gateway, table, columns, options)
    assert plan.totals.rows == len(plan.rows) == table.row_count
    assert all(problem.what for problem in plan.problems)
    return " ".join([f"{len(plan.rows)} rows.", *(problem.what for problem in plan.problems[:20])])


def test_there_are_two_hundred_hostile_files() -> None:
    assert len({name for family in FAMILIES for name, _ in family()}) >= 200


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_files_get_an_answer_and_nothing_is_sent(
    watched: tuple[Simulator, CognitoGateway], family: Callable[[], Files], subtests: pytest.Subtests
) -> None:
    server, gateway = watched
    for name, data in family():
        with subtests.test(name):
            said = judge(gateway, data)
            assert said.strip()
            assert "Traceback" not in said
            assert len(said) < 20_000
    assert {operation for operation in server.calls if not operation.startswith(READS)} == set()


@pytest.mark.parametrize(
    ("name", "rows"),
    [("utf-16", 1), ("utf-32", 1), ("mark 0 twice", 1), ("line ends cr", 1), ("mixed line ends", 3)],
)
def test_what_looks_hostile_but_is_fine_is_planned(
    watched: tuple[Simulator, CognitoGateway], name: str, rows: int
) -> None:
    data = dict([*encodings(), *shapes()])[name]
    assert judge(watched[1], data).startswith(f"{rows} rows.")
