"""The text messages and e-mails that AWS would send: kept with the pool, for its page "Messages"."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from moto.core.utils import utcnow

from demo.user_pool import AwsLikePool
from demo.users import EMAIL, SMS, AwsLikeUser

ADDRESSES = {SMS: ("SMS", "phone_number"), EMAIL: ("EMAIL", "email")}
"""Factor → AWS's word for the way there, and the attribute that holds the address."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message; `code` is what somebody is to type from it."""

    medium: str
    to: str
    text: str
    code: str
    at: datetime


def send_code(pool: AwsLikePool, user: AwsLikeUser, factor: str) -> SentMessage:
    """A fresh code for a second factor, in the pool's words."""
    medium, attribute = ADDRESSES[factor]
    config = (pool.sms_mfa_config if factor == SMS else pool.email_mfa_config) or {}
    words = config.get("SmsAuthenticationMessage") or config.get("Message") or "Your code is {####}."
    code = f"{secrets.randbelow(1_000_000):06}"
    to = str(user.attribute_lookup.get(attribute, ""))
    message = SentMessage(medium, to, words.replace("{####}", code), code, utcnow())
    pool.messages.append(message)
    return message


def masked(message: SentMessage) -> str:
    """The address as AWS shows it to whoever signs in."""
    if message.medium == "SMS":
        return f"+{'*' * max(len(message.to) - 5, 0)}{message.to[-4:]}"
    name, _, domain = message.to.partition("@")
    return f"{name[:1]}***@{domain[:1]}***"
