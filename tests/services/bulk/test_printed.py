"""The report of a job says everything and runs nothing."""

from __future__ import annotations

from services.bulk import control
from services.bulk.printed import report_html
from tests.services.bulk.conftest import Bulk


def test_every_row_is_in_it_and_hostile_text_stays_text(staff: Bulk) -> None:
    hostile = "<script>alert(1)</script>"
    rows = (("bo.li", hostile, ""), ("nobody", "x", "update"), ("ann.lindqvist", "Annie", ""))
    job, _ = staff.run(staff.plan(("username", "nickname", "action"), *rows))
    page = report_html(staff.store, job.id).decode()
    for text in ("Changed nickname.", "nobody", "Not done", "Done, or so already", "people.csv", job.id):
        assert text in page
    assert page.index("Not done") < page.index("nobody") < page.index("Done, or so already")
    staff.store.jobs.update(job.id, reason=hostile)
    page = report_html(staff.store, job.id).decode()
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_a_job_stopped_before_it_began_has_one_too(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Late")))
    control.stop(staff.store, job.id, staff.who())
    assert "not attempted" in report_html(staff.store, job.id).decode()
