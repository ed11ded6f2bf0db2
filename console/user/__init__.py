"""Parts of the page about one user."""
