"""What the demo's people have signed in with so far: devices, sessions, events, some of them stories.

Made with random numbers of its own, so that nobody's name or group depends on it; dates are relative
to now. Addresses belong to nobody (RFC 5737).
"""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from demo import auth_events, pools
from demo.caller import Caller
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser, Passkey, UserDevice, UserEvent, UserSession

ACTIVE_PEOPLE = 1_000  # of the pool's first ones; more would only make the start slower
OFFICE = Caller("192.0.2.10", "Windows, Edge", "Leeds", "United Kingdom")
DESK = Caller("192.0.2.27", "Windows, Firefox", "Leeds", "United Kingdom")
HOME = Caller("198.51.100.44", "macOS, Safari", "York", "United Kingdom")
PHONE = Caller("198.51.100.91", "iOS, Safari", "Bradford", "United Kingdom")
ANDROID = Caller("198.51.100.130", "Android, Chrome", "Sheffield", "United Kingdom")
ABROAD = Caller("203.0.113.66", "Linux, Firefox", "Reykjavík", "Iceland")
PLACES = (OFFICE, DESK, HOME, PHONE, ANDROID)
PASS, FAIL = ((auth_events.PASSWORD, "Success"),), ((auth_events.PASSWORD, "Failure"),)
NO_CODE = (*PASS, (auth_events.CODE, "Failure"))


class PersonHistory:
    """Writes one person's past. Times are days before now."""

    def __init__(self, pool: AwsLikePool, user: AwsLikeUser, now: datetime, rng: random.Random) -> None:
        self.pool = pool
        self.user = user
        self._now = now
        self._rng = rng

    def device(self, name: str, caller: Caller, known: float, used: float, remembered: bool = True) -> None:
        """A device, confirmed `known` and last used `used` days ago."""
        key = f"{self.pool.region}_{self._uuid()}"
        confirmed, last = self._ago(known), self._ago(used)
        self.user.devices[key] = UserDevice(key, name, confirmed, last, last, caller.ip, remembered)

    def browser(self, client_id: str, caller: Caller, minutes: float) -> str:
        """A browser signed in to the login pages; returns the session's id."""
        return self._session("sso", client_id, caller, minutes / 1440, minutes / 1440, 1 / 24).id

    def session(self, client_id: str, caller: Caller, began: float, used: float, parent: str = "") -> None:
        """Tokens of an application."""
        session = self._session("tkn", client_id, caller, began, used, 30)
        session.parent, session.origin_jti = parent, self._uuid()
        self.pool.refresh_tokens[f"demo-{session.id}"] = (client_id, self.user.username, session.origin_jti)

    def passkey(self, name: str, made: float) -> None:
        """A passkey on one of the person's devices."""
        own = self._uuid()
        self.user.passkeys[own] = Passkey(own, name, "brightwater.example", self._ago(made))

    def event(
        self,
        at: float,
        caller: Caller,
        challenges: Sequence[tuple[str, str]] = PASS,
        kind: str = "SignIn",
        **risk: str | bool,
    ) -> None:
        """A try and how it ended; `risk` has the fields `decision`, `level` and `compromised`."""
        failed = any(result == "Failure" for _, result in challenges) or risk.get("decision") == "Block"
        event = UserEvent(self._uuid(), kind, self._ago(at), caller, "Fail" if failed else "Pass")
        event.challenges = list(challenges)
        for name, value in risk.items():
            setattr(event, name, value)
        self.user.events.append(event)

    def _session(
        self, kind: str, client_id: str, caller: Caller, began: float, used: float, days: float
    ) -> UserSession:
        letters = "".join(self._rng.choices(string.ascii_lowercase + string.digits, k=25))
        start = self._ago(began)
        session = UserSession(
            kind + letters, client_id, start, self._ago(used), start + timedelta(days=days), caller
        )
        self.user.sessions[session.id] = session
        return session

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _ago(self, days: float) -> datetime:
        return self._now - timedelta(days=days)


def add_activity(pool: AwsLikePool, now: datetime) -> None:
    """Give the pool's people their past: told ones first, the others by chance."""
    rng = random.Random(f"{pool.name} activity")
    for user in pool.everybody()[:ACTIVE_PEOPLE]:
        history = PersonHistory(pool, user, now, rng)
        story = STORIES.get(user.username)
        if story:
            story(history)
        elif user.enabled and str(getattr(user.status, "value", user.status)) == "CONFIRMED":
            _by_chance(history, rng)


def _by_chance(history: PersonHistory, rng: random.Random) -> None:
    if rng.random() < 0.25:
        return  # nothing in two years
    places = rng.sample(PLACES, k=rng.choice((1, 1, 2)))
    last = 60 * rng.random() ** 3
    for number in range(rng.randrange(1, 6)):
        wrong = rng.random() < 0.12
        history.event(last + number * 9 * rng.random(), rng.choice(places), FAIL if wrong else PASS)
    if rng.random() < 0.5:
        history.device(f"{places[0].device} of {history.user.username}"[:100], places[0], 200, last)
    if last < 29:
        client = pools.FIELD_SERVICE if "field-engineers" in _groups(history.user) else pools.BILLING_DESK
        for number, caller in enumerate(places):
            history.session(client.own_id, caller, last + 0.2, last + number * 0.1)


def _groups(user: AwsLikeUser) -> set[str]:
    return {group.group_name for group in user.groups}


def _lost_phone(history: PersonHistory) -> None:
    """Codes come from a phone that is gone; the laptop is still signed in."""
    history.device("Megan's Pixel 8", ANDROID, 310, 5)
    history.device("BW-LAPTOP-0117", OFFICE, 640, 2, remembered=False)
    history.session(pools.BILLING_DESK.own_id, OFFICE, 2, 0.3)
    history.event(5, ANDROID, (*PASS, (auth_events.CODE, "Success")))
    for hours in (20, 19.8, 19.7):
        history.event(hours / 24, HOME, NO_CODE)


def _stolen_laptop(history: PersonHistory) -> None:
    """A laptop that was stolen two days ago, remembered and used since, from elsewhere."""
    history.device("BW-LAPTOP-0231", DESK, 410, 0.4)
    history.device("Rolf's iPhone", PHONE, 220, 1.1)
    browser = history.browser(pools.BILLING_DESK.own_id, ABROAD, minutes=35)
    history.session(pools.BILLING_DESK.own_id, ABROAD, 35 / 1440, 10 / 1440, parent=browser)
    history.session(pools.BILLING_DESK.own_id, DESK, 9, 2.2)
    history.session(pools.FIELD_SERVICE.own_id, PHONE, 12, 1.1)
    history.event(9, DESK)
    history.event(0.42, ABROAD, FAIL, decision="AccountTakeover", level="Medium")
    history.event(0.4, ABROAD, decision="AccountTakeover", level="High")


def _forgotten_device(history: PersonHistory) -> None:
    """A family computer that nobody thought of for more than a year."""
    history.device("Family PC", HOME, 900, 430)
    history.device("iPad", PHONE, 120, 40, remembered=False)
    history.event(40, PHONE)


def _many_sessions(history: PersonHistory) -> None:
    """Signed in wherever she works."""
    browser = history.browser(pools.BILLING_DESK.own_id, OFFICE, minutes=20)
    history.session(pools.BILLING_DESK.own_id, OFFICE, 20 / 1440, 5 / 1440, parent=browser)
    for number, caller in enumerate((OFFICE, DESK, HOME, PHONE), 1):
        history.session(pools.BILLING_DESK.own_id, caller, number * 3, number * 2)
        history.event(number * 3, caller)
    history.event(30, OFFICE, (), kind="PasswordChange")
    history.passkey("Kirsten's laptop", 30)


def _leaked(history: PersonHistory) -> None:
    """Her password was found among stolen ones."""
    history.event(1.2, OFFICE)
    history.event(1, ABROAD, PASS, decision="Block", level="High", compromised=True)


def _forgot(history: PersonHistory) -> None:
    """Asked for a code to choose a new password."""
    for hours in (74, 73.5, 73.4):
        history.event(hours / 24, PHONE, FAIL)
    history.event(3, PHONE, (), kind="ForgotPassword")


def _federated(history: PersonHistory) -> None:
    """Comes through the company's identity provider."""
    browser = history.browser(pools.BILLING_DESK.own_id, OFFICE, minutes=50)
    history.session(pools.BILLING_DESK.own_id, OFFICE, 50 / 1440, 15 / 1440, parent=browser)
    history.session(pools.BILLING_DESK.own_id, HOME, 6, 1)


STORIES: dict[str, Callable[[PersonHistory], None]] = {
    "megan.hughes": _lost_phone,
    "rolf.vogt": _stolen_laptop,
    "ines.pena": _forgotten_device,
    "k.sorensen": _many_sessions,
    "leaked.password": _leaked,
    "chidi.okafor": _forgot,
    "Okta_paul.weiss@brightwater.example": _federated,
}
