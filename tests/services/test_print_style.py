"""What is printed says under each page what it is, whatever it is called."""

from __future__ import annotations

import re

from services.print_style import print_style


def test_a_title_can_end_neither_its_text_nor_the_style_sheet() -> None:
    style = print_style('Audit of "; } </style><script>alert(1)</script> \\')
    shown = re.search(r'@bottom-left \{ content: "([^"]*)"', style)
    assert shown
    assert not re.search(r'[<>;"{}\n]', shown[1])
    assert "</style" not in style
    told = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), shown[1])
    assert told == 'Audit of "; } </style><script>alert(1)</script> \\'


def test_pages_are_numbered_on_a4() -> None:
    assert 'content: "Page " counter(page) " of " counter(pages)' in print_style("Job")
    assert "size: A4;" in print_style("Job")
    assert "size: A4 landscape;" in print_style("Job", landscape=True)
