"""Pages of the console that are plain HTML, where Streamlit can't show any."""

from __future__ import annotations

import html

from starlette.responses import HTMLResponse, Response

QUIET = {"cache-control": "no-store", "referrer-policy": "same-origin"}
"""Headers of answers that nobody keeps; other sites never learn their address."""


def plain_page(title: str, body: str, *, head: str = "", status: int = 200) -> Response:
    """A page with this title (plain text) and body (HTML whose values the caller has escaped)."""
    shown = html.escape(title)
    return HTMLResponse(_HTML.format(title=shown, head=head, body=body), status, headers=QUIET)


def paragraph(text: str, *, alert: bool = False) -> str:
    """Plain text as a paragraph of HTML; with `alert` it is read out and marked."""
    role = ' role="alert"' if alert else ""
    return f"<p{role}>{html.escape(text)}</p>"


def link(path: str, text: str) -> str:
    """A link to a path of this site, as a paragraph of HTML."""
    return f'<p><a href="{html.escape(path)}">{html.escape(text)}</a></p>'


_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · Cognito Ops Console</title>{head}
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.75rem; line-height: 1.25; }}
h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
label {{ display: block; font-size: 0.9rem; }}
input {{ font: inherit; padding: 0.5rem 0.75rem; width: 100%; box-sizing: border-box;
  margin: 0.25rem 0 1rem; }}
button {{ font: inherit; padding: 0.5rem 1.25rem; border: 0; border-radius: 0.5rem; cursor: pointer;
  background: #0b6e66; color: #fff; }}
:focus-visible {{ outline: 3px solid #f0a30a; outline-offset: 2px; }}
[role=alert]:not(:empty) {{ border-left: 4px solid #b3261e; padding: 0.25rem 0.75rem; }}
pre {{ font-size: 1.1rem; }}
</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>"""
