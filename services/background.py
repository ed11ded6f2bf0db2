"""Everything that is done without anybody's looking: jobs, schedules, notices, clean-up."""

from __future__ import annotations

from services.audits.reviews.unanswered import ANSWER_OVERDUE
from services.bulk.runner import ERASE_LEFTOVERS, LOOK_FOR_JOBS, RUN_JOB
from services.clean_up import CLEAN_UP, FORGET_MINUTES, LOOK_AFTER, PROVE_LOG
from services.notices.post import SEND_NOTICES
from services.schedule.scheduler import LOOK_AT_SCHEDULES, RUN_SCHEDULE

TASKS = (
    RUN_JOB,
    LOOK_FOR_JOBS,
    ERASE_LEFTOVERS,
    RUN_SCHEDULE,
    LOOK_AT_SCHEDULES,
    SEND_NOTICES,
    CLEAN_UP,
    FORGET_MINUTES,
    PROVE_LOG,
    LOOK_AFTER,
    ANSWER_OVERDUE,
)
