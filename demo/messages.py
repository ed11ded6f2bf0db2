"""The text messages and e-mails that AWS would send: kept with the pool, for its page "Messages"."""

from __future__ import annotations

import secrets

from moto.core.utils import utcnow

from demo.user_pool import AwsLikePool
from demo.users import EMAIL, SMS, AwsLikeUser, SentMessage

ADDRESSES = {SMS: ("SMS", "phone_number"), EMAIL: ("EMAIL", "email")}
"""Factor → AWS's word for the way there, and the attribute that holds the address."""

INVITATION = "Your username is {username} and temporary password is {####}."


def send_code(pool: AwsLikePool, user: AwsLikeUser, factor: str, words: str = "") -> SentMessage:
    """A fresh code, in the words given, else in the pool's for a second factor."""
    config = (pool.sms_mfa_config if factor == SMS else pool.email_mfa_config) or {}
    words = words or config.get("SmsAuthenticationMessage") or config.get("Message") or "Your code is {####}."
    return _send(pool, user, factor, words, f"{secrets.randbelow(1_000_000):06}")


def invite(pool: AwsLikePool, user: AwsLikeUser) -> SentMessage:
    """The invitation with the temporary password, by e-mail where there is an address."""
    template = (pool.extended_config.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    factor = EMAIL if user.attribute_lookup.get("email") else SMS
    words = template.get("EmailMessage" if factor == EMAIL else "SMSMessage") or INVITATION
    return _send(pool, user, factor, words.replace("{username}", user.username), user.password or "")


def _send(pool: AwsLikePool, user: AwsLikeUser, factor: str, words: str, code: str) -> SentMessage:
    medium, attribute = ADDRESSES[factor]
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
