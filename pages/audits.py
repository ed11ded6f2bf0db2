"""Audits: what is wrong in the pool, who is in what, what has changed, and who has looked at it."""

from __future__ import annotations

from console.audits.view import show_audits
from console.feedback import guarded
from console.page import open_page

ctx = open_page("Audits", "What needs attention in this user pool, who can reach what, and what has changed.")

with guarded():
    show_audits(ctx)
