"""Work that begins by itself: when, what, as whom, and what came of it."""
