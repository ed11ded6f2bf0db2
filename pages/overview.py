"""Overview: how the pool stands, and what was done in it lately."""

from __future__ import annotations

from console.feedback import guarded
from console.first_steps import show_first_steps
from console.overview import lately
from console.overview.lately import show_findings
from console.overview.numbers import show_numbers, show_tour
from console.overview.to_do import show_to_do
from console.page import open_page
from console.web.process import PROCESS

ctx = open_page("Overview", "How this user pool stands, and what was done in it lately.")

if PROCESS.settings.is_demo:
    show_tour(ctx)
else:
    with guarded():
        show_first_steps(ctx)
with guarded():
    show_to_do(ctx)
with guarded():
    show_numbers(ctx)
with guarded():
    show_findings(ctx)
with guarded():
    lately.show_jobs(ctx)
with guarded():
    lately.show_activity(ctx)
