"""How documents are printed: A4, what they are and the number of the page under each, nothing torn apart.

style = print_style("Audit of staff")  # goes into the document's own <style>
"""

from __future__ import annotations

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


def _in_css(text: str) -> str:
    """Any text inside quotation marks of a style sheet: what could end them is written as a number."""
    return "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in text[:120])
