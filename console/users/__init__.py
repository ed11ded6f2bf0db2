"""Parts of the users page."""
