"""Parts of the overview page."""
