"""Headings that stand above several columns of a file: told apart by letters, never one silently taken."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class RepeatedHeading:
    """A heading that stands above several columns, for each its place (from 0), its title as written, and
    the name that tells it from the others.

    `used` is the place that counts where all that hold anything hold the same, None where they differ.
    """

    places: tuple[int, ...]
    titles: tuple[str, ...]
    names: tuple[str, ...]
    used: int | None = None

    @property
    def note(self) -> str:
        """What becomes of these columns, in a sentence."""
        letters = [column_letters(place) for place in self.places]
        where = f"{', '.join(letters[:-1])} and {letters[-1]}"
        if self.used is None:
            return (
                f"Columns {where} have one title, “{self.titles[0]}”, and differ: choose which one is meant."
            )
        used = column_letters(self.used)
        return f"Columns {where} have one title, “{self.titles[0]}”, and don't differ: column {used} is used."

    def compared(self, filled: Container[int], contents: Mapping[int, bytes]) -> RepeatedHeading:
        """The same, with the first of its columns that holds anything if all that do hold the same.

        `filled` are places of columns with anything in them, `contents` tells equal columns by place.
        """
        holding = [place for place in self.places if place in filled] or list(self.places)
        alike = len({contents[place] for place in holding}) == 1
        return replace(self, used=holding[0] if alike else None)


def column_letters(place: int) -> str:
    """A column (from 0) as a spreadsheet calls it: A to Z, then AA."""
    letters, place = "", place + 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def titles_of(header: Sequence[str], repeated: Iterable[RepeatedHeading]) -> tuple[str, ...]:
    """The headings as they stand in the file, where some of them were told apart."""
    titles = list(header)
    for heading in repeated:
        for place, title in zip(heading.places, heading.titles, strict=True):
            titles[place] = title
    return tuple(titles)


def squeezed(cells: Sequence[str]) -> Iterator[str]:
    """Headings as they are compared here: without case, and with single blanks."""
    return (" ".join(cell.casefold().split()) for cell in cells)


def told_apart(titles: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[RepeatedHeading, ...]]:
    """Headings of which none stands twice, and which were told apart by the letters of their columns."""
    places: dict[str, list[int]] = {}
    for place, title in enumerate(squeezed(titles)):
        places.setdefault(title, []).append(place)
    header, taken, repeated = list(titles), set(places), []
    for alike in places.values():
        if len(alike) < 2:
            continue
        for place in alike:
            name = f"{titles[place]} ({column_letters(place)})"
            while next(squeezed([name])) in taken:
                name += f" ({column_letters(place)})"
            taken.add(next(squeezed([name])))
            header[place] = name
        as_written, names = (tuple(listed[place] for place in alike) for listed in (titles, header))
        repeated.append(RepeatedHeading(tuple(alike), as_written, names))
    return tuple(header), tuple(repeated)
