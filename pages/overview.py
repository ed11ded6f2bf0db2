"""Overview: how the pool stands, and what was done in it lately."""

from __future__ import annotations

from console.feedback import guarded
from console.overview import findings, lately, numbers, tour
from console.page import open_page
from console.web.process import PROCESS

ctx = open_page("Overview", "How this user pool stands, and what was done in it lately.")

if PROCESS.settings.is_demo:
    tour.show(ctx)
with guarded():
    numbers.show(ctx)
with guarded():
    findings.show(ctx)
with guarded():
    lately.show_jobs(ctx)
with guarded():
    lately.show_activity(ctx)
