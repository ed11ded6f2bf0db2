"""Where notices go: channels that administrators set up, and what each operator wants by mail.

Addresses are Apprise's own (`mailtos://…`, `slack://…`, `jsons://…`); those that would only reach the
machine of the console itself (desktops, its log) are refused.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import apprise

from services.configuration.service import ConfigurationService, Saved, secret_fact
from services.errors import InvalidValue, NoticeNotSent
from services.notices.kinds import ADDRESSED, FOR_CHANNELS, Notice, NoticeKind
from services.roles import ActorSource, Permission
from services.store import checks, records
from services.store.activity import NewActivity, only_changed
from services.store.columns import utc_now
from services.store.notices import Channel
from services.store.operators import Operator
from services.store.records import facts
from services.store.store import Store

KIND = "notice channel"
_WANTED = "notices.wanted."
_LOCAL = frozenset({"dbus", "glib", "gnome", "macosx", "syslog", "windows"})
"""Apprise's plugins that reach the machine itself."""

# it would write addresses, and with them passwords and names, into the console's log
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def place_of(url: str, mail_to: str = "") -> apprise.NotifyBase:
    """What sends to an address; with `mail_to`, to this person by that mail server.

    Raises `InvalidValue` for an address that nothing is known to send to.
    """
    if mail_to:
        url += ("&" if "?" in url else "?") + urlencode({"to": mail_to})
    found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if found is None:
        raise InvalidValue(
            "This address isn't understood, so nothing could be sent to it.",
            "Write it as Apprise does, such as "
            "mailtos://user:password@smtp.example.com?from=console@example.com.",
            field="secret",
        )
    if type(found).__module__.rpartition(".")[2] in _LOCAL:
        raise InvalidValue(
            "This address only reaches the machine of the console itself.",
            "Choose mail, a chat, or a webhook.",
            field="secret",
        )
    return found


def send(url: str, title: str, body: str, mail_to: str = "") -> None:
    """Send one text. Raises `NoticeNotSent` when it wasn't taken, and as `place_of`."""
    place = place_of(url, mail_to)
    if not place.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        raise NoticeNotSent(
            f"The service behind this channel ({place.service_name}) didn't take the notice.",
            "Check the address, and whether this machine may reach it.",
        )


class ChannelService(ConfigurationService):
    """Channels, for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def list(self) -> tuple[Channel, ...]:
        """All channels by name."""
        self._actor()
        return self._store.channels.list()

    def get(self, id: str) -> Channel:
        """One channel. Raises `RecordNotFound`."""
        self._actor()
        return self._store.channels.get(id)

    def add(self, typed: Channel) -> Saved[Channel]:
        """Store a channel; what happens from now on is told there. Raises `InvalidValue`, `NameTaken`."""
        actor = self._actor()
        new = self._checked(typed)
        with self._store.activity.audited(
            NewActivity(actor, "add_notice_channel", target_kind=KIND, target_name=new.name)
        ) as line:
            made = self._store.channels.add(new)
            line.after = {"id": made.id, **facts(made), **secret_fact(new, "", added=True)}
        return Saved(made, line.id)

    def change(self, id: str, typed: Channel) -> Saved[Channel]:
        """Change a channel; an address that is None stays as it is. Raises as `add`, `RecordNotFound`."""
        actor = self._actor()
        old, stored = self._store.channels.get(id), self._store.channels.secret(id)
        new = replace(self._checked(typed, id), id=id)
        new = replace(new, secret=stored if new.secret is None else new.secret)
        before, after = only_changed(facts(old), facts(new))
        with self._store.activity.audited(
            NewActivity(
                actor,
                "change_notice_channel",
                target_kind=KIND,
                target_id=id,
                target_name=new.name,
                before=before,
            )
        ) as line:
            made = self._store.channels.update(new)
            line.after = {**after, **secret_fact(new, stored)}
        return Saved(made, line.id)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a channel; the line's id. Raises `RecordNotFound`."""
        actor = self._actor()
        old = self._store.channels.get(id)
        with self._store.activity.audited(
            NewActivity(
                actor,
                "remove_notice_channel",
                target_kind=KIND,
                target_id=id,
                target_name=old.name,
                before=facts(old),
                reason=reason,
            )
        ) as line:
            self._store.channels.delete(id)
            line.after = {"removed": True}
        return line.id

    def try_out(self, id: str) -> None:
        """Send a notice that says it is one to try the channel; by mail, to the operator who asks.

        Raises `NoticeNotSent`, and `InvalidValue` when they have no mail address.
        """
        actor, channel = self._actor(), self._store.channels.get(id)
        mail_to = ""
        if channel.is_mail:
            mail_to = self._store.operators.get(actor.operator_id).email
            if not mail_to:
                raise InvalidValue(
                    "You have no e-mail address here.", "Give yourself one on the page Operators."
                )
        send(
            self._store.channels.secret(id),
            "Cognito Ops Console: a try",
            f"{actor.name} tried this channel. Nothing has happened.",
            mail_to,
        )

    def _checked(self, typed: Channel, id: str = "") -> Channel:
        taken = [known.name for known in self._store.channels.list() if known.id != id]
        new = records.checked(typed, name=lambda value: checks.free_name(checks.name(value), taken))
        if not new.is_mail and not new.kinds:
            raise InvalidValue("Nothing would be told.", "Choose at least one thing.", field="kinds")
        unknown = [kind for kind in new.kinds if kind not in set(NoticeKind)]
        if unknown:
            raise InvalidValue(f"“{unknown[0]}” can't be told.", field="kinds")
        if new.is_mail and any(known.is_mail and known.id != id for known in self._store.channels.list()):
            raise InvalidValue(
                "There is a mail server for operators already.", "Change that one.", field="is_mail"
            )
        if typed.secret is not None or not id:
            address = (typed.secret or "").strip()
            place_of(address, "somebody@example.com" if new.is_mail else "")
            new = replace(new, secret=address)
        return new


class MailChoice:
    """What one operator wants to be told by mail at their own address."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def get(self) -> tuple[NoticeKind, ...]:
        """What they want now; what concerns them unless they chose otherwise."""
        return wanted_by(self._store, self._who().operator_id)[0]

    def choose(self, kinds: Iterable[NoticeKind]) -> None:
        """Want exactly these from now on, with a line in the log."""
        actor = self._who()
        actor.require(Permission.READ)
        chosen = [str(kind) for kind in NoticeKind if kind in set(kinds)]
        new = NewActivity(
            actor,
            "change_setting",
            target_kind="setting",
            target_name="Notices by mail",
            before={"told": list(map(str, self.get()))},
        )
        with self._store.activity.audited(new) as line:
            value = {"kinds": chosen, "since": utc_now().isoformat()}
            self._store.settings.set(f"{_WANTED}{actor.operator_id}", value)
            line.after = {"told": chosen}


def wanted_by(store: Store, operator_id: str) -> tuple[tuple[NoticeKind, ...], datetime | None]:
    """What an operator wants by mail, and since when (None: ever since they are here)."""
    kept: Any = store.settings.get(f"{_WANTED}{operator_id}")
    if not kept:
        return ADDRESSED, None
    return tuple(kind for kind in NoticeKind if kind in kept["kinds"]), datetime.fromisoformat(kept["since"])


def targets_of(store: Store, notice: Notice) -> list[str]:
    """Where a notice goes: channels by their id, operators (by mail) by theirs.

    Only to places that were there when it happened: a channel that is new begins with what is new.
    """
    targets: list[str] = []
    for channel in store.channels.list():
        if channel.created_at > notice.at or channel.pool_record_id not in ("", notice.pool_record_id):
            continue
        if channel.is_mail:
            targets += [operator.id for operator in _readers(store, notice)]
        elif notice.kind in channel.kinds and notice.kind in FOR_CHANNELS:
            targets.append(channel.id)
    return targets


def _readers(store: Store, notice: Notice) -> Sequence[Operator]:
    """The operators who get a notice by mail."""
    found = []
    for operator in store.operators.list():
        if operator.disabled or not operator.email:
            continue
        kinds, since = wanted_by(store, operator.id)
        concerned = not notice.operator_ids or operator.id in notice.operator_ids
        if concerned and notice.kind in kinds and (since is None or since <= notice.at):
            found.append(operator)
    return found
