"""Checks of what an administrator types: each returns the value as it is kept, or says what is wrong.

Every one raises `InvalidValue` with `field` naming the form's field.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

import phonenumbers

from services.errors import InvalidValue

LONGEST_NAME = 80
LONGEST_URL = 2000

# IAM: "an account ID is 12 digits"; CreateAccountAlias gives the pattern and length of an alias.
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ALIAS = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
# IAM CreateRole (name up to 64, path up to 512 characters) and sts:AssumeRole (ExternalId).
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,576}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
# cognito-idp model: UserPoolIdType, ClientIdType, GroupNameType. Other backends make secrets with hyphens.
_POOL_ID = re.compile(r"([\w-]+)_[0-9a-zA-Z]+", re.ASCII)
_CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)
_CLIENT_SECRET = re.compile(r"[^\s\"'`\x00-\x1f\x7f-\U0010ffff]{1,256}")
_GROUP = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
_SHORT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")
DISCOVERY_PATH = "/.well-known/openid-configuration"


def name(value: str, *, field: str = "name", what: str = "name") -> str:
    """A name for people: 1–80 printable characters, outer spaces removed, composed (NFC)."""
    kept = unicodedata.normalize("NFC", value).strip()
    if not kept:
        raise InvalidValue(f"The {what} is empty.", "Give it a name that you will recognise.", field=field)
    if len(kept) > LONGEST_NAME:
        raise InvalidValue(
            f"The {what} has {len(kept)} characters; at most {LONGEST_NAME} fit.", "Shorten it.", field=field
        )
    if any(not char.isprintable() for char in kept):
        raise InvalidValue(
            f"The {what} holds a character that can't be seen.", "Type it instead of pasting it.", field=field
        )
    return kept


def free_name(value: str, taken: Iterable[str], *, field: str = "name", what: str = "name") -> str:
    """`value`, unless one of `taken` is the same name (letter case doesn't count)."""
    if value.casefold() in {name.strip().casefold() for name in taken}:
        raise InvalidValue(f"The {what} “{value}” is in use.", "Choose another one.", field=field)
    return value


def phone_region(value: str) -> str:
    """The country of phone numbers, as two capital letters that are known; blank for none."""
    kept = value.strip().upper()
    if kept and kept not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidValue(
            f"“{value.strip()}” is no country whose phone numbers are known.",
            "Write two letters, such as SE for Sweden, or leave it blank.",
            field="phone_region",
        )
    return kept


def short_name(value: str) -> str:
    """A pool's short name, which stands in addresses: `customers`, `staff-eu`; 1–40 characters."""
    kept = value.strip().lower()
    if not _SHORT_NAME.fullmatch(kept):
        raise InvalidValue(
            "A short name has up to 40 letters a–z, digits, dots, hyphens and underscores, "
            "and starts and ends with a letter or digit.",
            "It stands in the address of every page: customers, staff-eu.",
            field="name",
        )
    return kept


def region(value: str, known: Collection[str], *, own_endpoint: bool = False) -> str:
    """A region of AWS; behind an own endpoint also one that this release doesn't know."""
    kept = value.strip().lower()
    if kept in known or (own_endpoint and _REGION.fullmatch(kept)):
        return kept
    shown = f"“{kept}” is not a region of AWS that has Cognito." if kept else "No region is chosen."
    raise InvalidValue(shown, "Take one of AWS's, written like eu-north-1.", field="region")


def account(value: str) -> str:
    """Empty, a 12-digit account ID (spaces and hyphens are taken out), or an account alias."""
    kept = value.strip()
    digits = re.sub(r"[\s-]", "", kept)
    if not kept or _ACCOUNT_ID.fullmatch(digits):
        return digits
    if digits.isascii() and digits.isdigit():
        raise InvalidValue(
            f"An account ID has 12 digits; this one has {len(digits)}.",
            "Copy it from the top right corner of the AWS console.",
            field="account",
        )
    if not _ALIAS.fullmatch(kept):
        raise InvalidValue(
            "This is neither a 12-digit account ID nor an account alias.",
            "An alias has 3 to 63 small letters, digits and single hyphens.",
            field="account",
        )
    return kept


def is_account_id(value: str) -> bool:
    """True for a 12-digit account ID (an alias can't stand in an ARN)."""
    return _ACCOUNT_ID.fullmatch(value) is not None


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(value: str, field: str, what: str) -> SplitResult:
    """The parts of an https address (http for this machine only) without sign-in data, query or fragment."""

    def refuse(message: str, next_step: str) -> InvalidValue:
        return InvalidValue(message, next_step, field=field)

    example = "Write it as in https://example.com"
    if len(value) > LONGEST_URL or any(char.isspace() or not char.isprintable() for char in value):
        raise refuse(f"The {what} holds spaces or is too long.", example)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise refuse(f"The {what} is not a web address.", example) from None
    if parts.scheme not in ("http", "https") or not host:
        raise refuse(f"The {what} is not a web address.", example)
    if parts.username is not None or parts.password is not None:
        raise refuse(f"The {what} holds a user name or password.", "Leave out everything up to the @.")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise refuse(f"The {what} goes on after a ? or #.", "Leave out that part.")
    if parts.scheme == "http" and not _loopback(host):
        raise refuse(
            f"The {what} is not encrypted (http).", "Use https; http is for this machine (localhost) only."
        )
    return parts


def endpoint_url(value: str) -> str:
    """Empty for AWS, or the address of a Cognito-compatible endpoint, without a slash at its end."""
    kept = value.strip().rstrip("/")
    if not kept:
        return ""
    parts = _web_address(kept, "endpoint_url", "endpoint")
    if parts.path:
        raise InvalidValue(
            "The endpoint has a path.", "Give scheme, host and port only.", field="endpoint_url"
        )
    return kept


def application_url(value: str) -> str:
    """Empty, or where the application lives, without a slash at its end."""
    kept = value.strip().rstrip("/")
    if kept:
        _web_address(kept, "application_url", "application URL")
    return kept


def discovery_url(value: str) -> str:
    """Where the OpenID provider describes itself: ends with /.well-known/openid-configuration."""
    kept = value.strip()
    parts = _web_address(kept, "discovery_url", "discovery URL")
    if not parts.path.endswith(DISCOVERY_PATH):
        raise InvalidValue(
            f"A discovery URL ends with {DISCOVERY_PATH}.",
            "Leave it blank to have it filled in from region and pool.",
            field="discovery_url",
        )
    return kept


def issuer(value: str) -> str:
    """Where any OpenID provider describes itself, for its issuer or that address itself."""
    kept = value.strip().rstrip("/")
    _web_address(kept, "discovery_url", "issuer")
    return kept if kept.endswith(DISCOVERY_PATH) else kept + DISCOVERY_PATH


def role_arn(value: str) -> str:
    """The ARN of an IAM role."""
    kept = value.strip()
    if not _ROLE_ARN.fullmatch(kept):
        raise InvalidValue(
            "This is not the ARN of a role.",
            "It looks like arn:aws:iam::123456789012:role/cognito-ops.",
            field="role_arn",
        )
    return kept


def external_id(value: str) -> str:
    """Empty, or the external ID that the role's trust policy asks for (2–1,224 characters)."""
    kept = value.strip()
    if kept and not _EXTERNAL_ID.fullmatch(kept):
        raise InvalidValue(
            "An external ID has 2 to 1,224 letters, digits and + = , . @ : / - _ characters.",
            "Copy it from the role's trust policy.",
            field="external_id",
        )
    return kept


def profile(value: str, *, needed: bool = True) -> str:
    """The name of a profile in the AWS configuration files of the machine the console runs on."""
    kept = value.strip()
    if not kept and not needed:
        return ""
    if not kept or len(kept) > 200 or any(not c.isprintable() or c in "[]" for c in kept):
        raise InvalidValue(
            "No profile is named." if not kept else "This can't be the name of a profile.",
            "`aws configure list-profiles` shows them, run as the user that the console runs as.",
            field="profile",
        )
    return kept


def pool_id(value: str) -> str:
    """A user pool ID, as in eu-north-1_AbCdEf123 (model: UserPoolIdType, up to 55 characters)."""
    kept = value.strip()
    if len(kept) > 55 or not _POOL_ID.fullmatch(kept):
        raise InvalidValue(
            "This is not a user pool ID.", "It looks like eu-north-1_AbCdEf123.", field="pool_id"
        )
    return kept


def region_in(pool: str) -> str:
    """What stands before the underscore of a pool ID; on AWS that is the pool's region."""
    return pool.rpartition("_")[0]


def client_id(value: str) -> str:
    """The id of an app client."""
    kept = value.strip()
    if not _CLIENT_ID.fullmatch(kept):
        raise InvalidValue(
            "No app client is chosen." if not kept else "This is not the id of an app client.",
            "Choose it from the list, or copy the client ID from the AWS console.",
            field="client_id",
        )
    return kept


def client_secret(value: str) -> str:
    """Empty, or the secret of an app client."""
    kept = value.strip()
    if kept and not _CLIENT_SECRET.fullmatch(kept):
        raise InvalidValue(
            "This can't be a client secret: it holds spaces, quotes or letters with accents.",
            "Copy the client secret again, without quotes.",
            field="secret",
        )
    return kept


def groups(values: Iterable[str]) -> tuple[str, ...]:
    """Names of groups, each once, in the order given."""
    kept = tuple(dict.fromkeys(value.strip() for value in values))
    for value in kept:
        if not _GROUP.fullmatch(value):
            raise InvalidValue(
                f"“{value}” can't be the name of a group.",
                "A group's name has up to 128 characters and no spaces.",
                field="allowed_groups",
            )
    return kept


def group_roles(values: Mapping[str, str], allowed: Collection[str]) -> dict[str, str]:
    """Group → role in the application; only for allowed groups, blank roles left out."""
    kept = {}
    for group, role in values.items():
        if not role.strip():
            continue
        if group not in allowed:
            raise InvalidValue(
                f"The group “{group}” has a role but isn't one of the allowed groups.",
                "Add it to the allowed groups, or take its role away.",
                field="group_roles",
            )
        kept[group] = name(role, field="group_roles", what=f"role for {group}")
    return kept
