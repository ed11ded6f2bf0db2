"""Every kind of damage is told from its signs, and what only resembles it is left alone."""

from __future__ import annotations

from unittest.mock import patch

import ftfy.bad_codecs  # noqa: F401 - the codecs of damaged texts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.cells import damage_checks
from services.bulk.cells.damage import KINDS, DamageKind, cells_in_words
from services.bulk.cells.damage_checks import damage

DamageCase = tuple[str, str, str | None]
"""Target, text, and the likely original (None: can't be told)."""


def words(target: str, text: str, likely: str | None = None) -> list[DamageCase]:
    return [(target, word, likely) for word in text.split()]


NAMES = [
    "José",
    "Müller",
    "Zoë",
    "Straße",
    "Łukasz",
    "Björn",
    "Øyvind",
    "Renée",
    "Muñoz",
    "Gülşen",
    "Chloé",
    "Jürgen",
    "Käthe",
    "São",
    "Søren",
    "Ærø",
]
DAMAGED: dict[DamageKind, list[DamageCase]] = {
    DamageKind.FORMULA: [
        *words("name", "=1/0 =+A2 =-(B3+1) =wenn(A1;2) =ÉSSI(A1;B1) =[@Name] =Table1[Name] =#N/A =R[-1]C"),
        *words("name", '="x"&B2 #WERT #REF #DIV/0 #ERROR'),
        ("name", "Error 2042", None),
        *words("name", "#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #FIELD! #ERROR!"),
        *words("name", "#NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #¡VALOR! #¡REF! #¿NOMBRE? #VALEUR! #NOM? #N/D"),
        *words("name", "#SAKNAS! #VÄRDEFEL! #REFERENS! #ADR! #ИМЯ? #Н/Д #ЗНАЧ! #ССЫЛКА! #ДЕЛ/0! #WAARDE!"),
        *words("username", "#NAAM? #PUUTTUU! #HODNOTA! #ODKAZ! #GETTING_DATA Err:502 Err:508 =NA() =A1"),
        *words(
            "name", "#n/a #nv #ref! #value! #Name? #Num! #Div/0! #Error #Fehler #Deleted #MULTIVALUE #Δ/Υ"
        ),
        ("groups", "#N/A N/A", None),
        ("email", "#N/A@example.org", None),
        *words("custom:badge", "=SUM(A1:A3) =VLOOKUP(A2;B:C;2;0) ='Sheet'!A2 =INDIREKT(A1)"),
        ("phone_number", "#N/A", None),
        ("temporary_password", "#VALUE!", None),
        ("enabled", "#REF!", None),
    ],
    DamageKind.NARROW: [("name", "#" * size, None) for size in range(2, 42)]
    + [("phone_number", "#####", None)],
    DamageKind.LOST: [("given_name", f"Jos\ufffd{'x' * size}", None) for size in range(40)]
    + [("name", "Christopher Alexan…", None), ("email", "christopher.alexan…", None)]
    + [
        *words("groups", "Billing... Billing…"),
        *words("given_name", "Christop... Christop....."),
        ("family_name", "Ek ...", None),
        ("username", "christop...", None),
    ],
    DamageKind.OBJECT: [
        *words("username", "<FirstName> [Vorname] {E-Mail} %Nachname% __Name__"),
        *words("name", "System.Object System.String[] System.Collections.Generic.List`1[System.String]"),
        ("name", "[object Object]", None),
        *words("custom:badge", "[Table] [Record] [List]"),
        ("custom:badge", "[object Array]", None),
        ("name", "<app.User object at 0x7f1c2d3e4f50>", None),
        ("name", "@{mail=ann@example.org}", None),
        ("name", "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection", None),
        ("password", "[object Object]", None),
        *words("name", "{{first_name}} ${name} %FIRSTNAME% {0} [[name]] *|FNAME|* %s %(name)s #{name}"),
        *words("email", "{{email}} ${email} %EMAIL% <email> [email]"),
        ("given_name", "<%= first_name %>", None),
        ("given_name", "[Given Name]", None),
        ("name", "<full name>", None),
        ("name", "Traceback (most recent call last):", None),
        *words(
            "name",
            "<FullName> «FullName» %full_name% $full_name __FULL_NAME__ #FULLNAME# ~fullname~ @FullName",
        ),
        *words("given_name", "<Vorname> %Vorname% $FIRSTNAME [Vorname] <<Vorname>> %firstName%"),
        *words(
            "email",
            "${first}@example.org {first}.{last}@example.org {{user}}@example.org %EMAIL%@example.org",
        ),
        ("name", "${first} ${last}", None),
        ("name", "Dear {{name}}", None),
        *words(
            "name", "NullReferenceException java.lang.NullPointerException function(){} NullPointerException:"
        ),
        ("name", "function () { [native code] }", None),
        ("name", "<built-in function id>", None),
        ("name", "Object reference not set to an instance of an object.", None),
        ("given_name", "{'name': 'Ann'}", None),
        ("given_name", '{"name": "Ann"}', None),
        ("birthdate", "datetime.datetime(1990, 2, 28, 0, 0)", None),
    ],
    DamageKind.QUOTED_NAME: [
        (target, f"{start}ann{size}{end}", f"ann{size}")
        for target in ("username", "sub")
        for start, end in ('""', "''", "“”", "„“", "«»", "‹›", "‘’")
        for size in range(3)
    ]
    + [("username", 'ann"', "ann"), ("username", '"ann', "ann"), ("username", "'00123", "00123")],
    DamageKind.QUOTED: [
        (target, f"{start}Ann{end}", "Ann")
        for target in ("name", "given_name", "family_name", "custom:badge", "groups", "nickname")
        for start, end in ('""', "''", "“”", "„“", "«»", "‹›", "‘’")
    ]
    + [("name", '""Ann""', "Ann"), ("name", 'Ann"', "Ann"), ("name", "`Ann`", "Ann")]
    + [("name", text, "Ann") for text in ("b'Ann'", "u'Ann'", "['Ann']", '["Ann"]', "('Ann',)", "{'Ann'}")],
    DamageKind.MOJIBAKE: [
        ("name", "ÅŸerife", "şerife"),
        *(("name", text.encode().decode("sloppy-windows-1252"), text) for text in NAMES),
        *(("name", text.encode("cp1252").decode("cp850"), text) for text in ("Müller", "Jürgen Groß")),
        *(("name", text.encode("mac_roman").decode("cp1252"), text) for text in ("Müller", "Andrés")),
        ("name", "José".encode("cp1252").decode("mac_roman"), "José"),
        *(("name", text.encode("cp1251").decode("cp1252"), None) for text in ("Иван", "Ольга", "Наташа")),
        ("name", "Ann\ue000", None),
        ("name", "JosÃƒÂ©", "José"),
        ("name", "Måns".encode().decode("cp1252"), "Måns"),
        ("name", "Ў®в", None),
        ("name", "M©ller", None),
        ("name", "S¢ren", None),
        ("name", "Åsa".encode().decode("cp1252"), "Åsa"),
        ("name", "Müller".encode("cp1252").decode("cp437"), "Müller"),
        *(("name", text.encode("cp1250").decode("cp1252"), None) for text in ("Paweł", "Mirosław", "Gołąb")),
        *(("name", text, None) for text in ("DeÂngelo", "LeÛn", "Eva ¯ak")),
        ("name", "ªahin", "Şahin"),
        ("name", "Müller".encode("cp1252").decode("mac_roman"), "Müller"),
    ],
    DamageKind.LOOK_ALIKE: [
        ("name", "\u0410nna", "Anna"),
        ("name", "Ann \u0395k", "Ann Ek"),
        ("username", "\u0430nn", "ann"),
        ("email", "\u0430nn@example.com", "ann@example.com"),
        ("email", "\u0441\u043e\u0441\u043e@example.com", "coco@example.com"),
        ("groups", "billin\u0261s\u0441", "billin\u0261sc"),
        ("name", "Ив\u0061н", "Иван"),
        ("name", "\uff21\uff4e\uff4e\uff41", "Anna"),
        ("username", "\U0001d41a\U0001d427\U0001d427", "ann"),
        ("custom:badge", "\uff10\uff11\uff12", "012"),
        ("name", "Ste\ufb00en", "Steffen"),
        ("name", "Ж\u0061ne", None),
        ("name", "Ann \u0415\u043a", "Ann Ek"),
        ("username", "ann.\u0415\u043a", "ann.Ek"),
        ("groups", "sales \u0415\u0421", "sales EC"),
    ],
    DamageKind.QUESTION: [
        ("name", text, None)
        for text in (
            "Jos?",
            "J?rgen",
            "M??ller",
            "????",
            "?? ???",
            "Zo?",
            "?rjan",
            "Bj?rn",
            "Fran?ois",
            "Gr??er",
        )
    ],
    DamageKind.ENTITY: [
        ("name", "&#39;", "'"),
        ("name", "O&#39;Neil", "O'Neil"),
        ("name", "Jos&eacute;", "José"),
        ("name", "Smith &amp; Co", "Smith & Co"),
        ("name", "&amp;amp; Co", "& Co"),
        ("name", "Ann&nbsp;Ek", "Ann Ek"),
        ("name", "<b>Ann</b>", "Ann"),
        ("name", "Ann<br>Ek", "Ann Ek"),
        ("name", "Ann<br/>", "Ann"),
        ("name", "M&#252;ller", "Müller"),
        ("name", "An&shy;n", "Ann"),
        ("name", "M&#xFC;ller", "Müller"),
        ("name", "&quot;Ann&quot;", '"Ann"'),
        ("name", '<span class="x">Ann</span>', "Ann"),
        ("custom:badge", "&lt;b&gt;Ann&lt;/b&gt;", "Ann"),
    ],
    DamageKind.ESCAPED: [
        ("username", "ann_x000D_", "ann"),
        ("given_name", "Ann_x000D_", "Ann"),
        ("nickname", "_x0041_nn", "Ann"),
        ("username", "ann\\n", "ann"),
        ("username", "ann\\r\\n", "ann"),
        ("name", "Jos=C3=A9", "José"),
        ("name", "=?UTF-8?Q?Jos=C3=A9?=", "José"),
        ("name", "Jos%C3%A9", "José"),
        ("name", "=?utf-8?B?Sm9zw6k=?=", "José"),
        ("name", "Jos\\u00e9", "José"),
        ("name", "Jos\\xc3\\xa9", "José"),
        ("name", "Ann%20Ek", "Ann Ek"),
        ("username", "jos%C3%A9", "josé"),
        ("family_name", "O\\'Neil", "O'Neil"),
        ("family_name", "O''Neil", "O'Neil"),
        ("given_name", "Ann\\nEk", "Ann Ek"),
    ],
    DamageKind.EMPTY: [
        *words("username", "Error Fehler ∞ nan%", ""),
        *words(
            "name", "NULL null None nan NaN NaT N/A n.a. undefined nil (null) [null] <null> <NA> NA \\N", ""
        ),
        *words("email", "NULL none n/a undefined", ""),
        *words("phone_number", "NULL none n/a undefined nan", ""),
        *words("phone_number", "+10000000000 +12345678901 +11111111111", ""),
        *words("birthdate", "0000-00-00 1900-01-00 0001-01-01 00.00.0000 30.12.1899", ""),
        *words("enabled", "NULL n/a undefined", ""),
        *words(
            "custom:badge", "NO_MANAGER NO_DEPARTMENT Select... n/k keine aucun Brak okänd нет 未設定 无", ""
        ),
        *(("custom:badge", text, "") for text in ("-- Select --", "Please select", "(none selected)")),
        *(("given_name", text, "") for text in ("неизвестно", "未設定", "NO_NAME", "-- Select --")),
        *words("custom:badge", "TBD unknown k.A. [] {} (leer)", ""),
        *(
            ("name", text, "")
            for text in ("not set", "(not set)", "-none-", "*none*", "N / A", "xxx", "XXXX")
        ),
        *(("name", text, "") for text in ("s.o.", "N.N.", "non renseigné", "Nicht vorhanden", "Infinity")),
        *(
            ("given_name", text, "")
            for text in ("k. A.", "s. o.", "t.b.d.", "k.A", "n. a.", "MISSING", "fehlt")
        ),
        *words("custom:badge", "missing empty manquant [missing] (fehlt)", ""),
        *words("groups", "0", ""),
        *words("username", "0", ""),
        *words(
            "email", "none@none.com null@null.com noemail@example.org no-email@example.org 0@example.org", ""
        ),
        *words(
            "email", "xxx@xxx.xx test@test.com a@a.aa nan@example.org undefined.undefined@example.org", ""
        ),
        *words(
            "email", "keine.email@example.org vorname.nachname@example.org firstname.lastname@example.org", ""
        ),
        *(("given_name", text, "") for text in ("Unknown Unknown", "N/A N/A", "not found")),
        *(("custom:badge", text, "") for text in ("Loading...", "Wird geladen...", "Employee not found")),
        *(("custom:badge", text, None) for text in ("ditto", "Dito", "same as above", "〃")),
        *(("groups", text, "") for text in ("(Multiple Items)", "Blank", "not found")),
        ("custom:badge", "Blank", ""),
        ("given_name", "Ann NULL", "Ann"),
        ("given_name", "Ann nan", "Ann"),
        ("family_name", "undefined Ek", "Ek"),
        *(
            ("name", text, None)
            for text in ("Vacant Position", "New Hire", "TBD - New Hire", "Bo Ek (Terminated)")
        ),
        *(("family_name", text, None) for text in ("Ek - LEAVER", "DO NOT USE Ek", "Ek (inaktiv)")),
        ("given_name", "None None", ""),
        ("name", "None None", ""),
        ("name", "nan nan", ""),
        ("name", "Ann None", "Ann"),
        ("name", "nan Ek", "Ek"),
        *words("email", "tbd@example.org user@domain.com your.name@company.com dummy@dummy.com na@na.na", ""),
        *(
            ("email", f"{name}@example.org", "")
            for name in ("ann.null", "null.ek", "undefined_ek", "TRUE", "1E5", "n/a")
        ),
        *(("username", text, None) for text in ("DISABLED_eve", "deleted.ann", "vacant.position")),
        ("all_groups", "none", None),
    ],
    DamageKind.ODD_SIGN: [
        ("email", "ann@example.orgBo", "ann@example.org"),
        *(("username", text, None) for text in ("ann..ek", "ann.-ek")),
        *[("given_name", f"Ann{sign}", "Ann") for sign in "*+@#_|;=,:-^~"],
        *[("family_name", f"{sign}Ek", "Ek") for sign in "*+@#=,-!"],
        *[
            ("name", word, None)
            for word in (
                "Ann_Ek",
                "Ann|Ek",
                "ann.ek@example.org",
                "$1",
                "%d",
                "https://x.y",
                "ŽR“c‘¾˜Y",
                "5×7",
            )
        ],
        *[("username", f"{sign}ann", "ann") for sign in ("=", "@", "'", ",", "+", "#", "*")],
        *[("username", f"ann{sign}", "ann") for sign in ("'", ",", ";", ":", "|", "*", "!")],
        *[("username", word, None) for word in ("ann@", "@example.org")],
        ("preferred_username", "ann;", "ann"),
    ],
    DamageKind.DASH: [("name", sign * size, "") for sign in "-‐‑‒–—―−_." for size in (1, 2, 3, 40)]
    + [
        ("phone_number", "--", ""),
        ("email", "—", ""),
        ("groups", "--", ""),
        ("name", "?", ""),
        ("name", "*", ""),
    ],
    DamageKind.INVISIBLE: [
        ("name", f"An{mark}n", "Ann")
        for mark in "\u200b\u200e\u200f\u202a\u202c\u202e\u2060\u2066\u2069"
        "\ufeff\u00ad\u034f\u115f\u3164\u2800\ufe0f\u180e"
    ]
    + [("username", "\u202eann", "ann"), ("groups", "bill\u200bing", "billing")],
    DamageKind.BREAK: [
        ("name", f"Ann{mark}Ek", "Ann Ek")
        for mark in "\x00\x01\x07\x08\x0b\x0c\x1a\x1b\x1c\x7f\x85\u2028\n\r\t"
    ],
    DamageKind.SPACE: [
        ("name", f"Ann{mark}Ek", "Ann Ek")
        for mark in "\u00a0\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000"
    ],
    DamageKind.SCIENTIFIC: [
        *words("custom:badge", "1E+05 1.00E+05 1,00E+05 4.91512E+11 1e5 5E-3 1.23457E+11 12.3E+03 9E99"),
        *words("username", "1E+05 4.5E+10"),
        *words("custom:badge", "110101199003070000 752384981203450000 12345678901234500"),
        ("custom:cost", "1.23E+05", None),
        ("password", "1.23457E+11", None),
    ],
    DamageKind.DECIMAL: [
        ("custom:badge", f"{number}{end}", str(number))
        for number in (0, 7, 12345)
        for end in (".0", ",0", ".00")
    ]
    + [
        ("custom:badge", "1,234.00", "1234"),
        ("custom:badge", "1.234,00", "1234"),
        ("custom:badge", "1,234.000", "1234"),
        ("custom:badge", "12345.000", "12345"),
        *words("custom:badge", "1,234 3,456 2,000 10,000 12.000 1.000.000 1,234,567 2.345.000"),
        *words("username", "1,234 1.234"),
        ("username", "12345.0", "12345"),
        ("username", "44927.5", None),
        ("username", "1,5", None),
    ],
    DamageKind.TRUTH: [
        *words("username", "TRUE FALSE True false WAHR FALSCH VRAI FAUX VERDADERO FALSO VERO WAAR SANT"),
        *words("name", "TRUE FALSE TOSI EPÄTOSI PRAWDA FAŁSZ PRAVDA IGAZ HAMIS ИСТИНА ЛОЖЬ DOĞRU YANLIŞ"),
    ],
    DamageKind.DAY: [
        *words("username", "12:30 00:00:00 9:05 12/05 1/2"),
        *words(
            "custom:badge", "12-May May-12 1-Jan Jan-90 05-Dec Sep-14 12-mai 2-gen 1-ene 3-okt 7-Mrz mars-01"
        ),
        *words("custom:badge", "3月1日 1.maalis 01.Oca 1-Şub 01-Kas 01.ápr márc.01 1.čvn 1-Μαρ 01.III"),
        ("custom:badge", "03월 01일", None),
        ("custom:badge", "12. Mai", None),
        ("custom:badge", "12 May", None),
        ("username", "2026-01-02", None),
        ("given_name", "01.02.2026", None),
        ("username", "1/2/2026", None),
        ("name", "2026-01-02 00:00:00", None),
        ("groups", "2026-01-02", None),
    ],
    DamageKind.SERIAL: [
        ("custom:start", "46022", "2025-12-31"),
        ("custom:start", "2026", None),
        ("custom:start", "20261231", "2026-12-31"),
        ("custom:start", "46022.5", "2025-12-31T12:00:00"),
        ("custom:start", "1767139200000", "1767139200"),
        ("custom:start", "0", None),
        ("birthdate", "32874", "1990-01-01"),
        ("birthdate", "32874.0", "1990-01-01"),
    ],
    DamageKind.WRITTEN_DAY: [
        *(
            ("birthdate", day, "1990-02-28")
            for day in ("28.02.1990", "02/28/1990", "28 Feb 1990", "28. 2. 1990")
        ),
        *(("custom:start", text, "2019-03-04") for text in ("04.03.2019", "2019/03/04", "4 Mar 2019")),
        ("custom:start", "20190304080000.0Z", "2019-03-04T08:00:00Z"),
    ],
    DamageKind.UNLIKELY_DAY: [
        ("birthdate", day, None)
        for day in (
            "2025-12-31",
            "1904-01-01",
            "2099-01-01",
            "1890-01-01",
            "1900-01-01",
            "9999-12-31",
            "2200-02-28",
        )
    ],
    DamageKind.UNFIT: [
        ("profile", "Standard User", None),
        ("zoneinfo", "(GMT+01:00) Central European Standard Time (Europe/Berlin)", "Europe/Berlin"),
        ("zoneinfo", "W. Europe Standard Time", None),
        ("locale", "German", None),
        ("locale", "0", None),
        *words("picture", "yes 0"),
        *words("website", "0 x"),
        ("address", "ann@example.org", None),
    ],
    DamageKind.HEADING: [
        ("given_name", "Nachname", None),
        ("family_name", "Name", None),
        ("name", "Full name", None),
        ("name", "FULL NAME", None),
        ("password", "Full Name", None),
        *words("given_name", "Vorname FirstName first_name Prénom given_name"),
        *words("username", "Benutzername Login sAMAccountName"),
        ("groups", "Member of", None),
        ("groups", "Gruppen", None),
    ],
}
OF_OTHER_CHECKS = {
    *(DamageKind.TOTAL, DamageKind.SHORT, DamageKind.FULL_NAME, DamageKind.TWIN, DamageKind.NAMESAKE),
    DamageKind.PHONE,
    *(DamageKind.NO_DAY, DamageKind.PAST_DAY, DamageKind.MISSING_DAY),
}
"""Seen in whole rows, in last days and where full names are split."""
TYPES = {"custom:start": "DateTime", "custom:cost": "Number"}


@pytest.mark.parametrize("kind", sorted(set(DamageKind) - OF_OTHER_CHECKS))
def test_every_sign_of_a_kind_is_seen_with_the_likely_original(kind: DamageKind) -> None:
    for target, text, likely in DAMAGED[kind]:
        found = damage(target, text, "full name", TYPES.get(target, "String"))
        assert found is not None, (target, text)
        assert (found.kind, found.likely) == (kind, likely), (target, text, found)
        assert found.what
        assert found.fix
        assert KINDS[kind].what


@pytest.mark.parametrize(
    ("target", "text"),
    [
        *(
            ("name", word)
            for word in [
                "Null-Meier",
                "Brak",
                "Keiner",
                "Kein",
                "Nana",
                "Nathan",
                "Sand",
                "Ne",
                "Ano",
                "Na",
                "Nan",
                "Sean",
                "O'Neil",
                "’t",
                "AT&T",
                "R&D",
            ]
        ),
        *[("nickname", word) for word in ("C#", "#1", "@ann", "Ann*", "a_n_n")],
        *[
            ("name", word)
            for word in ("Müller/Meier", "Ek, Ann", "Dr. h.c.", "李·小龙", "John 3rd", "Na’im", "O´Neil")
        ],
        *[
            ("username", word)
            for word in ("DOMAIN\\ann", "C:\\new", "ann+x", "+46701234567", "a;b", "host$", "YWJj=")
        ],
        ("name", "’t Hooft"),
        ("name", "'t Hooft"),
        ("name", 'Dwayne "The Rock" Johnson'),
        ("name", "Mª José"),
        *(("name", text) for text in ("McÍomhair", "MacÉil", "Mac Éil", "D’Ávila")),
        ("name", "Jean-Luc"),
        ("name", "Åsa Öberg"),
        ("name", "MÜLLER"),
        ("name", "D'Éon"),
        ("name", "山田太郎"),
        ("name", "山田　太郎"),
        ("given_name", "김　철수"),
        *(("custom:badge", word) for word in ("192.168.100.200", "1234567890123450", "123456789012345678")),
        *(("custom:badge", word) for word in ("1.234", "48.137", "1,23", "12,3456", "100000", "1,2,3")),
        ("groups", "1,234"),
        ("name", "Иван Петров"),
        ("name", "Anna Иванова"),
        ("name", "Σωκράτης"),
        ("email", "анна@пример.рф"),
        ("custom:badge", "10 µm"),
        ("name", "Xu"),
        ("name", "Ânia"),
        *(
            ("custom:badge", text)
            for text in ("主任（営業）", "ＩＴ担当", "千代田区１－２－３", "１００番地")
        ),
        ("groups", "総務（東京）"),
        ("nickname", "and so on…"),
        ("name", "می\u200cخواهم"),
        ("name", "👨\u200d👩\u200d👧 Ek"),
        ("nickname", "❤️"),
        ("custom:badge", "E123"),
        ("custom:badge", "00123"),
        ("custom:badge", "12345"),
        ("custom:badge", "2026-01-02"),
        ("custom:badge", '27" monitor'),
        ("address", "Street 1\nTown"),
        ("website", "https://x.org/?a=1&amp;b=%C3%A9"),
        *(("zoneinfo", zone) for zone in ("Europe/Berlin", "europe/berlin", "UTC", "GMT+1", "+01:00", "CET")),
        *(
            ("locale", code)
            for code in ("de", "de-DE", "zh-Hans-CN", "en_US", "de_DE.UTF-8", "nds", "es-419")
        ),
        *(("website", page) for page in ("example.org", "http://localhost", "//x", "https://例え.jp/a")),
        *(("picture", page) for page in ("/img/ann.png", "ann.jpg", "data:image/png;base64,AA==")),
        *(("profile", page) for page in ("https://x.org/ann", "linkedin.com/in/ann", "/people/ann")),
        *(("address", text) for text in ("Street 1", "c/o ann@example.org, Street 1, Town")),
        *(("email", text) for text in ("nan.ek@example.org", "Ann@Example.Org", "ann@Example.COM")),
        *(("username", text) for text in ("a--b", "disabled", "ann_-ek")),
        *(("given_name", text) for text in ("K. A.", "N.D.", "S. O.", "K.A.")),
        *(
            ("phone_number", text)
            for text in (
                "+4512345678",
                "+46800000000",
                "+18005555555",
                "+49 151 23456789",
                "+4915123456789",
                "+491511234567",
            )
        ),
        ("username", "CORP\\u1234abc"),
        ("username", "true.north"),
        ("birthdate", "1990-02-28"),
        ("birthdate", "1970-01-01"),
        ("custom:start", "1767139200"),
        ("custom:start", "2026-12-31T00:00:00Z"),
        ("custom:remote", "TRUE"),
        ("note", "#N/A"),
        ("delivery", "none"),
        ("phone_number", "+46 70 123 45 67"),
        ("enabled", "ja"),
        ("password", "Corr3ct-horse"),
        ("name", "May Li"),
        ("name", "Mar Sala"),
        ("username", "jan-1990"),
        ("custom:cost", "1E3"),
        ("email", "ann+x@example.org"),
        *(
            ("email", f"{name}@example.org")
            for name in ("none.such", "nanny", "test", "mail", "info", "noe", "x")
        ),
        ("email", "ek@ek.example"),
        ("given_name", "2Pac"),
        *(("family_name", word) for word in ("Leer", "Blank", "Leaver", "Left", "Smith-Leaver", "Vacante")),
        *(("name", word) for word in ("Sarah Leaver", "Ann Ek Jr.", "Na Na", "Ann Ek (Sales)", "Sam Hire")),
        *(
            ("custom:badge", word)
            for word in ("12-Pro", "2 LED", "1.x", "2.V", "12.1", "to be found", "and so...")
        ),
        *(("groups", word) for word in ("Sales..EMEA", "Lists", "Sales - Leaver")),
        ("nickname", "Nick"),
        ("locale", "lang"),
        ("username", "lang"),
        ("username", "44927"),
        ("enabled", "aktiv"),
        ("custom:badge", "0"),
        ("custom:badge", "20°"),
        ("custom:badge", "Vorname"),
        ("custom:badge", '{"a": 1}'),
        ("groups", "#general"),
        ("nickname", "$money$"),
        ("nickname", "@ann"),
        ("name", "Ann O'Neil ('Annie')"),
        ("name", "Ирина Кос"),
        ("groups", "отдел IT"),
    ],
)
def test_what_only_resembles_damage_is_left_alone(target: str, text: str) -> None:
    types = {**TYPES, "custom:remote": "Boolean"}
    assert damage(target, text, "heading", types.get(target, "String")) is None


def test_what_is_said_about_a_password_says_nothing_of_it() -> None:
    for text in ("#VALUE!", "1.23457E+11", "12345.0", "undefined"):
        found = damage("temporary_password", text)
        assert found is not None
        assert text not in found.what + found.fix
        assert found.likely is None


@pytest.mark.parametrize("text", ["True", "false"])
@pytest.mark.parametrize("target", ["given_name", "family_name", "name", "username"])
def test_nobody_is_called_true_or_false(target: str, text: str) -> None:
    found = damage(target, text)
    assert found is not None
    assert found.kind is DamageKind.TRUTH
    assert damage("custom:floor", text) is None


@pytest.mark.parametrize("text", ["=^.^=", "= equal", "=", "#team", "#NAMESAKE", "Vero", "Sant"])
def test_words_that_resemble_formulas_are_left_alone(text: str) -> None:
    found = damage("nickname", text)
    assert found is None or found.kind is not DamageKind.FORMULA


@pytest.mark.parametrize("text", ["email", "E-Mail", "Username", "given_name", "Family Name"])
def test_headings_under_usernames_are_nobody(text: str) -> None:
    found = damage("username", text, "login")
    assert found is not None
    assert found.kind is DamageKind.HEADING
    assert damage("custom:field", text) is None


@pytest.mark.parametrize("mark", "'`´‘’")
def test_marks_that_kept_a_number_as_text_are_told(mark: str) -> None:
    found = damage("custom:badge", f"{mark}00123")
    assert found is not None
    assert found.likely == "00123"


@pytest.mark.parametrize(
    ("kind", "single", "several"),
    [
        (DamageKind.HEADING, "1 cell repeats their heading", "2 cells repeat their heading"),
        (DamageKind.LOST, "1 cell has lost letters", "2 cells have lost letters"),
        (DamageKind.SHORT, "1 row ends before the last column", "2 rows end before the last column"),
        (DamageKind.TOTAL, "1 row looks like a line of totals", "2 rows look like a line of totals"),
    ],
)
def test_damage_is_counted_in_cells_or_in_rows(kind: DamageKind, single: str, several: str) -> None:
    assert cells_in_words(kind, 1).startswith(single)
    assert cells_in_words(kind, 2).startswith(several)


REMARKS = (
    "do not use",
    "Vacant",
    "vacant position",
    "new hire",
    "left",
    "LEAVER",
    "inaktiv",
    "nicht mehr verwenden",
)
PARTS = ("Ann", "Ek", "None", "nan", "NULL", "undefined", "n/a", "ö", "7", *" -–()[]/.,'")


@given(st.lists(st.sampled_from((*REMARKS, *PARTS)), min_size=2, max_size=7).map("".join).filter(str.strip))
def test_what_is_told_quickly_of_a_name_is_what_a_closer_look_says(name: str) -> None:
    found = damage("name", name)
    with patch.object(damage_checks, "_is_usual_name", lambda text: False):
        assert damage("name", name) == found
