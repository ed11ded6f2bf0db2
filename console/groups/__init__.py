"""The parts of the pages about groups."""
