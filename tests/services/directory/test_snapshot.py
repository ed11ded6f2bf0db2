"""What a snapshot says of itself: how complete it is, and what of it can be answered."""

from __future__ import annotations

import pytest

from services.directory.snapshot import Completeness

CUT = Completeness(("The members of billing could not be read.",), unread_groups=frozenset({"billing"}))


@pytest.mark.parametrize(
    ("found", "complete", "sentence"),
    [
        (Completeness(), True, "Complete: all users, groups and memberships were read."),
        (CUT, False, "NOT complete. The members of billing could not be read."),
        (Completeness(users_known=False), False, "NOT complete. Some of it could not be read."),
        (Completeness(groups_known=False), False, "NOT complete. Some of it could not be read."),
    ],
)
def test_the_statement_says_complete_only_where_everything_was_read(
    found: Completeness, complete: bool, sentence: str
) -> None:
    assert (found.complete, found.sentence) == (complete, sentence)
