"""The providers by which operators sign in with their company account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.configuration.service import ConfigurationService, Saved, secret_fact
from services.roles import Actor
from services.store import checks, records
from services.store.activity import NewActivity, only_changed
from services.store.records import facts
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

KIND = "sign-in provider"


class SignInProviderService(ConfigurationService):
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def list(self) -> tuple[SignInProvider, ...]:
        """All providers by name."""
        self._actor()
        return self._store.sign_in_providers.list()

    def get(self, id: str) -> SignInProvider:
        """One provider. Raises `RecordNotFound`."""
        self._actor()
        return self._store.sign_in_providers.get(id)

    def add(self, typed: SignInProvider) -> Saved[SignInProvider]:
        """Store a provider, which stands on the sign-in page from then on.

        Raises `InvalidValue`, `NameTaken`.
        """
        actor = self._actor(dangerous=True)
        new = checked(typed, [known.name for known in self._store.sign_in_providers.list()])
        with self._store.activity.audited(_line(actor, "add_sign_in_provider", new)) as line:
            made = self._store.sign_in_providers.add(new)
            line.after = {"id": made.id, **facts(made), **secret_fact(new, "", added=True)}
        return Saved(made, line.id)

    def change(self, id: str, typed: SignInProvider) -> Saved[SignInProvider]:
        """Change a provider, as `add` stores it; a secret that is None keeps the stored one.

        Rules hold from each operator's next sign-in on. A provider at another address knows other
        people: those who came by the old one can't sign in by it. Raises as `add`, `RecordNotFound`.
        """
        actor = self._actor(dangerous=True)
        old = self._store.sign_in_providers.get(id)
        stored = self._store.sign_in_providers.secret(id)
        taken = [known.name for known in self._store.sign_in_providers.list() if known.id != id]
        new = replace(checked(typed, taken), id=id)
        new = replace(new, secret=stored if new.secret is None else new.secret)
        before, after = only_changed(facts(old), facts(new))
        with self._store.activity.audited(
            _line(actor, "change_sign_in_provider", new, before=before)
        ) as line:
            made = write_over(self._store, old, new)
            line.after = {**after, **secret_fact(new, stored)}
        return Saved(made, line.id)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a provider and end the sessions of those who came by it; the line's id."""
        actor = self._actor(dangerous=True)
        old = self._store.sign_in_providers.get(id)
        line_of = _line(actor, "remove_sign_in_provider", old, before=facts(old), reason=reason)
        with self._store.activity.audited(line_of) as line:
            self._store.sign_in_providers.delete(id)
            line.after = {"removed": True, "sessions ended": end_sessions(self._store, id)}
        return line.id


def checked(typed: SignInProvider, taken: Sequence[str]) -> SignInProvider:
    """A provider as it is kept, its name none of `taken`. Raises `InvalidValue`."""
    new = records.checked(typed, name=lambda value: checks.free_name(checks.name(value), taken))
    secret = None if typed.secret is None else checks.client_secret(typed.secret)
    return replace(new, secret=secret)


def write_over(store: Store, old: SignInProvider, new: SignInProvider) -> SignInProvider:
    """Store `new` in the place of `old`; at another address it knows other people, whose sessions end."""
    made = store.sign_in_providers.update(replace(new, id=old.id))
    if old.discovery_url != made.discovery_url:
        end_sessions(store, old.id)
    return made


def end_sessions(store: Store, provider_id: str) -> int:
    """End the sessions of whoever came by a provider; how many there were."""
    came = [found for found in store.operators.list() if found.provider_id == provider_id]
    return sum(store.sessions.revoke_operator(operator.id) for operator in came)


def _line(actor: Actor, action: str, provider: SignInProvider, **more: Any) -> NewActivity:
    return NewActivity(
        actor, action, target_kind=KIND, target_id=provider.id, target_name=provider.name, **more
    )
