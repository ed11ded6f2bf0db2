"""The top of every page: who, which pool, what was done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from services.store.connections import Connection, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.console import sign_in_as

Cast = dict[str, Operator]


def plain_page() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.page import open_page  # noqa: PLC0415

    ctx = open_page("A *page*", "What it is [for](http://x).")
    st.text(f"pool {ctx.pool.name}")


def admin_page() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.page import open_page  # noqa: PLC0415
    from services.roles import Permission  # noqa: PLC0415

    open_page("Secret", "For some.", permission=Permission.CONFIGURE, needs_pool=False)
    st.text("secret things")


def acting_page() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.feedback import done, guarded  # noqa: PLC0415
    from console.page import open_page  # noqa: PLC0415
    from services.errors import UserNotFound  # noqa: PLC0415

    open_page("Acting", "Does things.", needs_pool=False)
    if st.button("Do"):
        done("Enabled *Bo* <b>")
        st.rerun()
    if st.button("Fail"):
        with guarded():
            raise UserNotFound("There is no *Bo*.", "Look [again](http://x).")
        st.text("the rest of the page")
    st.button("Nothing")


@pytest.fixture
def pools(console_store: Store) -> list[str]:
    connection = console_store.connections.add(Connection("aws", "eu-west-1", CredentialKind.DEFAULT))
    for name in ("customers", "staff"):
        console_store.pools.add(PoolRecord(connection.id, f"eu-west-1_{name}", name))
    return ["customers", "staff"]


def open_script(store: Store, operator: Operator, script: Callable[[], None], **query: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    app.user = {"session": identity.stamp(sign_in_as(store, operator)[0])}
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_title_and_purpose_are_shown_as_they_are(console_store: Store, cast: Cast, pools: list[str]) -> None:
    app = open_script(console_store, cast["sam"], plain_page)
    assert app.title[0].value.replace("\\", "").replace("\N{WORD JOINER}", "") == "A *page*"
    assert "[for]" not in app.markdown[0].value


def test_the_first_pool_is_chosen_and_stands_in_the_address(
    console_store: Store, cast: Cast, pools: list[str]
) -> None:
    app = open_script(console_store, cast["sam"], plain_page)
    assert app.text[0].value == "pool customers"
    assert app.query_params["pool"] == "customers"


def test_a_link_opens_the_pool_it_names(console_store: Store, cast: Cast, pools: list[str]) -> None:
    app = open_script(console_store, cast["sam"], plain_page, pool="staff", id="7")
    assert app.text[0].value == "pool staff"
    assert app.query_params["id"] == "7"


def test_the_switch_changes_the_pool_and_the_address(
    console_store: Store, cast: Cast, pools: list[str]
) -> None:
    app = open_script(console_store, cast["sam"], plain_page)
    app.selectbox[0].set_value("staff").run()
    assert app.text[0].value == "pool staff"
    assert app.query_params["pool"] == "staff"
    app.selectbox[0].set_value("customers").run()
    assert app.text[0].value == "pool customers"


def page_about_no_pool() -> None:
    from console.page import open_page  # noqa: PLC0415

    open_page("Operators", "", needs_pool=False, about_a_pool=False)


def test_a_page_that_is_about_no_pool_has_no_switch(
    console_store: Store, cast: Cast, pools: list[str]
) -> None:
    app = open_script(console_store, cast["sam"], page_about_no_pool)
    assert not app.exception
    assert not app.selectbox
    assert "pool" not in app.query_params


def test_the_choice_is_kept_where_the_address_says_nothing(
    console_store: Store, cast: Cast, pools: list[str]
) -> None:
    app = open_script(console_store, cast["sam"], plain_page, pool="staff")
    del app.query_params["pool"]
    app.run()
    assert app.text[0].value == "pool staff"


def test_a_pool_that_is_not_there_is_said(console_store: Store, cast: Cast, pools: list[str]) -> None:
    app = open_script(console_store, cast["sam"], plain_page, pool="gone*")
    assert "There is no user pool of the name in the address" in app.warning[0].value
    assert "gone" not in app.warning[0].value
    assert app.text[0].value == "pool customers"


@pytest.mark.parametrize(("who", "words"), [("ann", "First steps"), ("sam", "nothing to show")])
def test_without_a_pool_the_page_says_what_to_do_and_stops(
    console_store: Store, cast: Cast, who: str, words: str
) -> None:
    app = open_script(console_store, cast[who], plain_page)
    assert words in " ".join(shown.value for shown in [*app.info, *app.header])
    assert not app.text
    assert not app.exception


def test_a_page_that_the_role_may_not_open_stops(console_store: Store, cast: Cast) -> None:
    app = open_script(console_store, cast["max"], admin_page)
    assert not app.text
    said = app.error[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "Your role is manager; this needs admin." in said
    assert open_script(console_store, cast["ann"], admin_page).text[0].value == "secret things"


@pytest.mark.parametrize("stamp", ["", "made-up", "made-up.0000"])
def test_without_a_session_nothing_is_shown(console_store: Store, cast: Cast, stamp: str) -> None:
    app = AppTest.from_function(admin_page, default_timeout=60)
    app.user = {"session": stamp}
    app.run()
    assert not app.title
    assert not app.text


def test_what_was_done_is_said_once_on_the_next_run(console_store: Store, cast: Cast) -> None:
    app = open_script(console_store, cast["sam"], acting_page)
    app.button[0].click().run()
    assert [message.value.replace("\\", "").replace("\N{WORD JOINER}", "") for message in app.success] == [
        "Enabled *Bo* <b>"
    ]
    app.button[2].click().run()
    assert not app.success


def test_an_error_is_said_with_its_next_step_and_the_page_goes_on(console_store: Store, cast: Cast) -> None:
    app = open_script(console_store, cast["sam"], acting_page)
    app.button[1].click().run()
    assert (
        app.error[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")
        == "There is no *Bo*.\n\nLook [again](http://x)."
    )
    assert app.text[0].value == "the rest of the page"
    assert not app.exception


def test_a_click_after_the_session_ended_does_nothing(console_store: Store, cast: Cast) -> None:
    app = open_script(console_store, cast["sam"], acting_page)
    console_store.sessions.revoke_operator(cast["sam"].id)
    app.button[0].click().run()
    assert not app.success
    assert not app.title


def _never_drawn() -> None:
    import streamlit as st  # noqa: PLC0415

    while True:
        st.empty()


def test_a_page_that_is_never_drawn_is_given_up() -> None:
    with pytest.raises(RuntimeError, match=r"drawn within 0\.1 s"):
        AppTest.from_function(_never_drawn).run(timeout=0.1)
