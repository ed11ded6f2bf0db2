"""Where a person is: the devices that are remembered, and the sessions that go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from console.context import Context
from console.user.section import Section, show_section
from console.widgets.person_actions import ChosenChange, open_change
from console.widgets.table import pick
from console.widgets.words import md
from services.cognito.actions import OFFERS, EndSession, ForgetDevices
from services.cognito.models import User, UserPool
from services.cognito.person_reads import Device, UserSession
from services.words import ago, counted

_KINDS = {"TOKEN": "Application", "SSO": "Login pages"}


def show_devices(ctx: Context, user: User, pool: UserPool) -> None:
    """The devices on request, each of which can be forgotten."""
    gateway = ctx.pool_session.gateway
    off = "This pool remembers no devices (device tracking is off), so there is none to list or to forget."
    section = Section(
        "devices",
        "Devices",
        "Where they have signed in from, and which of them may skip the second factor.",
        lambda: gateway.devices(user.username),
        lambda devices: _devices(ctx, user, devices),
        lacking="" if pool.device_tracking else off,
    )
    show_section(ctx, user, section)


def _devices(ctx: Context, user: User, devices: Sequence[Device]) -> None:
    if not devices:
        st.markdown("No device is known.")
        return
    offer = OFFERS["forget_devices"]
    picked = pick(
        {
            "Device": [device.name or device.key for device in devices],
            "Last used": [device.last_used for device in devices],
            "Remembered": [_remembered(device) for device in devices],
            "First used": [device.created for device in devices],
            "IP address": [device.last_ip for device in devices],
        },
        "Devices of this user",
        name="user-devices-table",
        identity=[device.key for device in devices],
        ticks="many" if ctx.may(offer.permission) else "",
        rows=8,
    )
    if not ctx.may(offer.permission):
        return
    ticked = [devices[row] for row in picked.ticked]
    with st.container(horizontal=True):
        st.button(
            f"Forget {counted(len(ticked), 'device')}…" if ticked else "Forget the ticked…",
            icon=offer.icon,
            key="user-forget-ticked",
            disabled=not ticked,
            on_click=open_change,
            args=(_forgetting(user, ticked),),
        )
        st.button(
            "Forget all…",
            icon=offer.icon,
            key="user-forget-all",
            on_click=open_change,
            args=(_forgetting(user, ()),),
        )


def _forgetting(user: User, devices: Sequence[Device]) -> ChosenChange:
    change = ForgetDevices(user.ref, tuple(device.key for device in devices))
    return ChosenChange(
        user, OFFERS["forget_devices"], change, "\n".join(device.name or device.key for device in devices)
    )


def _remembered(device: Device) -> str:
    return {True: "Yes", False: "No"}.get(device.remembered, "") if device.remembered is not None else ""


def show_sessions(ctx: Context, user: User) -> None:
    """The live sessions on request, each of which can be ended."""
    show_section(ctx, user, sessions_section(ctx, user, lambda sessions: _sessions(ctx, user, sessions)))


def sessions_section(
    ctx: Context, user: User, show: Callable[[Sequence[UserSession]], object]
) -> Section[Sequence[UserSession]]:
    """The section that asks for sessions, and shows them with `show`."""
    gateway = ctx.pool_session.gateway
    lacks = "The installed AWS library (boto3) is too old to list sessions; update it."
    return Section(
        "sessions",
        "Sessions",
        "Where they are signed in now, and when they were last active. A session that ended leaves no trace.",
        lambda: gateway.sessions(user.username),
        show,
        lacking="" if gateway.client.has("AdminListUserSessions") else lacks,
    )


def _sessions(ctx: Context, user: User, sessions: Sequence[UserSession]) -> None:
    st.markdown(md(last_seen(sessions)))
    if not sessions:
        return
    offer, applications = OFFERS["end_session"], _applications(ctx)
    picked = pick(
        {
            "Where": [_where(session, applications) for session in sessions],
            "Last active": [session.last_active for session in sessions],
            "Since": [session.created for session in sessions],
            "Device": [session.device for session in sessions],
            "From": [_place(session) for session in sessions],
        },
        "Sessions of this user",
        name="user-sessions-table",
        identity=[session.id for session in sessions],
        ticks="one" if ctx.may(offer.permission) else "",
        rows=8,
    )
    if not ctx.may(offer.permission):
        return
    ticked = next((sessions[row] for row in picked.ticked), None)
    st.button(
        f"{offer.label}…",
        icon=offer.icon,
        key="user-end-session",
        disabled=ticked is None,
        help="Tick one first. To end all of them, sign them out everywhere." if ticked is None else None,
        on_click=_end,
        args=(user, ticked, applications),
    )


def _end(user: User, session: UserSession | None, applications: dict[str, str]) -> None:
    if session is None:
        return
    said = " · ".join(filter(None, (_where(session, applications), session.device, _place(session))))
    open_change(
        ChosenChange(user, OFFERS["end_session"], EndSession(user.ref, session.id, described=said), said)
    )


def last_seen(sessions: Sequence[UserSession]) -> str:
    """When they were last active, as far as live sessions tell."""
    latest = max((session.last_active for session in sessions if session.last_active), default=None)
    if latest is None:
        return (
            "No session goes on now. When they were last active can't be told: a session that ended leaves "
            "no trace."
        )
    return f"Seen active {ago(latest)}; a session that ended leaves no trace."


def _applications(ctx: Context) -> dict[str, str]:
    return {
        application.client_id: application.name for application in ctx.store.applications.list(ctx.pool.id)
    }


def _where(session: UserSession, applications: dict[str, str]) -> str:
    name = applications.get(session.client_id) or session.client_id
    kind = _KINDS.get(session.kind, session.kind)
    return f"{name} ({kind.lower()})" if name and kind else name or kind


def _place(session: UserSession) -> str:
    place = ", ".join(part for part in (session.city, session.country) if part)
    return f"{place} ({session.ip})" if place and session.ip else place or session.ip
