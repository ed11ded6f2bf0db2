"""How AWS is reached: region, endpoint and credentials, as plain values."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.errors import InvalidValue

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
_ROLE_ACCOUNT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):")
_NOT_IN_SESSION_NAMES = re.compile(r"[^A-Za-z0-9_+=,.@-]+")


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """An access key, with a session token when it is temporary."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named profile of the AWS configuration files of the user that runs the console."""

    name: str


@dataclass(frozen=True, slots=True)
class DefaultChain:
    """Whatever AWS's ordinary chain finds: environment, files, container or instance role."""


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role taken on with the credentials of `source` (None = the default chain).

    `session_name` appears in CloudTrail; it is brought into AWS's pattern by `session_name()`.
    """

    arn: str
    external_id: str = field(default="", repr=False)
    session_name: str = ""
    source: Credentials | None = None


Credentials = StaticKeys | Profile | AssumedRole | DefaultChain


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Everything needed to reach one account in one region. Timeouts are seconds.

    A blank `endpoint_url` means AWS itself. Raises `InvalidValue` for a region or an endpoint
    that can't be one.
    """

    region: str
    endpoint_url: str = ""
    account: str = ""
    credentials: Credentials = field(default_factory=DefaultChain)
    connect_timeout: float = 5.0
    # AWS waits up to 5 s for each of the pool's Lambda triggers and tries them three times
    read_timeout: float = 20.0

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise InvalidValue(
                f"{self.region!r} is not the name of an AWS region.",
                "Use a name such as eu-west-1.",
                field="region",
            )
        if self.endpoint_url:
            check_endpoint(self.endpoint_url)

    @property
    def is_aws(self) -> bool:
        """True if the endpoint is AWS's own (blank, or an address of AWS such as a VPC endpoint)."""
        host = urlsplit(self.endpoint_url).hostname or ""
        return not host or host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))

    @property
    def quota_owner(self) -> str:
        """Whose request quotas calls count against: the endpoint if it isn't AWS, else the account."""
        if not self.is_aws:
            return self.endpoint_url.rstrip("/")
        if self.account:
            return self.account
        who = self.credentials
        if isinstance(who, AssumedRole):
            match = _ROLE_ACCOUNT.match(who.arn)
            return match[1] if match else who.arn
        if isinstance(who, StaticKeys):
            return who.access_key_id
        return f"profile {who.name}" if isinstance(who, Profile) else "default chain"


def region_of_pool(pool_id: str) -> str:
    """The region that a user pool's id starts with ("eu-west-1_AbCdEf123"), "" where it names none."""
    region = pool_id.partition("_")[0]
    return region if _REGION.fullmatch(region) else ""


def check_endpoint(url: str) -> None:
    """Raise `InvalidValue` unless `url` is an http(s) address without credentials in it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or any(char.isspace() for char in url):
        raise InvalidValue(
            "The endpoint is not a web address that can be called.",
            "Leave it blank for AWS, or give an address such as http://127.0.0.1:5000.",
            field="endpoint_url",
        )


def session_name(operator: str) -> str:
    """The operator's name as a role session name: `[\\w+=,.@-]{2,64}` (STS API, AssumeRole)."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", operator) if not unicodedata.combining(char)
    )
    name = _NOT_IN_SESSION_NAMES.sub("-", plain).strip("-")[:64]
    return name if len(name) >= 2 else f"operator-{name}".rstrip("-")


def sts_endpoint(settings: ConnectionSettings) -> str | None:
    """Where STS answers: AWS's own address, unless the endpoint is an emulator, which has its own."""
    return None if settings.is_aws else settings.endpoint_url
