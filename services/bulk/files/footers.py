"""What stands below a list and is none of it: signatures, legends, small tables behind an empty row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from services.bulk.model import Row

_FEWEST_ABOVE = 3
_USUAL = 0.9
"""The share of the rows of a list that fill a column which all of them are meant to fill."""
_FEWEST_LACKING = 2
_LACKING = 0.4
"""The share of those columns that a row below has to leave empty to be told from the list."""


def footer_rows(rows: Sequence[Row]) -> frozenset[int]:
    """The numbers of rows behind the last empty rows of a file that fill clearly fewer columns than its list.

    Rows with an address are never among them, nor are those above others that look like the list.
    """
    blocks = list(_blocks(rows))
    largest = max(range(len(blocks)), key=lambda place: len(blocks[place]), default=0)
    if len(blocks) < 2 or len(blocks[largest]) < _FEWEST_ABOVE:
        return frozenset()
    usual = _usual_columns(blocks[largest])
    found: list[int] = []
    for block in reversed(blocks[largest + 1 :]):
        if not all(_is_below(row, usual) for row in block):
            break
        found += [row.number for row in block]
    return frozenset(found)


def _blocks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that follow each other without an empty one between."""
    block: list[Row] = []
    for row in rows:
        if block and row.number > block[-1].number + 1:
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _usual_columns(rows: Sequence[Row]) -> frozenset[int]:
    filled = Counter(place for row in rows for place in _filled(row))
    return frozenset(place for place, count in filled.items() if count >= _USUAL * len(rows))


def _filled(row: Row) -> set[int]:
    return {place for place, cell in enumerate(row.cells) if cell.strip()}


def _is_below(row: Row, usual: frozenset[int]) -> bool:
    lacking = len(usual - _filled(row))
    few = lacking >= max(_FEWEST_LACKING, _LACKING * len(usual))
    return few and not any("@" in cell for cell in row.cells)
