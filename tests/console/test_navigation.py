"""Which pages a role may open."""

from __future__ import annotations

import pytest

from console.navigation import PAGES, SPECS, pages_for
from services.roles import Permission, Role, allows

LATER = {"audits", "login_test"}


def test_every_page_file_is_registered() -> None:
    files = {path.stem for path in SPECS[0].path.parent.glob("*.py")}
    assert files <= {spec.name for spec in SPECS}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_exactly_the_pages_it_has_the_permission_for(role: Role) -> None:
    open_to_it = {spec.name for spec in pages_for(role)}
    assert open_to_it == {spec.name for spec in SPECS if allows(role, spec.permission) and spec.path.exists()}


def test_configuration_operators_and_onboarding_are_not_for_everyone() -> None:
    needs = {spec.name: spec.permission for spec in SPECS}
    assert needs["configuration"] == Permission.CONFIGURE
    assert needs["operators"] == Permission.OPERATORS
    assert needs["onboarding"] == Permission.BULK


def test_one_own_account_is_for_everyone() -> None:
    assert all("account" in {spec.name for spec in pages_for(role)} for role in Role)


def test_a_page_that_is_not_there_is_not_in_the_mapping() -> None:
    assert "account" in PAGES
    assert "nothing" not in PAGES
    assert set(PAGES) == {spec.name for spec in SPECS}
    assert [spec.path for spec in SPECS if not spec.path.exists()] == []
    with pytest.raises(KeyError):
        PAGES["nothing"]


def test_the_menu_says_how_much_waits_on_a_page() -> None:
    audits = next(spec for spec in SPECS if spec.name == "audits")
    assert (audits.label(0), audits.label(1204)) == ("Audits", "Audits (1,204)")
