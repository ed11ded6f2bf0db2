"""The identity providers of a pool: what each is, who offers it, what is wrong with it, and deleting it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from console.configuration import editor
from console.configuration.provider_form import show_form
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.client_fix import fix_button, offer_fixes, show_client_fix
from console.widgets.words import md
from services.cognito.providers import ProviderSettings
from services.errors import ConsoleError
from services.federation.draft import kind_of, why_not_changed
from services.federation.providers import ListedProvider, PoolProviders, ProviderService, only_way_in
from services.login.advice import Advice
from services.login.chain import Unknown
from services.login.client_fixes import offer_provider, stop_offering
from services.login.provider_metadata import SamlDescription
from services.pool_session import PoolSession, open_pool_session
from services.store.activity import Why
from services.store.pools import PoolRecord
from services.words import ago, counted, day

_KEPT = "providers-view"


@dataclass(frozen=True, slots=True)
class ProvidersView:
    """What was found of a pool's providers, and when (aware, UTC)."""

    pool_id: str
    at: datetime
    found: PoolProviders


def tab_of(pool: PoolRecord) -> str:
    """Where this pool's form is kept: one that is open stays with its pool when another is chosen."""
    return f"providers-{pool.id}"


def show_providers(ctx: Context) -> None:
    """The tab, for the pool chosen at the top of the page."""
    pool = ctx.pool_record
    if pool is None:
        st.info("Add a connection and a pool first.", icon=":material/info:")
        return
    with guarded():
        session = open_pool_session(ctx.store, pool, ctx.who)
        service = ProviderService(session)
        opened = editor.current(tab_of(pool))
        if opened is not None:
            show_form(service, session, opened, forget)
            return
        view = _view(ctx, service, pool)
        _top(pool, view)
        _list(ctx, service, session, view)
        show_client_fix(session, forget)


def forget() -> None:
    """Read the providers anew when they are shown next."""
    st.session_state.pop(_KEPT, None)


def _view(ctx: Context, service: ProviderService, pool: PoolRecord) -> ProvidersView:
    kept = st.session_state.get(_KEPT)
    if isinstance(kept, ProvidersView) and kept.pool_id == pool.id:
        return kept
    with st.spinner("Reading the identity providers and who offers them…", show_time=True):
        found = service.pool_providers(ctx.store.applications.list(pool.id))
    view = ProvidersView(pool.id, datetime.now(UTC), found)
    st.session_state[_KEPT] = view
    return view


def _top(pool: PoolRecord, view: ProvidersView) -> None:
    st.markdown(
        f"Other places where people of **{md(pool.name)}** may sign in: a company's own accounts, a "
        "partner's, Google. For another pool, use the switch at the top."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Add an identity provider…",
            icon=":material/add:",
            type="secondary" if view.found.providers else "primary",
            on_click=editor.open_editor,
            args=(tab_of(pool),),
            key="providers-add",
        )
        st.button(
            "Look again", icon=":material/refresh:", type="tertiary", key="providers-again", on_click=forget
        )
        st.markdown(f"Looked at {md(ago(view.at))}", width="content")


def _list(ctx: Context, service: ProviderService, session: PoolSession, view: ProvidersView) -> None:
    found = view.found
    if found.unread is not None:
        st.warning(f"{md(found.unread.sentence)} {md(found.unread.next_step)}", icon=":material/warning:")
        return
    if found.clients_unread is not None:
        st.warning(
            f"Which app clients offer them isn't known. {md(found.clients_unread.sentence)}",
            icon=":material/warning:",
        )
    if not found.providers:
        st.info("Everybody signs in with an account of this pool.", icon=":material/info:")
    for provider in found.providers:
        _card(ctx, service, session, view, provider)
    for number, advice in enumerate(found.about_clients):
        _advice(ctx, advice, f"clients-{number}", subject=True)


def _card(
    ctx: Context,
    service: ProviderService,
    session: PoolSession,
    view: ProvidersView,
    provider: ListedProvider,
) -> None:
    settings = provider.facts.settings
    with st.container(border=True, key=f"provider-{provider.name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{md(provider.name)}**", width="content")
            st.badge(md(provider.facts.kind), color="gray")
        if isinstance(settings, Unknown):
            st.markdown(f"{md(settings.sentence)} {md(settings.next_step)}")
        else:
            st.markdown("  \n".join(facts_of(settings, provider)))
        for number, advice in enumerate(provider.advice):
            _advice(ctx, advice, f"{provider.name}-{number}")
        if kind_of(provider.facts.kind) is None:
            st.markdown(md(why_not_changed(provider.facts.kind)))
        pressed = _buttons(session, provider, view)
    _offered_in(view, provider)
    _confirm_deletion(service, provider, pressed)


def _buttons(session: PoolSession, provider: ListedProvider, view: ProvidersView) -> bool:
    kind, settings = provider.facts.kind, provider.facts.settings
    why_not = "" if kind_of(kind) else why_not_changed(kind)
    if isinstance(settings, Unknown):
        why_not = settings.sentence
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Change…",
            icon=":material/edit:",
            key=f"change-provider-{provider.name}",
            disabled=bool(why_not),
            help=md(why_not) or None,
            on_click=editor.open_editor,
            args=(tab_of(session.pool), provider.name),
        )
        pressed = st.button("Delete…", icon=":material/delete:", key=f"delete-provider-{provider.name}")
        offering = {client.id for client in provider.clients}
        for application in view.found.pool.applications:
            if application.client_id in offering:
                st.page_link(
                    PAGES["login_test"],
                    label=f"Try it at {md(application.name)}",
                    icon=":material/login:",
                    query_params={
                        "pool": session.pool.name,
                        "application": application.name,
                        "provider": provider.name,
                    },
                )
    return pressed


def facts_of(settings: ProviderSettings, provider: ListedProvider) -> list[str]:
    """Markdown lines: where it stands, what it maps, by which names, and who offers it."""
    details, line = settings.details, editor.field_line
    facts = []
    if place := details.get("oidc_issuer") or details.get("MetadataURL"):
        facts.append(line("Where", place))
    elif details.get("MetadataFile"):
        facts.append(line("Where", "metadata from a file"))
    saml = provider.facts.metadata
    if isinstance(saml, SamlDescription) and saml.ends is not None:
        facts.append(line("Its certificate lasts until", day(saml.ends)))
    if details.get("client_id"):
        facts.append(line("The pool is its client", details["client_id"]))
    if details.get("authorize_scopes"):
        facts.append(line("Asks for", details["authorize_scopes"]))
    mapped = ", ".join(f"{name} ← {claim}" for name, claim in settings.mapping.items())
    facts.append(line("Maps", mapped or "nothing"))
    if settings.identifiers:
        facts.append(line("Also known as", ", ".join(settings.identifiers)))
    names = ", ".join(client.name or client.id for client in provider.clients)
    facts.append(line("Offered by", names or "no app client"))
    return facts


def _offered_in(view: ProvidersView, provider: ListedProvider) -> None:
    """App clients to offer it in, or to stop."""
    clients = [client for client in view.found.pool.readable if client.hosted]
    if not clients:
        return
    with st.expander(f"Which app clients offer {md(provider.name)}"):
        for client in clients:
            offered = provider.name in client.providers
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{md(client.name or client.id)}: {'offers it' if offered else 'doesn’t'}")
                fix = (
                    stop_offering(client, [provider.name])
                    if offered
                    else offer_provider(client, provider.name)
                )
                fix_button(
                    fix, f"{provider.name}-{client.id}", title="Stop offering it" if offered else "Offer it"
                )


def _advice(ctx: Context, advice: Advice, key: str, *, subject: bool = False) -> None:
    about = f"{md(advice.subject)}: " if subject else ""
    st.warning(
        f"**{about}{md(advice.title)}** ({advice.severity}). {md(advice.found)} {md(advice.fix)}  \n"
        f"{md(advice.setting.why)}",
        icon=":material/priority_high:",
    )
    offer_fixes(ctx, advice.fixes, f"advice-{key}")


def _confirm_deletion(service: ProviderService, provider: ListedProvider, pressed: bool) -> None:
    if not pressed and dialog.opened(f"delete-provider-dialog-{provider.name}") is None:
        return

    def delete(why: Why) -> str:
        return service.delete(provider.name, **why).activity_id

    def told(line: object) -> None:
        forget()
        done(f"The identity provider {provider.name} is deleted.", str(line))

    dialog.confirm(
        pressed,
        f"Delete {provider.name}",
        what_breaks(service, provider),
        typed=provider.name,
        action=delete,
        button="Delete",
        key=f"delete-provider-dialog-{provider.name}",
        then=told,
    )


def what_breaks(service: ProviderService, provider: ListedProvider) -> str:
    """What deleting a provider does to whom, in plain sentences."""
    try:
        found = service.consequences(provider)
    except ConsoleError as error:
        return f"Whom it locks out isn't known: {error}"
    said = [f"Nobody signs in through {provider.name} any more. It can't be undone: its secret is lost here."]
    if found.people is None:
        said.append("How many people come through it isn't known.")
    elif found.people:
        many = f"{found.people} people or more" if found.more else counted(found.people, "person", "people")
        said.append(f"{many} of this pool came through it and can't get in without a password.")
    else:
        said.append(
            "No profile of this pool was made by it; people that were linked to it keep their account."
        )
    if alone := only_way_in(provider):
        said.append(f"Nobody at all gets into {', '.join(alone)}: it offers nothing else.")
    elif found.clients:
        said.append(f"{', '.join(found.clients)} would still show its button, which then leads nowhere.")
    said.append(
        "Profiles, groups and links stay as they are. AWS takes links away only while the provider is there: "
        "where they are to go, unlink people before."
    )
    return " ".join(said)
