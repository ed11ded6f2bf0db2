"""What an action is: one class that knows everything about one kind of change to a user pool.

An action is a class, a change is one of it: one API call on one target. The class knows its call and
quota, which permission it needs, whether it bills, how to see that it took effect, what takes it
back, what it does to people and groups held in memory, when it makes sense, and all its words. Pages,
files, plans, undo, the activity log and the IAM policy ask it; `ACTIONS` holds every class by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from services.cognito import call
from services.cognito.attributes import title_of
from services.cognito.models import Group, PersonRef, User, UserPool
from services.cognito.permit import Permit
from services.cognito.quotas import Category, category_of
from services.cognito.status import READ_ONLY, STATUS_TEXTS, invited_between
from services.errors import ConsoleError, InvalidValue, UserNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.cognito.offered import Offered

Facts = Mapping[str, Any]
"""JSON-ready facts about a target, free of secrets: attribute → value, `groups` → names …"""

REPLACED = "replaced"
"""Among the facts that hold after a change: what it found only when it was sent, and replaced."""

HeldBack = frozenset[str]
"""Attributes whose new values a pool keeps back until their owner has verified them."""

# AWS's clock and ours differ a little; a change is looked for from slightly before it was sent.
CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TargetRef:
    """Whom or what a change is about: `id` is the sub or the group name, `name` is for people."""

    kind: str
    id: str
    name: str


class Confirm(StrEnum):
    """How an operator confirms an action on one person."""

    ONCE = "once"
    """A dialog with room for a note: it harms nobody."""
    TYPED = "typed"
    """It cuts somebody off: their name is typed, and a reason is given."""
    OWN = "own"
    """A dialog of its own, which asks for more."""


@dataclass(frozen=True, slots=True)
class Offer:
    """How an action is offered for a person; `{0}` in a text is whom it is about.

    `label` and `icon` stand on the button that opens the dialog, `title` heads it, `about` says what
    will happen, `button` does it, and `said` is told afterwards. `many` is the verb for several people
    ("Disable 3 people"), the label when empty. `name` is the action's own unless it offers several
    things; those bring `refuses` (why not now, or "") and `makes` too.
    """

    label: str
    icon: str
    title: str = ""
    about: str = ""
    button: str = ""
    said: str = ""
    confirm: Confirm = Confirm.ONCE
    many: str = ""
    name: str = ""
    refuses: Callable[[User, UserPool], str] | None = None
    makes: Callable[[User], PersonChange] | None = None
    kind: type[PersonChange] = field(default=None, repr=False)  # type: ignore[assignment]  # set when registered

    @property
    def permission(self) -> Permission:
        """What an operator needs for it."""
        return self.kind.permission

    def why_not(self, user: User, pool: UserPool) -> str:
        """Why it makes no sense for this person now, in a sentence; empty when it does."""
        if self.refuses is None:
            return self.kind.why_not(user, pool)
        return read_only(user) or self.refuses(user, pool)

    def change_for(self, user: User) -> PersonChange:
        """The change on this person. What has to be entered first (a password) isn't in it."""
        return self.makes(user) if self.makes else self.kind.on_user(user)


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column by which a row of a file says what its action needs to know.

    `title` and `about` explain it; `choices` are the words it may hold, each with its title, where
    there are only some; `synonyms` are other headings that are understood.
    """

    name: str
    title: str
    about: str
    choices: Mapping[str, str] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()


class CurrentMemberships(Protocol):
    """Groups and memberships as a pool has them now, as far as taking something back has to know."""

    @property
    def groups(self) -> Container[str]:
        """The names of the pool's groups."""

    def is_member(self, user: User, group: str) -> bool:
        """Whether the person is in this group."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a change is taken back: `changes` with what each replaces and leaves, `stays` in sentences.

    `basis` is what has to hold still when they are sent. Both empty: it is as it was before already.
    """

    changes: tuple[tuple[Change, Facts, Facts], ...] = ()
    stays: tuple[str, ...] = ()
    basis: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Change(ABC):
    """One wanted API call. Its class is the action: which call, and everything that is known of it."""

    action: ClassVar[str]
    """The name under which it is logged and stored. Never changed."""
    operation: ClassVar[str]
    phrase: ClassVar[str] = ""
    """The call in words, for errors: “Disabling {Username}”, with the call's parameters."""
    permission: ClassVar[Permission]
    bills: ClassVar[bool] = False
    """Whether AWS counts the person as active for the month's bill ("Tracking costs" in the Cognito
    developer guide and its quotas page name what does; what isn't named is counted)."""
    irreversible: ClassVar[bool] = False
    """Whether nothing takes it back; such a change isn't sent after an earlier one of its row failed."""
    dangerous: ClassVar[bool] = False
    """Whether it cuts somebody off, destroys something or opens a way in: whoever sends it from a page
    may have to give their second factor again first."""
    logged: ClassVar[str]
    """What the activity log calls it: “Disabled a user”."""
    verb: ClassVar[str]
    """What it is going to do: “disable”."""
    past: ClassVar[str]
    """What it has done: “disabled”."""
    sets_password: ClassVar[bool] = False
    """Whether a temporary or permanent password that somebody has to hand over may go with it."""
    makes_person: ClassVar[bool] = False
    ends_person: ClassVar[bool] = False
    dated: ClassVar[bool] = True
    """Whether Cognito moves the person's date of change with it."""
    brings_people: ClassVar[bool] = False
    """Whether people come into the pool through it whom its line in the log doesn't name."""
    makes_group: ClassVar[bool] = False
    invites: ClassVar[bool] = False
    """Whether a temporary password may be set by it, which is valid from then on."""
    shows: ClassVar[bool] = True
    """Whether lists of people or groups look different afterwards."""
    repeated_remark: ClassVar[str] = ""
    """What is said when it was sent twice because the first try got no answer."""

    @property
    @abstractmethod
    def target(self) -> TargetRef:
        """Whom or what this change is about."""

    @abstractmethod
    def before(self, gateway: CognitoGateway) -> Facts:
        """Read what this change will replace (ListUsers and group reads only: they bill nobody)."""

    @abstractmethod
    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        """Call the gateway; return what holds afterwards. Raises the gateway's `CognitoError`s."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "action" not in cls.__dict__:
            return
        ACTIONS[cls.action] = cls
        if cls.phrase:
            call.PHRASES.setdefault(cls.operation, cls.phrase)

    @classmethod
    def from_data(cls, values: dict[str, Any]) -> Self:
        """The change of these values of its fields, as `dump` wrote them down."""
        return cls(**values)

    # The call

    @classmethod
    def category(cls) -> Category:
        """The quota category in which AWS counts it."""
        return category_of(cls.operation)

    @property
    def expected(self) -> Facts:
        """What will hold afterwards, as far as it is known before it is sent."""
        return {}

    @property
    def messages(self) -> tuple[str, ...]:
        """The ways by which Cognito sends the person something because of it: EMAIL, SMS."""
        return ()

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        """After an unknown outcome: True if it happened, False if it did not, None if it can't be told.

        `since` is when the first try was sent (aware, UTC). ListUsers lags behind changes, so people
        are looked up for certain, which bills nobody: the change itself counts them as active.
        """
        return None

    def means_done(self, error: ConsoleError, gateway: CognitoGateway, since: datetime) -> bool:
        """Whether a refusal of a repeated call says that the first one, sent at `since`, had worked."""
        return False

    def found_there(self, error: ConsoleError) -> str:
        """What to note when a refusal says that what is wanted is there already; "" otherwise."""
        return ""

    def sends_each_time(self, gateway: CognitoGateway) -> bool:
        """Whether each try sends a message: it isn't repeated then before somebody has looked."""
        return False

    # Persons and passwords that are known only when it is sent

    def on(self, person: PersonRef) -> Self:
        """The same change on `person` (once a new user's sub is known); others come back as they are."""
        return self

    def with_password(self, temporary: str, permanent: str) -> Self:
        """The same change with its password, as it is sent; others come back as they are."""
        return self

    @property
    def needs_password(self) -> bool:
        """Whether it can't be sent without a password that somebody will know."""
        return False

    # When it makes sense

    def already(self, before: Facts) -> bool:
        """Whether it is so already, by what was `before`."""
        return False

    # The way back

    @classmethod
    def can_be_undone(cls) -> bool:
        """Whether there is a way back at all."""
        return cls.way_back is not Change.way_back

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        """How to take it back for a person as the pool has them now.

        `before` and `after` are those of the change, `held_back` the attributes of this pool that wait
        until their owner has verified them.
        """
        return WayBack(stays=(f"{user.label}: “{self.done}” can't be undone.",))

    # Words

    @property
    def object(self) -> str:
        """What follows its verb, where that says too little: the group, the provider."""
        return ""

    @property
    def wanted(self) -> str:
        """What it is going to do: “add to group billing”."""
        return f"{self.verb} {self.object}".rstrip()

    @property
    def done(self) -> str:
        """What it has done: “added to group billing”."""
        return f"{self.past} {self.object}".rstrip()

    def difference(self, before: Facts, after: Facts) -> list[tuple[str, str, str]]:
        """What it changes, as (what, before, after) in words; nothing secret."""
        old, new = (facts.get("attributes") or {} for facts in (before, after))
        found = [(title_of(name), str(old.get(name) or ""), str(new[name] or "")) for name in new]
        for name, value in after.items():
            if name != "attributes":
                found.append((name.replace("_", " "), _plain(before.get(name)), _plain(value)))
        return found

    # What it does to people and groups held in memory

    @classmethod
    def from_log(cls, target: TargetRef, after: Facts) -> Change | None:
        """The change of a line of the activity log, as far as showing it needs.

        None when the line doesn't say enough.
        """
        return None

    def sub(self, after: Facts) -> str:
        """The sub of the person concerned, "" when it concerns none."""
        return ""

    def apply_to(self, user: User | None, after: Facts, at: datetime, held_back: HeldBack) -> User | None:
        """The person after it was made at `at`: None when gone; someone new for None, if it makes one."""
        return user

    def regroup(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names of the person's groups after it."""
        return names

    def groups_after(self, groups: tuple[Group, ...], at: datetime) -> tuple[Group, ...]:
        """The pool's groups after it was made at `at`."""
        return groups

    @property
    def joins(self) -> str:
        """The group that the person comes into, or ""."""
        return ""

    @property
    def leaves(self) -> str:
        """The group that the person goes out of, or ""."""
        return ""

    @property
    def ends_group(self) -> str:
        """The group that nobody is in any more, or ""."""
        return ""


ACTIONS: dict[str, type[Change]] = {}
"""Every action by its name; complete once `services.cognito.actions` is imported."""

OFFERS: dict[str, Offer] = {}
"""Everything that can be offered for one person, by its name."""


def reasons(user: User, pool: UserPool) -> dict[str, str]:
    """For each of `OFFERS`: an empty string if it makes sense now, else the reason why not."""
    return {name: offer.why_not(user, pool) for name, offer in OFFERS.items()}


def read_only(user: User) -> str:
    """Why nothing at all can be changed about this person, or an empty string."""
    if user.status not in READ_ONLY:
        return ""
    return f"The status “{STATUS_TEXTS[user.status].title}” can only be looked at here."


def dump(change: Change) -> dict[str, Any]:
    """The change as JSON-ready data. It may hold a password: seal it before it is stored."""
    return {"action": change.action, **asdict(change)}


def load(data: Mapping[str, Any]) -> Change:
    """The change that `dump` wrote. Raises `InvalidValue` for an action that this release lacks."""
    kind = ACTIONS.get(str(data.get("action")))
    if kind is None:
        raise InvalidValue(f"This release doesn't know the action {data.get('action')!r}.")
    values = {known.name: data[known.name] for known in fields(kind) if known.name in data}
    if "person" in values:
        values["person"] = PersonRef(**values["person"])
    for name in ("delivery", "names", "factors", "replacing", "keys"):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    return kind.from_data(values)


def facts_of(user: User) -> dict[str, Any]:
    """What the activity log keeps about a person."""
    return {"status": str(user.status), "enabled": user.enabled, "attributes": dict(user.attributes)}


@dataclass(frozen=True)
class PersonChange(Change):
    """A change to one existing person."""

    bills = True
    offers: ClassVar[tuple[Offer, ...]] = ()
    """What is offered of it on pages, the action itself first."""
    row_action: ClassVar[str] = ""
    """What a row of a file writes to ask for it (column `action`); empty when no row can."""
    row_synonyms: ClassVar[tuple[str, ...]] = ()
    """Other words that are understood there."""
    file_title: ClassVar[str] = ""
    """The same as a choice for a whole file: “Disable the people”."""
    row_columns: ClassVar[tuple[RowColumn, ...]] = ()
    """Further columns in which a row says what it needs to know (see `entered`)."""
    proves_identity: ClassVar[bool] = False
    """Whether it changes what a person proves themselves by, so that who is asking should be known."""
    asks_group: ClassVar[bool] = False
    """Whether a group has to be chosen for it."""
    asks_delivery: ClassVar[bool] = False
    """Whether the way by which Cognito sends its message can be chosen."""
    relies_on: ClassVar[str] = "enabled"
    """What of the person must still be as planned when a row's single call is sent: status or enabled."""

    person: PersonRef

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "offers" in cls.__dict__:
            cls.offers = tuple(
                replace(offer, name=offer.name or cls.action, kind=cls) for offer in cls.offers
            )
            OFFERS.update((offer.name, offer) for offer in cls.offers)

    @property
    def target(self) -> TargetRef:
        return TargetRef("user", self.person.sub or self.person.username, self.person.label)

    def find(self, gateway: CognitoGateway, *, certain: bool = False) -> User:
        """The person as the pool has them now (see `find_user` for `certain`). Raises `UserNotFound`."""
        user = gateway.find_user(sub=self.person.sub, username=self.person.username, certain=certain)
        if user is None:
            raise UserNotFound(
                f"{self.person.label} is not in the pool (any more); nothing was changed.",
                "Refresh the list and look again.",
            )
        return user

    def before(self, gateway: CognitoGateway) -> Facts:
        return self.replaces(self.find(gateway))

    def replaces(self, user: User) -> Facts:
        """The facts of the person, as read, that this change replaces."""
        return {"status": str(user.status), "enabled": user.enabled}

    def basis(self, user: User) -> Facts:
        """What a plan compares once more before it is sent: the part of the person that it relies on."""
        return {name: value for name, value in self.replaces(user).items() if name == self.relies_on}

    def lacks(self, user: User) -> list[tuple[str, str, str]]:
        """What a row would have to bring, as (column, what is wrong, how to fix it)."""
        return []

    def unfit(self, offered: Offered) -> list[tuple[str, str, str]]:
        """What of it this pool can't do, as `lacks` says it."""
        return []

    def on(self, person: PersonRef) -> Self:
        return replace(self, person=person)

    def by(self, delivery: tuple[str, ...]) -> Self:
        """The same change with its message going by these ways (EMAIL, SMS); others come back as they are."""
        return self

    def entered(self, values: Mapping[str, str]) -> Self:
        """The same change with what a row wrote into its `row_columns`, by their names."""
        return self

    @classmethod
    def on_user(cls, user: User) -> Self:
        """The change on this person, with what a choice needs at least."""
        return cls(user.ref)

    @classmethod
    def verb_for_many(cls) -> str:
        """The verb for several people, as on a button: “Disable”."""
        return next((offer.many or offer.label for offer in cls.offers), cls.verb.capitalize())

    @classmethod
    def icon(cls) -> str:
        """Its icon in menus, or ""."""
        return next((offer.icon for offer in cls.offers), "")

    @classmethod
    def wants_reason(cls) -> bool:
        """Whether it cuts somebody off, so that a reason has to be given."""
        return any(offer.confirm is Confirm.TYPED for offer in cls.offers)

    @classmethod
    def why_not(cls, user: User, pool: UserPool) -> str:
        """Why it makes no sense for this person now, in a sentence; empty when it does."""
        return read_only(user) or cls.refuses(user, pool)

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        """Why it makes no sense for a person whom changes are possible for at all; empty when it does."""
        return ""

    @classmethod
    def unsure(cls, user: User, pool: UserPool) -> str:
        """What nobody can tell beforehand of what it does for this person, in a sentence; else empty."""
        return ""

    @property
    def carries(self) -> frozenset[str]:
        """Attributes that Cognito may change by itself because of it."""
        return frozenset()

    @classmethod
    def from_log(cls, target: TargetRef, after: Facts) -> Change | None:
        return cls.logged_on(PersonRef(target.name, target.id, target.name), after)

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        """As `from_log`, for the person whom the line names."""
        return None

    def sub(self, after: Facts) -> str:
        return self.person.sub

    def apply_to(self, user: User | None, after: Facts, at: datetime, held_back: HeldBack) -> User | None:
        edited = None if user is None else self.edit(user, at, held_back)
        if user is None or edited is None or not self.dated:
            return edited
        if self.invites:
            return replace(edited, invited_from=at, invited_until=at)
        # from here on nobody can see whether somebody elsewhere had set a password before
        return replace(edited, invited_from=invited_between(user)[0], invited_until=None)

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        """The person after it was made at `at`; None when it ends them."""
        return user


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {part}" for name, part in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
