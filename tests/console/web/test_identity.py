"""The stamp that says who is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from console.web import identity


def test_what_this_process_stamped_is_read_back() -> None:
    assert identity.public_id_in(identity.stamp("abc.def")) == "abc.def"


@pytest.mark.parametrize("value", [None, "", ".", "abc", "abc.", "abc.00", ".00"])
def test_anything_else_is_nobody(value: str | None) -> None:
    assert identity.public_id_in(value) == ""


def test_a_stamp_fits_its_own_id_only() -> None:
    signature = identity.stamp("ann").rpartition(".")[2]
    assert identity.public_id_in(f"eve.{signature}") == ""


def test_the_stamp_of_another_process_is_worthless() -> None:
    other = subprocess.run(
        [sys.executable, "-c", "from console.web import identity; print(identity.stamp('ann'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.startswith("ann.")
    assert identity.public_id_in(other.stdout.strip()) == ""
