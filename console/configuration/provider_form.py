"""The form of an identity provider: where it stands, what is mapped; tried out, then saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from console.configuration.editor import Editor, closing_when_gone
from console.feedback import done, guarded, show_error
from console.widgets import dialog
from console.widgets.chain import show_chain
from console.widgets.secret_box import secret_box
from console.widgets.words import md, unmarked
from services.cognito.attributes import NEVER_WRITTEN, title_of
from services.cognito.models import UserPool
from services.cognito.providers import ProviderSettings
from services.errors import ChangedMeanwhile, InvalidValue, ProviderNotFound, RecordNotFound
from services.federation.draft import (
    USUAL_MAPPING,
    USUAL_SCOPES,
    ProviderDraft,
    ProviderKind,
    draft_of,
    usual_claim,
)
from services.federation.providers import ProviderService
from services.federation.trial import SENDS_BACK
from services.login.chain import Link, LinkState, first_failure
from services.login.checkup_providers import SPECIAL
from services.login.provider_metadata import LARGEST_FILE, oidc_from_file, saml_from
from services.pool_session import PoolSession

FIELDS = frozenset({"kind", "name", "source", "client_id", "secret", "scopes", "mapping", "identifiers"})
HERE, THERE = "In the pool", "At the provider"
ADDRESS, FILE = "From its address", "From a file"
_WIDTH = 560


def show_form(
    service: ProviderService, session: PoolSession, opened: Editor, saved: Callable[[], None]
) -> None:
    """Fields for a new provider or a stored one; `saved` is called once it was written.

    The form closes itself when the provider is gone. Raises `CognitoError`s.
    """
    with closing_when_gone(opened.tab):
        seen = _seen(service, opened)
        # the fields go on from where the form began, whatever happens at AWS meanwhile
        first = opened.remember("first", lambda: seen)
        old = draft_of(first) if first is not None else None
        pool = session.gateway.describe_pool()
        st.header(f"Change {md(seen.name)}" if seen else "New identity provider", anchor=False)
        draft = _fields(opened, old, pool)
        opened.other_problem(FIELDS)
        changed = seen is None or _changes(seen, draft)
        _show_meanwhile(opened)
        _try_and_save(service, opened, seen, draft, saved, changed=changed)


def _seen(service: ProviderService, opened: Editor) -> ProviderSettings | None:
    """The stored provider as it was when the form was opened; None for a new one."""
    if not opened.id:
        return None
    try:
        return opened.remember("seen", lambda: service.read(opened.id))
    except ProviderNotFound as error:
        raise RecordNotFound(error.message, error.next_step) from error


def _fields(opened: Editor, old: ProviderDraft | None, pool: UserPool) -> ProviderDraft:
    """The fields of the form, and what was typed as a draft."""
    kind = old.kind if old else _kind(opened)
    draft = ProviderDraft(kind, _name(opened, kind, old))
    draft = _source(opened, draft, old)
    if kind is not ProviderKind.SAML:
        draft = _client(opened, draft, old)
    else:
        signs_out = st.toggle(
            "Sign people out there, too",
            value=old.signs_out if old else False,
            key=opened.key("signs-out"),
            help="AWS: IDPSignout. The provider has to name where (SingleLogoutService).",
        )
        draft = replace(draft, signs_out=signs_out)
    mapping = _mapping(opened, kind, old, pool)
    opened.problem("mapping", mapping)
    names = st.multiselect(
        "Also known as",
        list(old.identifiers) if old else [],
        default=list(old.identifiers) if old else [],
        accept_new_options=True,
        placeholder="An e-mail domain, such as example.com",
        help="AWS: IdpIdentifiers. With an e-mail domain the login page can send people straight there.",
        key=opened.key("identifiers"),
        width=_WIDTH,
    )
    opened.problem("identifiers", tuple(names))
    return replace(draft, mapping=mapping, identifiers=tuple(names))


def _kind(opened: Editor) -> ProviderKind:
    chosen = st.radio(
        "Kind",
        list(ProviderKind),
        format_func=lambda kind: kind.words,
        horizontal=True,
        key=opened.key("kind"),
    )
    return chosen or ProviderKind.OIDC


def _name(opened: Editor, kind: ProviderKind, old: ProviderDraft | None) -> str:
    if old is not None or kind is ProviderKind.GOOGLE:
        fixed = old.name if old else "Google"
        st.text_input("Name", fixed, disabled=True, key=opened.key(f"fixed-{kind}"), width=_WIDTH)
        opened.problem("name", fixed)
        return fixed
    typed = st.text_input(
        "Name",
        key=opened.key("name"),
        placeholder="Company",
        help="It stands on the button of the login page, and can't be changed afterwards.",
        width=_WIDTH,
    )
    opened.problem("name", typed)
    return (typed or "").strip()


def _source(opened: Editor, draft: ProviderDraft, old: ProviderDraft | None) -> ProviderDraft:
    """Where the provider describes itself: an address, or a file."""
    if draft.kind is ProviderKind.GOOGLE:
        return draft
    saml = draft.kind is ProviderKind.SAML
    how = st.radio(
        "What it says of itself (metadata)" if saml else "What it says of itself (discovery)",
        [ADDRESS, FILE],
        index=1 if old is not None and old.file else 0,
        horizontal=True,
        key=opened.key(f"how-{draft.kind}"),
    )
    if how == FILE:
        return _from_file(opened, draft, old)
    typed = st.text_input(
        "Address of its metadata" if saml else "Issuer, or address of its description",
        old.source if old else "",
        placeholder="https://id.example.com/saml/metadata" if saml else "https://id.example.com",
        help=None if saml else "Ends with /.well-known/openid-configuration, or is what comes before that.",
        key=opened.key(f"source-{draft.kind}"),
        width=_WIDTH,
    )
    opened.problem("source", typed)
    return replace(draft, source=unmarked(typed or "").strip())


def _from_file(opened: Editor, draft: ProviderDraft, old: ProviderDraft | None) -> ProviderDraft:
    saml = draft.kind is ProviderKind.SAML
    file = st.file_uploader(
        "Its metadata (XML)" if saml else "Its description (openid-configuration, JSON)",
        type=["xml"] if saml else ["json"],
        max_upload_size=max(1, LARGEST_FILE // 1_000_000),
        key=opened.key(f"file-{draft.kind}"),
        width=_WIDTH,
    )
    if file is None:
        kept = replace(draft, file=old.file) if old is not None and saml else draft
        if kept.file:
            st.markdown("The metadata that the pool has stays, unless you choose another file.")
        return kept
    content = file.getvalue()
    try:
        if saml:
            saml_from(content)
            return replace(draft, file=content.decode())
        found = oidc_from_file(content)
        return replace(draft, source=found.issuer, endpoints=dict(found.endpoints))
    except UnicodeDecodeError:
        show_error(InvalidValue("The file isn't UTF-8.", "Save it as UTF-8, or give its address."))
    except InvalidValue as error:
        show_error(error)
    return draft


def _client(opened: Editor, draft: ProviderDraft, old: ProviderDraft | None) -> ProviderDraft:
    """The fields for the client ID and secret with which the pool is registered at the provider."""
    client_id = st.text_input(
        "Client ID that the provider gave the pool",
        old.client_id if old else "",
        key=opened.key("client-id"),
        width=_WIDTH,
    )
    opened.problem("client_id", client_id)
    secret = secret_box(
        "Client secret",
        autocomplete="new-password",
        placeholder="Leave blank to keep it" if old else "",
        help="It goes to AWS and is kept nowhere here.",
        key=opened.key("secret"),
        width=_WIDTH,
    )
    opened.problem("secret", secret)
    scopes = st.text_input(
        "What it is asked for (scopes)",
        old.scopes if old else USUAL_SCOPES[draft.kind],
        key=opened.key(f"scopes-{draft.kind}"),
        width=_WIDTH,
    )
    opened.problem("scopes", scopes)
    return replace(
        draft,
        client_id=unmarked(client_id or "").strip(),
        secret=secret or "",
        scopes=" ".join(unmarked(scopes or "").split()),
    )


def _mapping(opened: Editor, kind: ProviderKind, old: ProviderDraft | None, pool: UserPool) -> dict[str, str]:
    """The table of what is taken from the provider at every sign-in."""
    st.markdown("**What is taken from the provider at every sign-in**")
    known = [attribute.name for attribute in pool.schema if attribute.name not in NEVER_WRITTEN]
    usual = {name: claim for name, claim in USUAL_MAPPING[kind].items() if name in known}
    usual |= {
        attribute.name: usual_claim(kind, attribute.name)
        for attribute in pool.schema
        if attribute.required and attribute.name not in NEVER_WRITTEN
    }
    start = dict(old.mapping) if old else usual
    options = list(dict.fromkeys([*known, *start, SPECIAL]))
    edited = st.data_editor(
        pd.DataFrame({HERE: list(start), THERE: list(start.values())}, dtype=object),
        num_rows="dynamic",
        hide_index=True,
        column_config={
            HERE: st.column_config.SelectboxColumn(
                options=options, format_func=_attribute, required=True, width="medium"
            ),
            THERE: st.column_config.TextColumn(required=True, width="large", max_chars=200),
        },
        key=opened.key(f"mapping-{kind}"),
        width=_WIDTH + 160,
    )
    rows = zip(edited[HERE], edited[THERE], strict=True)
    return {str(name): unmarked(str(claim)).strip() for name, claim in rows if isinstance(name, str) and name}


def _attribute(name: object) -> str:
    if name == SPECIAL:
        return "What it knows the person by (username)"
    return f"{title_of(str(name))} ({name})"


def _changes(seen: ProviderSettings, draft: ProviderDraft) -> bool:
    """Show what saving would change, before and after; False if it would change nothing."""
    lines = _lines(provider_differences(seen, draft))
    st.markdown(f"**What changes**\n{lines}" if lines else "Nothing is changed yet.")
    return bool(lines)


Difference = tuple[str, str, str]


def _lines(differences: list[Difference]) -> str:
    return "\n".join(
        f"- {md(what)}: {md(before or 'none')} → **{md(after or 'none')}**"
        for what, before, after in differences
    )


def provider_differences(seen: ProviderSettings, draft: ProviderDraft) -> list[Difference]:
    """What a draft changes of a provider, as (what, before, after); a secret only by that it changes."""
    wanted = replace(
        seen, details=draft.details(seen.details), mapping=draft.mapping, identifiers=draft.identifiers
    )
    found = _between(seen, wanted)
    if draft.secret:
        found.append(("Client secret", "the stored one", "the one typed"))
    return found


def _between(before: ProviderSettings, after: ProviderSettings) -> list[Difference]:
    """What is different between two states of a provider, as (what, before, after)."""
    found = _compared("", before.details, after.details)
    found += _compared("Mapping of ", before.mapping, after.mapping)
    old, new = ", ".join(before.identifiers), ", ".join(after.identifiers)
    return [*found, ("Also known as", old, new)] if old != new else found


def _compared(prefix: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (f"{prefix}{name}", _short(old.get(name, "")), _short(new.get(name, "")))
        for name in dict.fromkeys((*old, *new))
        # a switch that was never set is off
        if old.get(name, "") != new.get(name, "") and (old.get(name), new.get(name)) != (None, "false")
    ]


def _show_meanwhile(opened: Editor) -> None:
    """What somebody else changed while the form was open, once that kept it from being saved."""
    kept: tuple[ChangedMeanwhile, list[Difference]] | None = st.session_state.get(opened.key("meanwhile"))
    if kept is None:
        return
    refused, differences = kept
    st.warning(
        f"{md(refused.message)} This is what they changed:\n{_lines(differences)}\n\n“What changes” above is "
        "compared with how it is now: what this form still has otherwise is set back when you save.",
        icon=":material/warning:",
    )


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{len(text):,} characters"


def _try_and_save(
    service: ProviderService,
    opened: Editor,
    seen: ProviderSettings | None,
    draft: ProviderDraft,
    saved: Callable[[], None],
    *,
    changed: bool,
) -> None:
    """Try the draft out, and save what is `changed` once it was; a failed check can be overruled."""
    key = opened.key("trial")
    tried = st.session_state.get(key)
    bare = replace(draft, secret="")
    links: tuple[Link, ...] = tried[1] if tried is not None and tried[0] == bare else ()
    dialog.ask_note(opened.key, "optional")
    broken = first_failure(links)
    with st.container(horizontal=True):
        opened.cancel_button()
        check = st.button(
            "Try it out",
            type="secondary" if links else "primary",
            icon=":material/rule:",
            key=opened.key("try"),
        )
        save = st.button(
            "Save in spite of it" if broken else "Save",
            type="primary" if links and changed and not broken else "secondary",
            disabled=not links or not changed,
            help=None if links else "Try it out first: then it can be saved.",
            key=opened.key("save"),
        )
    if check:
        with guarded(), st.spinner("Asking the provider…", show_time=True):
            links = service.try_out(draft)
            st.session_state[key] = (bare, links)
            st.rerun()
    if save:
        with guarded():
            _save(service, opened, seen, draft)
            saved()
            st.rerun()
    if links:
        show_chain([link for link in links if link.state is not LinkState.NOT_APPLICABLE], key=opened.nonce)
        for link in links:
            if link.key == SENDS_BACK and link.state is LinkState.PASSED:
                # to be copied as it is, which text on a page isn't
                st.code(link.detail, language=None)


def _save(
    service: ProviderService, opened: Editor, seen: ProviderSettings | None, draft: ProviderDraft
) -> None:
    why = dialog.noted(opened.key)
    if missing := dialog.note_problems(why, "optional"):
        st.error(md(" ".join(missing)), icon=":material/error:")
        st.stop()
    if seen is None:
        performed = opened.save(lambda: service.add(draft, **why))
        text = f"The identity provider {draft.name} is added. Now let an app client offer it."
    else:
        try:
            performed = opened.save(lambda: service.change(seen, draft, **why))
        except ChangedMeanwhile as error:
            now = service.read(seen.name)
            opened.remember_anew("seen", now)
            st.session_state[opened.key("meanwhile")] = (error, _between(seen, now))
            st.rerun()
        text = f"The identity provider {draft.name} is changed, and was read again."
        if performed.after.get("also_changed"):
            text += " It isn't quite as it was asked for: look at it."
    done(text, performed.activity_id)
