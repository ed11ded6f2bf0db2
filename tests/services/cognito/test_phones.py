"""Phone numbers in any writing; what is wrong or in doubt is refused with its reason."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.cognito.phones import looks_like_one, read, there_is

ANN = "+4915123456789"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (ANN, ANN),
        ("+49 151 23456789", ANN),
        ("(+49) 151 / 2345 6789", ANN),
        ("+49 (0)151 23456789", ANN),
        ("+49(0)15123456789", ANN),
        ("+49 [0] 151 23456789", ANN),
        ("0049 151 23456789", ANN),
        ("0049 (0) 151 23456789", ANN),
        ("tel:+49-151-23456789", ANN),
        ("\u202a+4915123456789\u202c", ANN),
        ("＋49 151 23456789", ANN),
        ('"+49 151 23456789"', ANN),
        ("+49\u00a0151\u00a023456789", ANN),
        ("+44 (0) 20 7946 0018", "+442079460018"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("+43/(0)664/1234567", "+436641234567"),
        ("+46 (0)8-123 456", "+468123456"),
        ("+46 (70) 123 45 67", "+46701234567"),
        ("+7 (8) 495 123-45-67", "+74951234567"),
        ("+39 06 698 12345", "+390669812345"),
        ("+39 (0)6 698 12345", "+390669812345"),
        ("+1 (800) 555-0100", "+18005550100"),
        *((f"{word} +49 151 23456789", ANN) for word in ("Tel.:", "Tel.", "T:", "Mobil:", "mobile:")),
        ("+49 4921 123456", "+494921123456"),
    ],
)
def test_numbers_are_understood_as_people_write_them(text: str, number: str) -> None:
    assert read(text, "").number == number
    assert read(text, "").problem == ""


@pytest.mark.parametrize("country", ["49", "44", "46", "33", "31", "43", "41"])
def test_a_national_zero_after_the_country_code_is_refused(country: str) -> None:
    numbers = {"49": "15123456789", "44": "7911123456", "46": "701234567", "33": "612345678"}
    numbers |= {"31": "612345678", "43": "6641234567", "41": "781234567"}
    phone = read(f"+{country} 0{numbers[country]}", "")
    assert phone.number == ""
    assert phone.likely == f"+{country}{numbers[country]}"
    assert phone.likely in phone.problem
    assert read(f"+{country} (0){numbers[country]}", "").number == phone.likely


@pytest.mark.parametrize(
    ("text", "said", "likely"),
    [
        ("+49 (0151) 23456789", "0 too many", ANN),
        ("+39 6 698 12345", "0 is missing", "+390669812345"),
        ("+39669812345", "0 is missing", "+390669812345"),
        ("4.91512E+11", "last digits are lost", ""),
        ("4915123456789", "country code", ANN),
        ("015123456789", "country code is missing", ""),
        ("+49-151-23456789;ext=12", "extension", ANN),
        ("+49 30 123456-12", "extension", "+4930123456"),
        ("+46701234567 x12", "extension", "+46701234567"),
        ("+49 151 23456789, +49 151 99999999", "+49 151 23456789 and +49 151 99999999", ""),
        ("+46701234567 / 0701234568", "more than one number", ""),
        ("+46701234567+46701234568", "more than one number", ""),
        ("+49 151 23456789 (0151)", "in brackets", ""),
        ("+1 (0)555 123 4567", "too long", ""),
        ("+49151123456789012", "this one has 17", ""),
        ("+4612", "too short", ""),
        ("+999123456789", "no such country code", ""),
        ("+1 800 FLOWERS", "letters", ""),
        ("+91 91 98765 43210", "+91 stands twice", "+919876543210"),
        ("+91919876543210", "+91 seems to stand twice", "+919876543210"),
        ("+49 49 151 23456789", "+49 stands twice", ANN),
        ("+49 +49 151 23456789", "+49 stands twice", ANN),
        ("+43 (0)43 664 1234567", "seems to stand twice", "+436641234567"),
        ("+-49 151 23456789", "“-” behind the +", ANN),
        ("011 49 151 23456789", "011", ANN),
        ("+52 1 55 1234 5678", "until 2019", "+525512345678"),
        ("+49 151 " + "x" * 400, "far too long", ""),
        ("12 34", "country code", ""),
        ("", "country code", ""),
    ],
)
def test_what_is_wrong_or_in_doubt_is_refused_and_never_guessed(text: str, said: str, likely: str) -> None:
    phone = read(text, "")
    assert phone.number == ""
    assert said in phone.problem
    assert phone.likely == likely


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("0151 23456789", "DE", ANN),
        ("070-123 45 67", "SE", "+46701234567"),
        ("06 698 12345", "IT", "+390669812345"),
        ("(800) 555-0100", "us", "+18005550100"),
        ("+46701234567", "DE", "+46701234567"),
        ("0046701234567", "DE", "+46701234567"),
    ],
)
def test_a_country_given_for_it_completes_a_national_number(text: str, region: str, number: str) -> None:
    assert read(text, region).number == number


def test_a_number_that_the_given_country_does_not_have_is_refused() -> None:
    assert "too short" in read("12", "DE").problem


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_has_a_problem(text: str) -> None:
    phone = read(text, "")
    assert bool(phone.number) != bool(phone.problem)
    assert not phone.number or read(phone.number, "").number == phone.number
    assert looks_like_one(text) in (True, False)


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("49 151 12345678", "+4915112345678"),
        ("4915112345678", "+4915112345678"),
        ("123456", "+49123456"),
        ("4915112345678.0", "+4915112345678"),
        ("15112345678,00", "+4915112345678"),
        ("12345678", "+4912345678"),
    ],
)
def test_a_number_of_the_given_country_is_refused_where_its_beginning_is_in_doubt(
    text: str, likely: str
) -> None:
    phone = read(text, "DE")
    assert not phone.number
    assert phone.likely == likely


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 (0) 151 / 123 456 78", "+4915112345678"),
        ("+49 151 / 123 456 78", "+4915112345678"),
        ("0049 151 / 123 456 78", "+4915112345678"),
        ("+49 30 123456 / 123457", ""),
        ("+49 30 123456 / 030 123457", ""),
    ],
)
def test_a_stroke_behind_an_area_code_is_no_second_number(text: str, number: str) -> None:
    assert read(text, "").number == number


@pytest.mark.parametrize(
    ("text", "region", "whole"),
    [
        *((number, "DE", f"+{number}") for number in ("46701234567", "33612345678", "41791234567")),
        *((number, "DE", f"+{number}") for number in ("447911123456", "393331234567", "48501234567")),
        ("33612345678", "AT", "+33612345678"),
        ("33612345678", "IT", "+33612345678"),
        ("46 8-123 456", "FI", "+468123456"),
        ("8 916 123 45 67", "DE", "+79161234567"),
        ("1-555-123-4567", "DE", "+15551234567"),
    ],
)
def test_a_number_that_may_have_lost_its_plus_is_not_taken_for_one_of_the_given_country(
    text: str, region: str, whole: str
) -> None:
    phone = read(text, region)
    assert not phone.number
    assert "which country" in phone.problem
    assert whole in phone.problem


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("701234567", "SE", "+46701234567"),
        ("612345678", "FR", "+33612345678"),
        ("7911 123456", "GB", "+447911123456"),
        ("30123456", "DE", "+4930123456"),
        ("04670 123456", "DE", "+494670123456"),
        ("40612345", "NO", "+4740612345"),
        ("366 123 4567", "IT", "+393661234567"),
        ("535 123 45 67", "TR", "+905351234567"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("1-212-555-0123", "US", "+12125550123"),
    ],
)
def test_a_number_of_the_given_country_is_taken_with_and_without_its_zero(
    text: str, region: str, number: str
) -> None:
    assert read(text, region).number == number


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("0151 23456789/8", ANN),
        ("+49 151 23456789 / 80", ANN),
        ("089 123456/7", "+4989123456"),
    ],
)
def test_another_last_digit_behind_a_stroke_is_no_part_of_the_number(text: str, likely: str) -> None:
    phone = read(text, "DE")
    assert not phone.number
    assert "second number" in phone.problem
    assert phone.likely == likely


@pytest.mark.parametrize("text", ["01/23/45/67/89", "01 23 45 67 89"])
def test_strokes_between_pairs_of_digits_are_no_second_number(text: str) -> None:
    assert read(text, "FR").number == "+33123456789"


@pytest.mark.parametrize("sign", [*",;\"*?!:'|&✓"])
def test_a_sign_in_a_number_is_named(sign: str) -> None:
    phone = read(f"+46701234567{sign}", "")
    assert not phone.number
    if sign not in "\"'":  # those are known as what programs put round a value
        assert f"“{sign}”" in phone.problem
    assert "too many" not in phone.problem
    assert phone.likely == "+46701234567"


def test_a_sign_in_the_middle_of_a_number_is_named_and_a_zero_too_many_left_out() -> None:
    assert read("+49 151*23456789", "").likely == ANN
    assert read("0151*23456789", "DE").likely == ANN
    assert read("+49 0151*23456789", "").likely == ANN
    assert "“*”" in read("+49 151*23456789", "").problem


@given(
    st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    st.data(),
)
def test_there_are_numbers_exactly_where_phonenumbers_knows_such(country: int, data: st.DataObject) -> None:
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country][0]
    usual = (
        phonenumbers.example_number_for_non_geo_entity(country)
        if region == "001"
        else phonenumbers.example_number(region)
    )
    assume(usual is not None)
    digits = list(phonenumbers.national_significant_number(usual))
    for place in data.draw(st.sets(st.integers(0, len(digits) - 1), max_size=3)):
        digits[place] = data.draw(st.sampled_from("0123456789"))
    number = f"+{country}{''.join(digits)}"
    parsed = phonenumbers.parse(number, None)
    assume(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number)
    assert there_is(number) == phonenumbers.is_valid_number(parsed)
