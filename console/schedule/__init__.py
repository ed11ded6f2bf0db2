"""The page of work by schedule: the list, the form, and what came of each run."""
