"""Cells that ask for something which the action of their row doesn't do."""

from __future__ import annotations

import pytest

from tests.services.bulk.conftest import Bulk, aws_environment, staff

__all__ = ["aws_environment", "staff"]


@pytest.mark.parametrize(
    ("head", "cells", "column"),
    [
        (("username", "second_factor"), ("megan.hughes", "none"), "second_factor"),
        (("username", "action", "enabled"), ("megan.hughes", "sign_out", "false"), "enabled"),
        (("username", "action", "groups"), ("megan.hughes", "forget_devices", "billing"), "groups"),
        (("username", "IDP"), ("ann.lindqvist", "Okta"), "IDP"),
        (("username", "action", "password"), ("megan.hughes", "disable", "Their-Own-1!"), "password"),
    ],
)
def test_what_is_filled_in_and_not_read_is_told(
    staff: Bulk, head: tuple[str, ...], cells: tuple[str, ...], column: str
) -> None:
    plan = staff.plan(head, cells)
    assert (
        f"“{column}” has a value in 1 row whose action doesn't read it (first in row 2): nothing is done "
        "about it there." in plan.remarks
    )


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        (("username", "action", "given_name"), ("megan.hughes", "disable", "Megan")),
        (("username", "action", "second_factor"), ("megan.hughes", "set_mfa_preference", "none")),
        (("username", "action", "enabled"), ("megan.hughes", "sign_out", "")),
        (("username", "action", "enabled"), ("megan.hughes", "disable", "false")),
        (("username", "action", "enabled", "groups"), ("megan.hughes", "leaver", "false", "billing")),
        (("username", "groups", "enabled"), ("megan.hughes", "billing", "true")),
    ],
)
def test_what_is_read_or_only_says_who_is_meant_is_not_told(
    staff: Bulk, head: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    assert not any("doesn't read it" in remark for remark in staff.plan(head, cells).remarks)
