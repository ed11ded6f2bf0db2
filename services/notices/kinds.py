"""What can be told, and the words of it. No personal data by default: numbers, the pool, and a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.words import NamedInWords


class NoticeKind(NamedInWords):
    """What a notice is about, with the words by which people choose it."""

    JOB_ENDED = "job_ended", "A job has ended"
    JOB_WAITS = "job_waits", "A job waits for something"
    PASSWORDS = "passwords", "Passwords wait to be handed over"
    LOOK = "look", "Work by schedule asks for a look (new findings, rows of a question)"
    SCHEDULE_FAILED = "schedule_failed", "Work by schedule has failed"
    INVITATIONS = "invitations", "Invitations are about to expire (on days on which the pool is audited)"
    REVIEW_ASKED = "review_asked", "A review asks somebody to decide"
    REVIEW_DUE = "review_due", "A review is due soon"
    OWN_SIGN_IN = "own_sign_in", "Your sign-in to this console was changed"
    GUESSING = "guessing", "Somebody seems to guess passwords of this console"
    MANY_FILES = "many_files", "Somebody takes very many files about people"
    LOG_BROKEN = "log_broken", "The activity log isn't intact"
    KEY_TROUBLE = "key_trouble", "Something is wrong with the encryption key"
    DISK_TROUBLE = "disk_trouble", "Something is wrong with the database or its disk"


ADDRESSED = (
    NoticeKind.REVIEW_ASKED,
    NoticeKind.REVIEW_DUE,
    NoticeKind.OWN_SIGN_IN,
    NoticeKind.GUESSING,
    NoticeKind.MANY_FILES,
    NoticeKind.LOG_BROKEN,
    NoticeKind.KEY_TROUBLE,
    NoticeKind.DISK_TROUBLE,
)
"""What goes to the people it is about, also when they have chosen nothing."""


FOR_CHANNELS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.OWN_SIGN_IN)
"""What a chat or webhook can be told: nobody there would know whose sign-in is meant."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. `key` says what it is about, once and for all; `at` when it happened.

    `path` leads to it in the console. `operator_ids` are those whom it concerns; none: whoever wants to
    know.
    """

    key: str
    kind: NoticeKind
    at: datetime
    title: str
    body: str
    path: str
    pool_record_id: str = ""
    operator_ids: tuple[str, ...] = ()

    @property
    def text(self) -> dict[str, Any]:
        """Title, body and the page to open (`path`), as the outbox stores them."""
        return {"title": self.title, "body": self.body, "path": self.path}
