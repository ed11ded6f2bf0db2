"""What is typed into the configuration is checked before anything is kept."""

import pytest

from services.errors import InvalidValue
from services.store import checks

REGIONS = ("eu-north-1", "us-east-1")


def refused(field, check, *args, **kwargs):
    with pytest.raises(InvalidValue) as caught:
        check(*args, **kwargs)
    assert caught.value.field == field
    assert caught.value.message
    assert caught.value.next_step
    return caught.value


def test_a_name_is_trimmed_and_composed():
    assert checks.name("  Bolaget  ") == "Bolaget"
    assert checks.name("A\u030akerlund") == "Åkerlund"


@pytest.mark.parametrize("bad", ["", "   ", "x" * 81, "a\u200bb", "a\u202eb", "a\nb", "a\x00b"])
def test_a_name_that_nobody_can_read_is_refused(bad):
    refused("name", checks.name, bad)


def test_a_name_in_use_is_refused_whatever_its_case():
    refused("name", checks.free_name, "STRASSE", ["Straße"])
    assert checks.free_name("Road", ["Straße"]) == "Road"


@pytest.mark.parametrize("good", ["customers", "staff-eu", "a", "a1_b.c", "x" * 40])
def test_short_names_fit_into_an_address(good):
    assert checks.short_name(good) == good


@pytest.mark.parametrize("bad", ["", "-a", "a-", "a b", "å", "a/b", "a?b", "x" * 41])
def test_short_names_that_need_quoting_are_refused(bad):
    refused("name", checks.short_name, bad)


def test_a_region_comes_from_the_list():
    assert checks.region(" EU-north-1 ", REGIONS) == "eu-north-1"
    refused("region", checks.region, "eu-north-9", REGIONS)
    refused("region", checks.region, "", REGIONS)


def test_behind_an_own_endpoint_any_region_name_will_do():
    assert checks.region("mars-west-1", REGIONS, own_endpoint=True) == "mars-west-1"
    refused("region", checks.region, "../etc", REGIONS, own_endpoint=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("123456789012", "123456789012"),
        ("1234-5678-9012", "123456789012"),
        ("my-company", "my-company"),
    ],
)
def test_an_account_is_an_id_or_an_alias(typed, kept):
    assert checks.account(typed) == kept


@pytest.mark.parametrize(
    "bad", ["12345678901", "1234567890123", "My-Company", "-a", "a--b", "ab", "a" * 64, "å-b"]
)
def test_other_accounts_are_refused(bad):
    refused("account", checks.account, bad)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("https://cognito.example.com/", "https://cognito.example.com"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_endpoint_is_encrypted_or_on_this_machine(typed, kept):
    assert checks.endpoint_url(typed) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "http://cognito.example.com",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://169.254.169.254",
        "http://0.0.0.0:5000",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com/path",
        "https://exa mple.com",
        "https://example.com:99999",
        "https://[::1",
        "javascript:alert(1)",
        "example.com",
    ],
)
def test_other_endpoints_are_refused(bad):
    refused("endpoint_url", checks.endpoint_url, bad)


def test_an_application_may_have_a_path():
    assert checks.application_url("https://example.com/app/") == "https://example.com/app"
    refused("application_url", checks.application_url, "http://example.com")


def test_a_discovery_url_ends_as_the_standard_says():
    good = "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_x/.well-known/openid-configuration"
    assert checks.discovery_url(good) == good
    refused("discovery_url", checks.discovery_url, "https://example.com/openid")


def test_a_role_is_named_by_its_arn():
    assert (
        checks.role_arn(" arn:aws:iam::123456789012:role/team/ops ")
        == "arn:aws:iam::123456789012:role/team/ops"
    )
    assert checks.role_arn("arn:aws-us-gov:iam::123456789012:role/ops")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ops",
        "arn:aws:iam::123:role/x",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123456789012:role/",
    ],
)
def test_other_arns_are_refused(bad):
    refused("role_arn", checks.role_arn, bad)


def test_an_external_id_has_the_characters_of_sts():
    assert checks.external_id("a:b/c=d,e.f@g-h_i+j") == "a:b/c=d,e.f@g-h_i+j"
    assert checks.external_id("") == ""
    refused("external_id", checks.external_id, "a b")
    refused("external_id", checks.external_id, "x")


def test_a_profile_is_named():
    assert checks.profile(" my profile ") == "my profile"
    assert checks.profile("", needed=False) == ""
    refused("profile", checks.profile, "")
    refused("profile", checks.profile, "a]\n[b")


def test_a_pool_id_has_region_and_letters():
    assert checks.pool_id(" eu-north-1_AbCdEf123 ") == "eu-north-1_AbCdEf123"
    assert checks.region_in("eu-north-1_AbC") == "eu-north-1"
    for bad in ("", "eu-north-1", "eu-north-1_", "eu-north-1_a/b", "x_" + "a" * 60):
        refused("pool_id", checks.pool_id, bad)


def test_client_ids_and_secrets_have_no_quotes():
    assert checks.client_id("7abc+") == "7abc+"
    refused("client_id", checks.client_id, "")
    refused("client_id", checks.client_id, "a b")
    assert checks.client_secret("") == ""
    problem = refused("secret", checks.client_secret, '"s3cret-value"')
    assert "s3cret" not in str(problem)


def test_groups_are_each_kept_once():
    assert checks.groups(["a", "b", "a "]) == ("a", "b")
    refused("allowed_groups", checks.groups, ["two words"])
    refused("allowed_groups", checks.groups, [""])


def test_only_allowed_groups_can_have_a_role():
    assert checks.group_roles({"a": " Admin ", "b": " "}, ["a", "b"]) == {"a": "Admin"}
    refused("group_roles", checks.group_roles, {"c": "Admin"}, ["a", "b"])


def test_a_country_of_phone_numbers_is_two_known_letters_or_blank() -> None:
    assert checks.phone_region(" se ") == "SE"
    assert checks.phone_region("") == ""
    for wrong in ("Sweden", "XX", "46"):
        with pytest.raises(InvalidValue, match="no country"):
            checks.phone_region(wrong)
