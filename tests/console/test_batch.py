"""Changes made while the operator watches: what happens when they are interrupted."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.fixtures.tables import tables


def page() -> None:
    """A page with six changes; after the third somebody clicks. It runs as a script of its own."""
    from types import SimpleNamespace  # noqa: PLC0415
    from typing import Any  # noqa: PLC0415

    import streamlit as st  # noqa: PLC0415

    from console import batch  # noqa: PLC0415
    from services.cognito.actions import AddToGroup  # noqa: PLC0415
    from services.cognito.models import PersonRef  # noqa: PLC0415

    class Path:
        """Notes who was changed; the third change comes with a click on something else."""

        gateway = SimpleNamespace(
            groups_of=lambda username: (),
            find_user=lambda **who: SimpleNamespace(username=next(iter(who.values()))),
        )

        def who(self) -> Any:
            return SimpleNamespace(require=lambda permission: None)

        def perform(self, change: Any, **rest: Any) -> Any:
            made = st.session_state.setdefault("made", [])
            made.append(change.person.username)
            st.session_state["clicked"] = len(made) == 3
            if len(made) == 3 and st.session_state.get("leaves"):
                st.session_state["pool"] = "customers"
            return SimpleNamespace(activity_id=f"line-{len(made)}")

    pool = SimpleNamespace(name=st.session_state.get("pool", "staff"))
    ctx: Any = SimpleNamespace(pool=pool, pool_session=SimpleNamespace(changes=Path()))
    people = [PersonRef(name, name, name) for name in "abcdef"]
    if st.button("go"):
        batch.start(
            ctx, [AddToGroup(person, "g") for person in people], title="Added", done="added", undone="out"
        )
        st.rerun()
    real = st.progress

    def progress(*given: Any, **more: Any) -> Any:
        bar = real(*given, **more)

        def update(*told: Any, **also: Any) -> None:
            if st.session_state.pop("clicked", False):
                st.rerun()  # what Streamlit does to a script when somebody clicks meanwhile
            bar.progress(*told, **also)

        return SimpleNamespace(progress=update)

    batch.st.progress = progress
    try:
        batch.run_waiting(ctx)
    finally:
        batch.st.progress = real


def started() -> AppTest:
    app = AppTest.from_function(page, default_timeout=30).run()
    return app.button[0].click().run()


def test_an_interrupted_batch_goes_on_and_does_nothing_twice() -> None:
    app = started()
    assert not app.exception
    assert app.session_state["made"] == list("abcdef")
    assert "6 added" in app.success[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")
    assert list(tables(app)[0].value["Outcome"]) == ["Done"] * 6


def test_undo_is_offered_for_what_was_done_and_closing_forgets_it() -> None:
    app = started()
    labels = [button.label for button in app.button]
    assert "Undo for 6 people" in labels
    app.button(key="console-batch-close").click().run()
    assert not app.success


def test_going_to_another_pool_leaves_the_rest_undone() -> None:
    app = AppTest.from_function(page, default_timeout=30)
    app.session_state["leaves"] = True
    app.run()
    app.button[0].click().run()
    assert app.session_state["made"] == list("abc")
    assert not app.success
    app.session_state["pool"] = "staff"
    app.run()
    assert app.session_state["made"] == list("abc")
    assert "3 added, 3 not attempted" in app.warning[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")


def dangerous_page() -> None:
    """A page with two dangerous changes, for somebody whose second factor was given long ago."""
    from types import SimpleNamespace  # noqa: PLC0415
    from typing import Any  # noqa: PLC0415

    import streamlit as st  # noqa: PLC0415

    from console import batch  # noqa: PLC0415
    from services.cognito.actions.users import DisableUser  # noqa: PLC0415
    from services.cognito.models import PersonRef  # noqa: PLC0415
    from services.roles import Actor, Origin, Role  # noqa: PLC0415

    def who() -> Actor:
        return Actor("max", "max", Role.MANAGER, Origin.BROWSER, not st.session_state.get("proved"))

    class Path:
        gateway = SimpleNamespace(
            find_user=lambda *_, **__: SimpleNamespace(enabled=True, status="CONFIRMED")
        )

        def __init__(self) -> None:
            self.who = who

        def perform(self, change: Any, **rest: Any) -> Any:
            st.session_state.setdefault("made", []).append(change.person.username)
            return SimpleNamespace(activity_id="line")

    ctx: Any = SimpleNamespace(
        pool=SimpleNamespace(name="staff"), pool_session=SimpleNamespace(changes=Path()), who=who
    )
    if st.button("go"):
        changes = [DisableUser(PersonRef(name, name, name)) for name in "ab"]
        batch.start(ctx, changes, title="Disabled", done="disabled")
        st.rerun()
    batch.run_waiting(ctx)


def test_dangerous_changes_wait_until_the_second_factor_was_given_again() -> None:
    app = AppTest.from_function(dangerous_page, default_timeout=30).run()
    app.button[0].click().run()
    assert not app.exception
    assert "second factor is asked again" in app.warning[0].value
    assert "made" not in app.session_state
    app.session_state["proved"] = True
    app.button(key="console-batch-go-on").click().run()
    assert not app.exception
    assert not app.warning
    assert len(tables(app)[0].value) == 2
