"""Temporary passwords as printable sheets, one page for each person."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from services.bulk.report import HandOver

_STYLE = """
body { font: 14pt/1.5 system-ui, sans-serif; color: #111; margin: 0; }
section { page-break-after: always; break-after: page; padding: 3cm 2.5cm; }
h1 { font-size: 20pt; margin: 0 0 1cm; }
dt { font-size: 11pt; color: #444; margin-top: .6cm; }
dd { margin: 0; font: 16pt ui-monospace, monospace; overflow-wrap: anywhere; }
p { margin-top: 1.2cm; font-size: 11pt; }
"""


def sheets(handed: Iterable[HandOver], organisation: str) -> bytes:
    """An HTML document with a page per person: who, the name to sign in with, the temporary password.

    All text is escaped: names come from files and from Cognito.
    """
    pages = "\n".join(_sheet(one) for one in handed)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(organisation)}: temporary passwords</title><style>{_STYLE}</style></head>"
        f"<body>{pages}</body></html>"
    ).encode()


def _sheet(one: HandOver) -> str:
    return (
        f"<section><h1>{escape(one.name or one.label)}</h1><dl>"
        f"<dt>Sign in as</dt><dd>{escape(one.label)}</dd>"
        f"<dt>Temporary password</dt><dd>{escape(one.password)}</dd></dl>"
        "<p>You will be asked for a password of your own when you first sign in. "
        "Keep this sheet to yourself and destroy it afterwards.</p></section>"
    )
