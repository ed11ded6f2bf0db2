"""Measurements against floors and peers. Each module is a command: `python -m bench.apply`."""
