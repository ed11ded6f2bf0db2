"""A page that holds nothing but the Reviews tab."""

from __future__ import annotations

import streamlit as st

from console.audits.reviews import show_reviews
from console.navigation import PAGES
from console.page import open_page
from console.widgets.bulk_dialog import show_bulk_dialog
from services.directory.snapshots import Snapshots


def reviews() -> None:
    ctx = open_page("Audits", "What is odd in this pool.")
    newest = next(iter(Snapshots(ctx.store).list()), None)
    show_reviews(ctx, Snapshots(ctx.store).tables(newest.id) if newest else None)
    show_bulk_dialog(ctx)


first = st.Page(reviews, title="Audits", url_path="audits", default=True)
st.navigation([first, PAGES["job"], PAGES["jobs"]], position="hidden").run()
