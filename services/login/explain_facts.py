"""What "why can't they sign in?" works with: the facts, gathered once, a check, a fix, the whole answer.

Nobody is billed: people are read by ListUsers. AdminGetUser, the only way to a person's second
factors, counts them as active for the month and is asked only when the operator wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from services.cognito.actions import Change
from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient, User, UserDetail, UserPool, UserStatus
from services.cognito.people import names_of, names_that_work, same_name, sign_in_name
from services.cognito.person_reads import AuthEvent
from services.cognito.sign_in import Domain, IdentityProvider, MfaConfig
from services.directory.identify import Identification, Source, identify, sharing, written
from services.directory.listing import Directory
from services.directory.lookup import source_for
from services.errors import ClientNotFound, CognitoError
from services.login.chain import Link, LinkState, Title, Unknown, or_unknown, unknown_from
from services.login.client_fixes import ClientFix
from services.login.sign_in_flow import SignInFlow
from services.store.applications import Application


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Whom a typed name means.

    `by` is the attribute it was found under ("" when a person was picked and nothing typed);
    `others` have the same sign-in name or e-mail address in some spelling; `suggestions` are
    sign-in names that look like it, when nobody was found. `everywhere` is False when only some
    spellings could be asked for, because the pool is too large to be read for this. `reason` says what
    is wrong with the name itself, such as a number without its country code.
    """

    typed: str
    user: User | None
    by: str = ""
    others: tuple[User, ...] = ()
    suggestions: tuple[str, ...] = ()
    everywhere: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was looked at. `None`: there is none, or it isn't needed here.

    `at` is when (aware, UTC). `groups` are the person's, `existing` all groups of the pool.
    `client_missing` says that the pool has no such app client. `second_factors` is None while nobody
    has asked for it, and so is `first_factors` (PASSWORD, WEB_AUTHN …: what they have set up). `zone` is
    the reader's; without one times are in UTC and say so. `helped`: when something was last done here
    against what was answered wrongly (Password, Mfa), as far as the console's log tells.
    """

    pool: UserPool
    found: FoundPerson
    at: datetime
    flow: SignInFlow = SignInFlow.HOSTED
    application: Application | None = None
    groups: tuple[str, ...] | Unknown = ()
    existing: frozenset[str] | Unknown = frozenset()
    client: AppClient | Unknown | None = None
    client_missing: bool = False
    domain: Domain | Unknown | None = None
    branding: bool | Unknown | None = None
    providers: tuple[IdentityProvider, ...] | Unknown = ()
    mfa: MfaConfig | Unknown | None = None
    second_factors: UserDetail | Unknown | None = None
    first_factors: tuple[str, ...] | Unknown | None = None
    events: tuple[AuthEvent, ...] | Unknown | None = None
    zone: tzinfo | None = None
    helped: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def user(self) -> User | None:
        """The person, if there is one."""
        return self.found.user


ASK_FACTORS = "ask_second_factors"
"""What a fix is called that looks at the second factors: a read that counts the person as active."""


@dataclass(frozen=True, slots=True)
class LinkFix:
    """What puts a link right, one click away.

    `action` is a name of `services.cognito.actions.OFFERS`, "update_app_client" (with `client`), or
    `ASK_FACTORS`. `changes` holds the change, or several
    of which one is to be chosen; it is empty where something has to be entered first (a password), for
    `page`, a page of the console that has what is needed, and for `client`.
    """

    label: str
    action: str = ""
    changes: tuple[Change, ...] = ()
    page: str = ""
    client: ClientFix | None = None


@dataclass(frozen=True, slots=True)
class CheckedLink:
    """One link and what belongs to it.

    `reply` is the sentence for the caller in case this is the cause; `unknown` marks what couldn't
    be checked or wasn't asked.
    """

    link: Link
    reply: str = ""
    fixes: tuple[LinkFix, ...] = ()
    unknown: bool = False

    @property
    def blocks(self) -> bool:
        """True if the person can't get past this link."""
        return self.link.state is LinkState.FAILED


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer: the most likely cause in one sentence, and every check in order.

    `cause` is the check behind `sentence`, None when none stands out; `fixes` are what helps against
    it, or, without a cause, against a password that nobody can look at.
    """

    facts: Facts
    sentence: str
    checks: tuple[CheckedLink, ...]
    cause: CheckedLink | None = None
    fixes: tuple[LinkFix, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """Every link that was checked, in the order of a sign-in."""
        return tuple(check.link for check in self.checks)

    @property
    def unknown(self) -> tuple[CheckedLink, ...]:
        """The checks that couldn't be made."""
        return tuple(check for check in self.checks if check.unknown)

    def check(self, key: str) -> CheckedLink:
        """The check of this key."""
        return next(check for check in self.checks if check.link.key == key)


CHECK_TITLES: Mapping[str, Title] = MappingProxyType(
    {
        "name": Title("There is such an account", "There is no such account", "The account"),
        "duplicates": Title(
            "No other account is mixed up with it", "Another account is mixed up with it", "Other accounts"
        ),
        "enabled": Title("The account is switched on", "The account is switched off", "Switched on or off"),
        "temporary-password": Title(
            "The temporary password still works",
            "The temporary password has expired",
            "Temporary password",
        ),
        "status": Title("Nothing has to be done first", "Something has to be done first", "Status"),
        "verified": Title(
            "The addresses that they sign in with are verified",
            "An address isn't verified, and so no sign-in name",
            "Verified addresses as sign-in names",
        ),
        "provider": Title(
            "The application lets them in where they sign in",
            "The application doesn't let them in where they sign in",
            "Where they sign in",
        ),
        "allowed-group": Title(
            "They are in a group that is let in",
            "They are in no group that is let in",
            "Groups that are let in",
        ),
        "role": Title("They get a role", "They get no role", "Role"),
        "first-factor": Title(
            "They have what they are asked for first",
            "They lack what they are asked for first",
            "What they are asked for first",
        ),
        "second-factor": Title(
            "A second factor doesn't stop them",
            "They lack the second factor that is asked for",
            "Second factor",
        ),
        "recovery": Title(
            "They can recover a forgotten password",
            "They can't recover a forgotten password",
            "Recovering a forgotten password",
        ),
        "client": Title(
            "The application's app client is in the pool",
            "The application's app client isn't in the pool",
            "The application's app client",
        ),
        "flow": Title(
            "The client may sign people in this way",
            "The client may not sign people in this way",
            "How the client signs people in",
        ),
        "callback": Title(
            "The client sends people back to the application",
            "The client doesn't send people back to the application",
            "Sending people back to the application",
        ),
        "scopes": Title(
            "The client may ask for what it needs", "The client may not ask for what it needs", "Scopes"
        ),
        "client-providers": Title(
            "The client's providers are in the pool",
            "The client offers a provider that isn't there",
            "The client's providers",
        ),
        "lifetimes": Title("Tokens live long enough", "Tokens don't live long enough", "Lifetimes of tokens"),
        "domain": Title(
            "The hosted login page has an address",
            "The hosted login page has no working address",
            "Address of the hosted login page",
        ),
        "branding": Title(
            "The login page has a style", "The login page has no style", "Style of the login page"
        ),
        "pool": Title(
            "The pool's own settings let people sign in",
            "The pool's own settings stand in the way",
            "The pool's own settings",
        ),
        "triggers": Title(
            "No function of the pool refuses them",
            "A function of the pool may refuse them",
            "The pool's functions",
        ),
        "events": Title("Their last tries went well", "Their last tries failed", "Their last tries"),
    }
)
"""What each check is called, by how it was found."""


def titled(key: str) -> tuple[str, Title]:
    """The key of a check, and what it is called."""
    return key, CHECK_TITLES[key]


THREAT_PROTECTION = frozenset({"AUDIT", "ENFORCED"})
"""Modes in which AWS keeps what users tried."""

_EVENTS = 10

HELP: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Mfa": frozenset({"remove_authenticator", "set_mfa_preference", "set_up_totp"}),
        "Password": frozenset(
            {
                "set_password",
                "reset_password",
                "resend_invitation",
                "choose_password",
                "choose_password_as_admin",
            }
        ),
    }
)
"""Actions that end the trouble, by what was answered wrongly (service model, ChallengeName)."""


def gather(
    directory: Directory,
    found: FoundPerson,
    application: Application | None,
    *,
    flow: SignInFlow = SignInFlow.HOSTED,
    second_factors: bool = False,
    zone: tzinfo | None = None,
) -> Facts:
    """Look at everything that decides whether `found` can sign in to `application`.

    `second_factors` asks AdminGetUser, which counts the person as active; `zone` as in `Facts`. What
    the backend, the plan or the credentials don't let us see comes as `Unknown`. Raises the
    `CognitoError`s of the first reads (the pool's settings), without which nothing can be said.
    """
    gateway = directory.gateway
    pool = gateway.describe_pool(refresh=True)
    user = found.user
    client = _client(gateway, application)
    hosted = flow is SignInFlow.HOSTED and application is not None
    domain = _domain(gateway, pool) if hosted else None
    return Facts(
        pool=pool,
        found=found,
        at=datetime.now(UTC),
        flow=flow,
        application=application,
        groups=_groups(directory, user),
        existing=or_unknown(lambda: frozenset(group.name for group in directory.groups(refresh=True))),
        client=client.value,
        client_missing=client.missing,
        domain=domain,
        branding=_branding(gateway, application, domain) if hosted else None,
        providers=or_unknown(gateway.identity_providers),
        mfa=or_unknown(gateway.mfa_config),
        second_factors=_second_factors(gateway, user) if second_factors else None,
        first_factors=_first_factors(gateway, pool, user) if second_factors else None,
        events=_events(gateway, pool, user),
        zone=zone,
        helped=_helped(directory, user),
    )


def _helped(directory: Directory, user: User | None) -> Mapping[str, datetime]:
    log = directory.invitations
    if user is None or log is None:
        return {}
    last = {asked: log.last_done(user.sub, actions) for asked, actions in HELP.items()}
    return {asked: at for asked, at in last.items() if at is not None}


def person_by_sub(directory: Directory, sub: str) -> FoundPerson:
    """A person chosen from a list, as the pool has them now. Raises the gateway's `CognitoError`s."""
    view = directory.person(sub, refresh=True)
    if view is None:
        return FoundPerson("", None)
    others, everywhere = _sharing(source_for(directory), view.person.user)
    return FoundPerson("", view.person.user, "", others, (), everywhere)


def find_person(directory: Directory, typed: str) -> FoundPerson:
    """Whom `typed` means: where it fits several, or only in other capital letters, the one whom the
    pool is likeliest to take. Raises the gateway's `CognitoError`s."""
    typed = typed.strip()
    source = source_for(directory)
    if not typed:
        return FoundPerson(typed, None, everywhere=source.everywhere)
    answer, shown = identify(source, [typed])[0], written(typed, source.pool.phone_region).shown
    matches = answer.users or (tuple(person.user for person in answer.near) if answer.case_only else ())
    if not matches:
        return _nobody(source, answer, shown)
    user = min(matches, key=lambda person: _rank(person, shown, source.pool))
    view = directory.person(user.sub, refresh=True)
    # what was changed here a moment ago isn't in every answer of AWS's yet
    user = view.person.user if view is not None else user
    shared, everywhere = _sharing(source, user)
    others = {person.sub: person for person in (*matches, *shared) if person.sub != user.sub}
    return FoundPerson(shown, user, _found_by(user, shown, answer), tuple(others.values()), (), everywhere)


def _nobody(source: Source, answer: Identification, shown: str) -> FoundPerson:
    alike = tuple(dict.fromkeys(sign_in_name(person.user, source.pool) for person in answer.near))
    return FoundPerson(shown, None, suggestions=alike, everywhere=source.everywhere, reason=answer.problem)


def _found_by(user: User, shown: str, answer: Identification) -> str:
    """The attribute under which the person has the name."""
    loose = [kind for kind, value in names_of(user) if value.casefold() == shown.casefold()]
    return str(loose[0] if loose and answer.kind not in loose else answer.kind or "username")


def _rank(user: User, shown: str, pool: UserPool) -> tuple[bool, ...]:
    """Smallest for the one whom the pool would take: their exact name, then whoever can sign in."""
    working = names_that_work(user, pool).values()
    return (
        not any(same_name(value, shown, pool) for value in working),
        not any(value == shown for _, value in names_of(user)),
        not user.enabled,
        user.status is not UserStatus.CONFIRMED,
    )


def _sharing(source: Source, user: User) -> tuple[tuple[User, ...], bool]:
    """Others with the same username or e-mail address in some spelling, and whether all were looked at."""
    try:
        return tuple(sharing(source, user)), source.everywhere
    except CognitoError:
        return (), False


@dataclass(frozen=True, slots=True)
class _Client:
    value: AppClient | Unknown | None = None
    missing: bool = False


def _client(gateway: CognitoGateway, application: Application | None) -> _Client:
    if application is None:
        return _Client()
    try:
        return _Client(gateway.describe_client(application.client_id))
    except ClientNotFound:
        # not "couldn't be asked": there is none
        return _Client(missing=True)
    except CognitoError as error:
        return _Client(unknown_from(error))


def _groups(directory: Directory, user: User | None) -> tuple[str, ...] | Unknown:
    if user is None:
        return ()
    view = directory.person(user.sub)
    if view is None:
        return ()
    if view.person.groups is None:
        return Unknown(" ".join(view.missing) or "the person's groups could not be read.")
    return view.person.groups


def _domain(gateway: CognitoGateway, pool: UserPool) -> Domain | Unknown | None:
    name = pool.custom_domain or pool.domain
    return or_unknown(lambda: gateway.describe_domain(name)) if name else None


def _branding(
    gateway: CognitoGateway, application: Application | None, domain: Domain | Unknown | None
) -> bool | Unknown | None:
    """Whether managed login has a style for the client; None where none is needed."""
    if application is None or domain is None:
        return None
    if isinstance(domain, Domain) and domain.managed_login is False:
        return None
    return or_unknown(lambda: gateway.has_branding(application.client_id))


def _second_factors(gateway: CognitoGateway, user: User | None) -> UserDetail | Unknown | None:
    if user is None:
        return None
    return or_unknown(lambda: gateway.user_detail(user.username))


def _first_factors(
    gateway: CognitoGateway, pool: UserPool, user: User | None
) -> tuple[str, ...] | Unknown | None:
    """What the person signs in with; asked only where the pool offers more than a password."""
    if user is None or not pool.first_factors - {"PASSWORD"}:
        return None
    return or_unknown(lambda: gateway.auth_factors(user.username))


def _events(
    gateway: CognitoGateway, pool: UserPool, user: User | None
) -> tuple[AuthEvent, ...] | Unknown | None:
    if user is None or pool.threat_protection not in THREAT_PROTECTION:
        return None
    return or_unknown(lambda: gateway.auth_events(user.username, _EVENTS))
