"""The embedded Cognito made to fail as networks and AWS do, for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.simulator import Faults, Simulator, SimulatorThread


@contextmanager
def faulty(faults: Faults, seed: int) -> Iterator[Simulator]:
    """A running simulator in front of this process's embedded Cognito, whoever else serves that."""
    simulator = Simulator(faults, seed)
    with SimulatorThread(simulator):
        yield simulator
