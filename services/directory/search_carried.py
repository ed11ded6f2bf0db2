"""What an index takes over from the one of the snapshot beneath, when some people have changed since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.directory.search_text import one_array
from services.directory.snapshot import Snapshot

Rows = np.ndarray[Any, np.dtype[np.int32]]
"""Places in `Snapshot.users`, from 0."""
Mask = np.ndarray[Any, np.dtype[np.bool_]]
"""For each place whether it is meant."""


@dataclass(frozen=True)
class Carried:
    """Where everybody of the base is now.

    `place`: for each place in the base the place now, -1 for who changed or went. `changed`: the
    places now of who changed or came, ascending. People keep their order; newcomers stand at the end.
    """

    place: Rows
    changed: Rows
    gone: Mask

    @classmethod
    def of(cls, base: pa.Table, snapshot: Snapshot) -> Carried | None:
        """None when the tables don't lie as described; then everything is made anew."""
        touched = pa.array(sorted(snapshot.changed), pa.string())
        before, now = (_marked(table["sub"], touched) for table in (base, snapshot.users))
        present = one_array(snapshot.users["sub"]).filter(pa.array(now))
        was = np.flatnonzero(before)
        still = np.asarray(
            pc.is_in(one_array(base["sub"]).take(pa.array(was)), value_set=present).to_numpy(
                zero_copy_only=False
            ),
            bool,
        )
        gone = np.zeros(len(before), bool)
        gone[was[~still]] = True
        place = np.cumsum(~gone, dtype=np.int32) - 1
        stay = int(place[-1]) + 1 if len(place) else 0
        place[before] = -1
        if not np.array_equal(np.flatnonzero(now[:stay]), np.flatnonzero(before[~gone])):
            return None
        if not now[stay:].all():
            return None
        return cls(place, np.flatnonzero(now).astype(np.int32), gone)

    def texts(self, base: pa.ChunkedArray, text_of: Callable[[Rows], pa.Array]) -> pa.ChunkedArray:
        """The base's texts with those of changed people replaced; chunks without changes are shared."""
        chunks, start, done = [], 0, 0
        for chunk in base.chunks:
            stays = ~self.gone[start : start + len(chunk)]
            kept = chunk if stays.all() else chunk.filter(pa.array(stays))
            inside = self.changed[(self.changed >= done) & (self.changed < done + len(kept))]
            if len(kept) and len(inside):
                mask = np.zeros(len(kept), bool)
                mask[inside - done] = True
                kept = pc.replace_with_mask(kept, pa.array(mask), text_of(inside))
            chunks.append(kept)
            start, done = start + len(chunk), done + len(kept)
        new = self.changed[self.changed >= done]
        if len(new):
            chunks.append(text_of(new))
        return pa.chunked_array(chunks, pa.string())


def _marked(column: Any, values: pa.Array) -> Mask:
    found = pc.is_in(one_array(column), value_set=values)
    marked: Mask = np.asarray(found.to_numpy(zero_copy_only=False), bool)
    return marked
