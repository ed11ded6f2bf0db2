"""What Streamlit's theme settings can't say about the look of the console."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

NAME = "Cognito Ops Console"
_ASSETS = Path(__file__).with_name("assets")

# What can't be taken back is red in every dialog (console/widgets/dialog.py). Streamlit leaves a
# hand's breadth above every page; a work tool is dense. What was done is told in a corner, over the
# page, which can be scrolled past it. With the sidebar folded away, its button and our sign stand there.
# What is chosen is written in the main colour, which is too dark for a dark page: white stands on it
# in buttons.
# What can be done with a person takes the same room whatever it is, so that nothing below moves when
# somebody is disabled or enabled.
# A link on a page to another part of the same page looks like any other link.
# What gives the keyboard to a place (console/widgets/focus.py) is there for some runs only: it takes no room.
# What leads past a part of a page is seen while it has the keyboard; where a page begins needs no frame.
# Links show where the keyboard is, too; no heading has a link to itself, which would only be in its way.
# What stands small under a choice is paler than the choice, but not too pale to be read.
# A table's own buttons hang over the end of its headings, and not over what stands above it.
# A picture that is as wide as it has to be is moved in its own place, not the page with it.
# With little room, what a button or a box to tick says isn't cut off, two columns stand one below
# the other, and tabs that find no room on one line go on in the next.
_STYLE = """<style>
.stMainBlockContainer { padding: 2.75rem 2.5rem 3rem; }
[data-testid="stSidebarHeader"] { padding-bottom: 0.25rem; margin-bottom: 0.5rem; }
@media (max-width: 900px) { .stMainBlockContainer { padding: 2.75rem 1rem 2rem; }
  [class*="st-key-side-by-side-"] > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]
    > [data-testid="stColumn"] { min-width: 100%; }
  .stMain [role="tablist"] { flex-wrap: wrap; row-gap: 0; } }
:is([data-testid="stCheckbox"], .stMain [data-testid="stButton"]) .stMarkdownEllipsis,
:is([data-testid="stCheckbox"], .stMain [data-testid="stButton"]) .stMarkdownEllipsis p {
  white-space: normal; }
[role="tab"][aria-selected="true"] p, button[data-variant][data-selected="true"] p,
button[kind="tertiary"]:not(:disabled):is(:hover, :active, [aria-expanded="true"]) {
  color: light-dark(#0b6e66, #35b5a9); }
[data-testid="stHeaderActionElements"] { display: none; }
[data-testid="stDataFrame"] > [data-testid="stElementToolbar"] { top: 0 !important; padding-top: 0;
  transform: none; transition: opacity 0.2s; }
.stMain a[data-testid="stPageLink-NavLink"]:not(:hover) { background: transparent; }
.stMain a[data-testid="stPageLink-NavLink"] p { font-weight: 400; }
.stApp .stMain:focus-visible::before { box-shadow: none !important; }
[class*="st-key-go-on-"] { position: absolute; }
[data-testid="stElementContainer"]:has(> .stHtml > .console-skip) { position: absolute; z-index: 1; }
a.console-skip:not(:focus) { opacity: 0; pointer-events: none; }
a.console-skip { display: block; width: max-content; padding: 0.5rem 1rem; transform: translateY(-2.5rem);
  background: light-dark(#fff, #1a1f24); color: light-dark(#0b6e66, #35b5a9); }
[data-testid="stSidebar"] a:focus-visible, .stMain a:focus-visible { outline: 2px solid
  light-dark(#0b6e66, #35b5a9); outline-offset: -2px; }
.stApp [data-testid="stCaptionContainer"] { opacity: 0.8; }
[class*="st-key-scrolls-sideways-"] { overflow-x: auto; }
div[data-testid="stSliderThumbValue"] { color: inherit; }
[class*="st-key-danger-"] button:not(:disabled) { background: #b3261e; border-color: #b3261e; color: #fff; }
[class*="st-key-danger-"] button:not(:disabled):hover { background: #8c1d18; border-color: #8c1d18; }
.st-key-console-done { position: fixed; right: 1.5rem; bottom: 1.25rem; z-index: 1000; width: 26rem;
  max-width: calc(100vw - 3rem); padding: 0.75rem; border-radius: 0.5rem; border: 1px solid #8886;
  background: #8882; backdrop-filter: blur(14px); box-shadow: 0 4px 18px #0003; }
@media (min-width: 901px) { .st-key-user-actions { min-height: 40.25rem; } }
.stApp:has(.st-key-console-done) .stMainBlockContainer { padding-bottom: 20rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-console-done-place) { position: absolute; }
.stApp:has([data-testid="stExpandSidebarButton"]) .stMainBlockContainer { padding-top: 4.5rem; }
@media print { [data-testid="stSidebar"] { display: none; } }
</style>"""


def set_page_up() -> None:
    """Set the page up; first call of every run."""
    # An emoji: a material icon would make the browser fetch it from another host, and a file
    # stands behind the gate, where the sign-in page's browser can't fetch it.
    st.set_page_config(page_title=NAME, page_icon="🛡️", layout="wide", initial_sidebar_state=230)
    st.html(_STYLE)


def side_by_side(
    name: str, ratio: tuple[int, int] = (1, 1), *, gap: Literal["small", "large"] = "large"
) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns whose widths are in this ratio; in a narrow window the second stands below the first."""
    with st.container(key=f"side-by-side-{name}"):
        left, right = st.columns(ratio, gap=gap)
    return left, right


def logo() -> None:
    """The console's sign above the navigation."""
    st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")


def tab_title(title: str) -> None:
    """Name the browser's tab after the page."""
    st.set_page_config(page_title=f"{title} · {NAME}")
