"""Where the encryption key comes from, and the configuration as a file: out and in."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console.configuration.editor import Editor, current, open_editor
from console.context import Context
from console.feedback import done, guarded
from console.widgets.downloads import download
from console.widgets.secret_box import secret_box
from console.widgets.table import show_table
from console.widgets.words import md
from services.activity_report import field_changes
from services.configuration import bundle, passphrase
from services.configuration.transfer import Effect, ImportItem, ImportPlan, OnClash, TransferService
from services.store.store import Store

TAB = "backup"
CLASHES = {
    OnClash.KEEP: "Keep what is here",
    OnClash.REPLACE: "Change it to what the file says",
    OnClash.BESIDE: "Add the file's beside it, under a new name",
}
EFFECTS = {
    Effect.ADD: "will be added",
    Effect.CHANGE: "will be changed",
    Effect.SAME: "is here already",
    Effect.KEEP: "differs; stays as it is here",
}


def show_backup(ctx: Context) -> None:
    """The tab “Encryption and backup”: the key, an export to a file, an import from one."""
    service = TransferService(ctx.store, ctx.who)
    _key(ctx.store)
    st.divider()
    _export(service)
    st.divider()
    _import(service)


def _key(store: Store) -> None:
    st.header("Encryption", anchor=False)
    file = store.keys.file
    source = (
        f"the key file {md(file)}"
        if file is not None
        else "the environment variable CONSOLE\\_ENCRYPTION\\_KEYS"
    )
    number = len(store.keys.keys)
    st.markdown(
        "Keys of AWS, client secrets, passwords waiting to be handed over, and people's data in jobs and in "
        f"the activity log are stored encrypted. The key comes from {source}"
        + (f"; it holds {number} keys: the first encrypts, all decrypt." if number > 1 else ".")
    )
    st.markdown(
        "Keep a copy of the key apart from the database's backups: without it what is encrypted is lost, and "
        "with both anyone can read it."
    )
    if file is not None:
        st.markdown("To change the key, stop the console and run in its folder:")
    else:
        st.markdown(
            "To change the key: stop the console; make a new key (`python -m console keys new`); put it in "
            "front of the old one in the variable, with a comma between; run the command below; then take "
            "the old key away and start the console."
        )
    st.code("python -m console keys rotate", language=None)


def _export(service: TransferService) -> None:
    st.header("Export the configuration", anchor=False)
    st.markdown(
        "Connections, pools and applications as one file, for another console or for safe-keeping. "
        "Operators, their passwords and the activity log are never in it."
    )
    with_secrets = st.radio(
        "Secrets (keys of AWS, client secrets)",
        [False, True],
        format_func=lambda yes: "Encrypted under a passphrase" if yes else "Left out",
        key="export-secrets",
        horizontal=True,
    )
    words = _new_passphrase() if with_secrets else ""
    if words is None:
        return
    name = f"cognito-console-configuration-{datetime.now(UTC):%Y-%m-%d}.json"
    download(
        "Export with encrypted secrets" if with_secrets else "Export without secrets",
        name,
        lambda: service.export(words),
        mime="application/json",
        logged=False,
        key="export-download",
    )


def _new_passphrase() -> str | None:
    """The passphrase once it is good and typed twice; None while it isn't."""
    left, right = st.columns(2)
    with left:
        words = secret_box(
            "Passphrase",
            key="export-words",
            autocomplete="new-password",
            help=f"At least {passphrase.SHORTEST} characters. Without it the file's secrets are lost.",
        )
    with right:
        again = secret_box("The same again", key="export-again", autocomplete="new-password")
    if not words or not again:
        st.markdown("Type a passphrase twice, and give it to whoever imports the file by another way.")
        return None
    good: str | None = None
    with guarded():
        good = passphrase.check_new(words, again)
    return good


def _import(service: TransferService) -> None:
    st.header("Import a configuration", anchor=False)
    opened = current(TAB)
    if opened is None:
        open_editor(TAB)
        opened = current(TAB)
    if opened is None:
        return
    file = st.file_uploader(
        "A file that this page exported", type=["json"], max_upload_size=5, key=opened.key("file")
    )
    if file is None:
        return
    with guarded():
        data = file.getvalue()
        words = _words(data, opened)
        if words == "":
            return
        on_clash = st.radio(
            "Where something here has the same name and differs",
            list(OnClash),
            format_func=CLASHES.__getitem__,
            key=opened.key("clash"),
        )
        whole = service.read(data, words)
        plan = service.preview(whole, on_clash or OnClash.KEEP)
        _preview(plan)
        if plan.does_nothing:
            st.info("There is nothing to import: all of it is here.", icon=":material/info:")
            return
        if st.button(_button(plan), type="primary", key=opened.key("apply")):
            line = opened.save(lambda: service.apply(whole, on_clash or OnClash.KEEP, plan))
            done(f"Imported: {_counts(plan)}.", line)
            st.rerun()
        opened.other_problem(())


def _words(data: bytes, opened: Editor) -> str | None:
    """The passphrase; None when the secrets are left out or there are none, "" while it is awaited."""
    if not bundle.has_secrets(data):
        st.markdown("The file holds no secrets; you enter them afterwards.")
        return None
    if st.checkbox("Leave its secrets out", key=opened.key("without")):
        return None
    with st.form(opened.key("passphrase"), border=False):
        words = st.text_input(
            "The file's passphrase", type="password", key=opened.key("words"), autocomplete="off", width=400
        )
        st.form_submit_button("Open")
    return words or ""


def _preview(plan: ImportPlan) -> None:
    table = {
        "What": [item.kind for item in plan.items],
        "Name": [item.name for item in plan.items],
        "What happens": [EFFECTS[item.effect] for item in plan.items],
        "Differences": [_differences(item) for item in plan.items],
        "Note": [item.note for item in plan.items],
    }
    show_table(table, "What the import would do")


def _differences(item: ImportItem) -> str:
    return "; ".join(map(str, field_changes(item.before, item.after)))


def _counts(plan: ImportPlan) -> str:
    parts = [(plan.count(Effect.ADD), "added"), (plan.count(Effect.CHANGE), "changed")]
    return ", ".join(f"{number} {word}" for number, word in parts if number)


def _button(plan: ImportPlan) -> str:
    parts = [(plan.count(Effect.ADD), "add"), (plan.count(Effect.CHANGE), "change")]
    return "Import: " + " and ".join(f"{word} {number}" for number, word in parts if number)
