"""Somebody on the way in, by the API or by the login pages: what is asked next, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from moto.core.exceptions import JsonRESTError

from demo import accounts, auth_events, devices, factors, messages, user_sessions
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import EMAIL, SMS, TOTP, AwsLikeUser, SentMessage, UserDevice, UserEvent


@dataclass(slots=True)
class SignInAttempt:
    """`device` is one that the person confirmed before; `message` brought the code that is waited for."""

    pool: AwsLikePool
    client: AwsLikeClient
    user: AwsLikeUser
    event: UserEvent
    device: UserDevice | None = None
    message: SentMessage | None = None

    def factors(self) -> list[str]:
        """Second factors to ask for: none, one, or those to choose from."""
        if self.pool.mfa_config == "OFF":
            return []
        held, preferred = self.user.factors(), self.user.preferred_mfa_setting
        return [preferred] if preferred in held else held

    @property
    def must_set_up(self) -> bool:
        """Whether the pool demands a second factor of somebody who has none."""
        return self.pool.mfa_config == "ON" and not self.factors()

    @property
    def device_suffices(self) -> bool:
        """Whether a remembered device may stand in for the code."""
        config = devices.configuration(self.pool)
        remembered = self.device is not None and self.device.remembered
        return remembered and bool(config.get("ChallengeRequiredOnNewDevice"))

    def send_code(self, factor: str) -> None:
        """Send a code, where the factor is one of messages."""
        if factor in (SMS, EMAIL):
            self.message = messages.send_code(self.pool, self.user, factor)

    def check_code(self, factor: str, code: str) -> None:
        """Raises CodeMismatchException for a wrong code, and remembers it."""
        try:
            if factor == TOTP:
                factors.check_totp(self.user.totp_secret, code)
            elif self.message is None or code != self.message.code:
                raise JsonRESTError("CodeMismatchException", "Invalid code or auth state for the user.")
        except JsonRESTError:
            auth_events.answered(self.event, auth_events.CODE, success=False)
            raise
        auth_events.answered(self.event, auth_events.CODE, success=True)

    def password_was(self, right: bool) -> None:
        """Remember how the password, or the proof of it, turned out."""
        auth_events.answered(self.event, auth_events.PASSWORD, right)

    def succeed(self) -> None:
        """Note that the person is signed in."""
        self.event.response = "Pass"
        if self.device is not None:
            devices.seen(self.device)

    def begin_tokens(self, origin_jti: str) -> None:
        """Note the tokens that were given out."""
        user_sessions.begin_tokens(self.pool, self.client, self.user, origin_jti)


def begin(pool: AwsLikePool, client: AwsLikeClient, user: AwsLikeUser, device_key: str = "") -> SignInAttempt:
    """A known person's attempt."""
    return SignInAttempt(pool, client, user, auth_events.begin(pool, user), user.devices.get(device_key))


def by_password(
    pool: AwsLikePool, client: AwsLikeClient, username: str, password: str, device_key: str = ""
) -> SignInAttempt:
    """An attempt whose password was right. Raises what AWS answers otherwise."""
    attempt = begin(pool, client, accounts.who_signs_in(pool, client, username), device_key)
    try:
        accounts.check_password(pool, client, username, password)
    except JsonRESTError:
        attempt.password_was(right=False)
        raise
    attempt.password_was(right=True)
    return attempt
