"""The chain on the page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from services.login.chain import LinkState


def _script() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.widgets.chain import show_chain  # noqa: PLC0415
    from services.login.chain import doubtful, failed, not_reached, passed  # noqa: PLC0415

    show_chain(
        [
            passed("a", "Reached ![x](http://evil/i.png)", "It was read."),
            failed("b", "Callback", "The client refuses **it**.", "Add it to the client."),
            failed("c", "Second", "Also wrong.", "Do the other thing."),
            doubtful("d", "MFA", "Can't be told.", "Ask."),
            not_reached("e", "Role"),
        ],
        key="t",
        fix_control=lambda link: st.write(f"control of {link.key}") and None,
    )


def test_every_link_stands_with_its_state_in_words_and_only_the_first_broken_one_is_open() -> None:
    at = AppTest.from_function(_script, default_timeout=30).run()
    assert not at.exception
    text = " ".join(text.value for text in at.markdown)
    for state in (LinkState.PASSED, LinkState.FAILED, LinkState.DOUBTFUL, LinkState.NOT_REACHED):
        assert str(state) in text
    assert [expander.proto.expanded for expander in at.expander] == [True, False, False]
    assert "control of b" in text


def test_names_from_elsewhere_are_not_read_as_markdown() -> None:
    at = AppTest.from_function(_script, default_timeout=30).run()
    assert not any("![x](" in text.value for text in at.markdown)
