"""How documents are printed: A4, what they are and the number of the page under each, nothing torn apart.

style = print_style("Audit of staff")  # goes into the document's own <style>
cover = cover_line(…)                  # the line under its title: where, which pool, read when, made when
"""

from __future__ import annotations

from datetime import datetime

from services.words import capital, file_time, span

_STYLE = """
@page { size: A4%(orientation)s; margin: 14mm 14mm 18mm;
  @bottom-left { content: "%(title)s"; font: 8pt system-ui, sans-serif; color: #4f5d63; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif;
    color: #4f5d63; } }
thead { display: table-header-group; }
tr, figure, dd, li { break-inside: avoid; }
h1, h2, h3, .lead { break-after: avoid; overflow-wrap: anywhere; }
thead, tbody tr:first-child { break-after: avoid; }
.lead { break-inside: avoid; }
@media print { body { margin: 0; max-width: none; padding: 0; } a { color: inherit; } }
"""


def print_style(title: str, *, landscape: bool = False) -> str:
    """CSS for a document of this title. A `lead` class holds a paragraph to the table behind it."""
    return _STYLE % {"title": _in_css(title), "orientation": " landscape" if landscape else ""}


def cover_line(
    place: str, pool: str, *, read_at: datetime | None, read_by: str, made_by: str, made_at: datetime
) -> str:
    """The line that a document begins with: where, which pool, read when and by whom, how old by now.

    `place` as `services.words.place_of` says it ("": nothing is said), `pool` with its name and id; times
    are aware, and `read_at` is None where nobody knows.
    """
    reader = f" by {read_by}" if read_by else ""
    parts = (
        capital(place),
        f"user pool {pool}",
        f"read {file_time(read_at)}{reader}" if read_at else "unknown when it was read",
        f"made {made_line(made_by, made_at, *([read_at] if read_at else ()))}",
    )
    return " · ".join(part for part in parts if part)


def made_line(made_by: str, made_at: datetime, *taken_at: datetime) -> str:
    """Who made a file when, and how old what it says was then: "… by max, 3 minutes after reading".

    Times are aware; of several readings the oldest counts.
    """
    if not taken_at:
        return f"{file_time(made_at)} by {made_by}"
    age = (made_at - min(taken_at)).total_seconds()
    later = "less than a minute" if age < 60 else span(age)
    return f"{file_time(made_at)} by {made_by}, {later} after reading"


def _in_css(text: str) -> str:
    """Any text inside quotation marks of a style sheet: what could end them is written as a number."""
    return "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in text[:120])
