"""What people copy round an address or a name is taken off, and nothing of the name itself."""

from __future__ import annotations

import pytest

from services.cognito.written import address_in, bare, nfc, yes_or_no


@pytest.mark.parametrize(
    "text",
    [
        "ann@x.example",
        "Ann Ek <ann@x.example>",
        '"Ek, Ann (HR)" <ann@x.example>',
        "<ann@x.example>",
        "mailto:ann@x.example",
        "MAILTO:ann@x.example?subject=Hello",
        "<mailto:ann@x.example>",
        "[ann@x.example](mailto:ann@x.example)",
        "ann@x.example;",
        "“ann@x.example”",
        "«ann@x.example»",
        "„ann@x.example“",
        "ann@x.example\u200b",
        "\ufeff ann@x.example\u00a0",
    ],
)
def test_the_address_is_taken_out_of_what_stands_round_it(text: str) -> None:
    assert address_in(text) == "ann@x.example"


@pytest.mark.parametrize(
    "text", ["adfs-corp_CORP\\ann", "C:/new", "O'Neil", "Zoë", "a<b", "'n Sync", 'say "x"']
)
def test_a_name_stays_as_it_is(text: str) -> None:
    assert address_in(text) == text


def test_two_addresses_stay_two() -> None:
    assert address_in("a@x.example, b@x.example") == "a@x.example, b@x.example"


def test_one_pair_of_quotation_marks_goes_and_accents_become_one_letter() -> None:
    assert bare(' "Ann" ') == "Ann"
    assert nfc("Zoe\u0308") == "Zoë"


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("TRUE", "FALSE"), ("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("VERDADERO", "FALSO"), ("VERO", "FALSO")),
        *(("VERDADEIRO", "FALSO"), ("WAAR", "ONWAAR"), ("SANT", "FALSKT"), ("SAND", "FALSK")),
        *(("SANN", "USANN"), ("TOSI", "EPÄTOSI"), ("PRAWDA", "FAŁSZ"), ("PRAVDA", "NEPRAVDA")),
        *(("IGAZ", "HAMIS"), ("ADEVĂRAT", "FALS"), ("ИСТИНА", "ЛОЖЬ"), ("ИСТИНА", "ЛЪЖА")),
        *(
            ("DOĞRU", "YANLIŞ"),
            ("ΑΛΗΘΗΣ", "ΨΕΥΔΗΣ"),
            ("CERT", "FALS"),
            ("EGIA", "GEZURRA"),
            ("ISTINA", "LAŽ"),
        ),
        *(
            ("TÕENE", "VÄÄR"),
            ("TAČNO", "NETAČNO"),
            ("是", "否"),
            ("はい", "いいえ"),
            ("참", "거짓"),
            ("t", "f"),
        ),
        *(("EVET", "HAYIR"), ("ja", "nein"), ("1", "0"), ("1.0", "0.0"), ("1,0", "0,0"), ("x", "off")),
    ],
)
def test_true_and_false_are_understood_in_the_languages_of_spreadsheets(yes: str, no: str) -> None:
    for text in (yes, yes.lower(), f" {yes.title()} "):
        assert yes_or_no(text) is True, text
    for text in (no, no.lower(), f" {no.title()} "):
        assert yes_or_no(text) is False, text
