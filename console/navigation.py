"""The pages of the console: where they stand, what they are called, and who may open them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from services.roles import Permission, Role, allows

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "pages"


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page: its file's name is its address."""

    name: str
    title: str
    icon: str
    permission: Permission = Permission.READ
    hidden: bool = False

    @property
    def path(self) -> Path:
        """Its script in `pages/`."""
        return FOLDER / f"{self.name}.py"

    def label(self, waiting: int) -> str:
        """What the menu calls it, with how many things wait there for whoever looks."""
        return f"{self.title} ({waiting:,})" if waiting else self.title


SPECS: tuple[PageSpec, ...] = (
    PageSpec("overview", "Overview", ":material/dashboard:"),
    PageSpec("users", "Users", ":material/person:"),
    PageSpec("groups", "Groups", ":material/group:"),
    PageSpec("onboarding", "Onboarding", ":material/upload_file:", Permission.BULK),
    PageSpec("jobs", "Jobs", ":material/work_history:"),
    PageSpec("schedule", "Schedule", ":material/schedule:"),
    PageSpec("audits", "Audits", ":material/fact_check:"),
    PageSpec("login_test", "Login test", ":material/key:", Permission.LOGIN_TEST),
    PageSpec("configuration", "Configuration", ":material/settings:", Permission.CONFIGURE),
    PageSpec("activity", "Activity", ":material/history:"),
    PageSpec("operators", "Operators", ":material/badge:", Permission.OPERATORS),
    PageSpec("user", "User", ":material/person:", hidden=True),
    PageSpec("group", "Group", ":material/group:", hidden=True),
    PageSpec("job", "Job", ":material/work_history:", hidden=True),
    PageSpec("account", "Your account", ":material/account_circle:", hidden=True),
)
_BY_NAME = {spec.name: spec for spec in SPECS}


def pages_for(role: Role) -> list[PageSpec]:
    """The pages that operators with `role` may open, in the order of the navigation."""
    return [spec for spec in SPECS if allows(role, spec.permission)]


def page_objects(
    specs: list[PageSpec], waiting: Mapping[str, int] | None = None, *, closed: Callable[[PageSpec], None]
) -> list[st.Page]:
    """Page objects for `st.navigation`; "/" leads on to the first of them, with what the address holds.

    `waiting`: how many things wait on a page, by its name; the menu says the number. `closed` is called in
    place of every other page, for whoever comes by its address: Streamlit alone would say that there is none.
    """

    def start() -> None:
        st.switch_page(_page(specs[0]), query_params=st.query_params.to_dict())

    # Streamlit shows its default page at "/" only, and every page of ours has an address of its own.
    first = st.Page(start, title="Start", url_path="start", default=True, visibility="hidden")
    others = [_closed_page(spec, closed) for spec in SPECS if spec not in specs]
    return [first, *(_page(spec, (waiting or {}).get(spec.name, 0)) for spec in specs), *others]


def _closed_page(spec: PageSpec, closed: Callable[[PageSpec], None]) -> st.Page:
    def show() -> None:
        closed(spec)

    return st.Page(show, title=spec.title, url_path=spec.name, visibility="hidden")


def _page(spec: PageSpec, waiting: int = 0) -> st.Page:
    # Each run needs objects of its own, for one of them is run; making one looks its file up anew.
    return copy(_model(spec, waiting))


@lru_cache(maxsize=256)
def _model(spec: PageSpec, waiting: int) -> st.Page:
    return st.Page(
        spec.path,
        title=spec.label(waiting),
        icon=spec.icon,
        url_path=spec.name,
        visibility="hidden" if spec.hidden else "visible",
    )


class _Pages(Mapping[str, st.Page]):
    """Page objects by name, made afresh because Streamlit ties them to one run of the script.

    Use `Context.may(...)` before linking to one that the operator's role may not open.
    """

    def __getitem__(self, name: str) -> st.Page:
        return _page(_BY_NAME[name])

    def __contains__(self, name: object) -> bool:
        return name in _BY_NAME  # without making a page: outside a run it would be made half, and kept so

    def __iter__(self) -> Iterator[str]:
        return iter(_BY_NAME)

    def __len__(self) -> int:
        return len(_BY_NAME)


PAGES: Mapping[str, st.Page] = _Pages()
