"""The login pages' HTML: plain, without scripts, usable with a keyboard and a screen reader."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from jinja2 import DictLoader, Environment
from werkzeug.wrappers import Response

from demo.people import OKTA

STYLE = """
:root { color-scheme: light dark; --line: #8a949e; --act: #0b6e66; --bad: #a4262c; --soft: #f3f5f7; }
@media (prefers-color-scheme: dark) { :root { --line: #7d8790; --act: #0b7d74; --bad: #ff9a9e;
  --soft: #23282d; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem; }
main { max-width: 26rem; margin: 4vh auto; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
p { margin: .5rem 0 1rem; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-top: 1rem; }
input { width: 100%; font: inherit; padding: .55rem .6rem;
  border: 1px solid var(--line); border-radius: 6px; }
button { width: 100%; font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .6rem;
  border: 0; border-radius: 6px; color: #fff; background: var(--act); cursor: pointer; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.refused { border-left: 4px solid var(--bad); padding: .5rem .75rem; background: var(--soft); }
.tick { display: flex; gap: .5rem; align-items: baseline; font-weight: 400; }
.tick input { width: auto; }
.other { display: block; text-align: center; font-weight: 600; margin-top: 1rem; padding: .6rem;
  border: 1px solid var(--act); border-radius: 6px; color: inherit; text-decoration: none; }
.choice { margin-top: .6rem; padding: .5rem .75rem; text-align: left; color: inherit; background: none;
  border: 1px solid var(--line); }
.choice:hover { background: var(--soft); }
.choice span { display: block; font-weight: 400; font-size: .9rem; }
.picture { display: block; margin: 0 auto; background: #fff; max-width: 100%; }
.or { text-align: center; margin: 1.25rem 0 0; }
li { margin-bottom: .75rem; overflow-wrap: anywhere; }
.note { margin-top: 1.5rem; background: var(--soft); border-radius: 6px; padding: .6rem .75rem;
  font-size: .9rem; }
code { overflow-wrap: anywhere; }
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{% block title %}{% endblock %}</title>
<link rel="icon" href="data:,">
<style>{{ style|safe }}</style>
</head>
<body>
<main>
{% block main %}{% endblock %}
<p class="note">{{ note }}</p>
</main>
</body>
</html>
"""
FORM = """{% extends "page" %}
{% block title %}{{ title }} – {{ pool }}{% endblock %}
{% block main %}
<h1>{{ title }}</h1>
<p>{{ about }}</p>
{% if refused %}<p class="refused" role="alert">{{ refused }}</p>{% endif %}
<form method="post" action="{{ action }}">
<input type="hidden" name="_csrf" value="{{ csrf }}">
{% if step %}<input type="hidden" name="step" value="{{ step }}">{% endif %}
{% if picture %}<img class="picture" src="{{ picture }}" alt="The secret as a QR code">{% endif %}
{% for field in fields %}
<label for="{{ field.id }}">{{ field.label }}</label>
<input id="{{ field.id }}" name="{{ field.id }}" type="{{ field.type }}" value="{{ field.value }}" required
 autocomplete="{{ field.autocomplete }}" autocapitalize="none" spellcheck="false"
 {% if loop.index0 == focus %}autofocus{% endif %}>
{% endfor %}
{% if tick %}
<label class="tick"><input type="checkbox" name="tick" value="yes"> {{ tick }}</label>
{% endif %}
{% if button %}<button type="submit">{{ button }}</button>{% endif %}
{% for value, label, about in choices %}
<button class="choice" type="submit" formnovalidate name="choice" value="{{ value }}">{{ label }}
{% if about %}<span>{{ about }}</span>{% endif %}</button>
{% endfor %}
</form>
{% for label, way in providers %}
{% if loop.first and fields %}<p class="or">or</p>{% endif %}
<a class="other" href="{{ way }}">{{ label }}</a>
{% endfor %}
{% endblock %}
"""
ERROR = """{% extends "page" %}
{% block title %}{{ title }}{% endblock %}
{% block main %}
<h1>{{ title }}</h1>
<p class="refused" role="alert"><code>{{ code }}</code></p>
<p>{{ about }}</p>
{% endblock %}
"""
MESSAGES = """{% extends "page" %}
{% block title %}{{ title }} – {{ pool }}{% endblock %}
{% block main %}
<h1>{{ title }}</h1>
<p>What Cognito would have sent from {{ pool }}, the latest first.</p>
<ul>
{% for message in messages %}
<li>{{ message.at.strftime("%H:%M:%S") }} UTC,
{{ "text message" if message.medium == "SMS" else "e-mail" }} to {{ message.to }}:<br>
{{ message.text }}</li>
{% else %}
<li>Nothing yet.</li>
{% endfor %}
</ul>
{% endblock %}
"""


@dataclass(frozen=True, slots=True)
class Form:
    """What one form shows: `refused` is why the last try failed, `step` continues a half-done sign-in.

    `choices` are buttons beside the main one (value, label, more about it), `providers` other ways in,
    `tick` the words of a box to tick, `picture` an image as a data address.
    """

    title: str
    about: str
    fields: list[dict[str, str]]
    button: str
    focus: int = 0
    refused: str = ""
    step: str = ""
    note: str = ""
    choices: list[tuple[str, str, str]] = dataclass_field(default_factory=list)
    providers: list[str] = dataclass_field(default_factory=list)
    tick: str = ""
    picture: str = ""


_TEMPLATES = Environment(
    loader=DictLoader({"page": PAGE, "form": FORM, "error": ERROR, "messages": MESSAGES}),
    autoescape=True,
    trim_blocks=True,
)
NOTE = "An emulator on this machine shows this page. Its people are made up."


def page(template: str, **values: Any) -> str:
    """One of the pages, "form", "error" or "messages", as HTML."""
    values.setdefault("note", NOTE)
    return _TEMPLATES.get_template(template).render(style=STYLE, **values)


def policy(also_to: str = "") -> str:
    """A Content-Security-Policy: nothing but the page itself, forms may lead to `also_to` too."""
    return (
        f"default-src 'none'; style-src '{STYLE_HASH}'; img-src data:; "
        f"form-action 'self' {also_to}; base-uri 'none'; frame-ancestors 'none'"
    )


def guarded(response: Response) -> Response:
    """The response, kept by nobody and telling nothing to others."""
    response.autocorrect_location_header = False
    response.headers["Cache-Control"] = "no-store"
    # With "no-referrer", browsers post forms with an Origin of "null".
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def provider_label(name: str) -> str:
    """The words on the button of an identity provider."""
    return "Sign in with the company account" if name == OKTA else f"Sign in with {name}"


def field(
    name: str, label: str, kind: str = "text", value: str = "", autocomplete: str = "off"
) -> dict[str, str]:
    """One input of a form."""
    return {"id": name, "label": label, "type": kind, "value": value, "autocomplete": autocomplete}
