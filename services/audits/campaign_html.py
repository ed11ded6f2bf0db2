"""The HTML of a review's report: one file that prints, with every value escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; } .state { font-weight: 600; }
.alarm { border: 2px solid #b42318; padding: .5rem .75rem; margin: .75rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .5rem 0; }
dt { color: #57606a; } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .25rem 0 1rem; }
th, td { border: 1px solid #d0d7de; padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #f3f5f7; } td.n, th.n { text-align: right; white-space: nowrap; }
thead { display: table-header-group; } tr { break-inside: avoid; }
@page { size: A4 landscape; margin: 14mm; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 10.5px; }
  h2 { break-after: avoid; }
}
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Access review: {{ campaign.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>Access review: {{ campaign.title }}</h1>
<p class="state">{{ report.state }}</p>
{% if not report.check.ok %}<p class="alarm"><strong>{{ report.check.sentence }}</strong></p>{% endif %}
{% if not about.complete %}<p class="alarm">{{ about.completeness }}</p>{% endif %}
<h2>What was reviewed</h2>
<dl>
<dt>User pool</dt><dd>{{ campaign.pool_name }}{% if about.pool_id %} ({{ about.pool_id }}){% endif %}</dd>
{% if campaign.scope.application %}<dt>Application</dt><dd>{{ campaign.scope.application }}</dd>{% endif %}
<dt>Groups</dt><dd>{{ campaign.scope.groups | join(", ") }}</dd>
<dt>Memberships</dt><dd>{{ "{:,}".format(campaign.population) }}\
{% if about.people %} of {{ "{:,}".format(about.people) }} people{% endif %}</dd>
<dt>Started</dt><dd>{{ moment(campaign.created_at) }} by {{ campaign.created_by_name }}</dd>
<dt>Deadline</dt><dd>{{ moment(campaign.deadline) }}</dd>
<dt>Directory read</dt><dd>{{ taken_at }}{% if about.taken_by %} by {{ about.taken_by }}{% endif %}.\
{% for one in about.how %} {{ one }}{% endfor %}</dd>
<dt>Completeness</dt><dd>{{ about.completeness }}</dd>
{% for one in about.warnings %}<dt>To note</dt><dd>{{ one }}</dd>{% endfor %}
{% if about.moved %}<dt>Own access</dt><dd>{{ about.moved }} given to another reviewer, because nobody \
reviews their own.</dd>{% endif %}
<dt>Hash of the memberships</dt><dd><code>{{ campaign.population_hash }}</code><br>{{ recipe }}</dd>
<dt>Check</dt><dd>{{ report.check.sentence }}</dd>
</dl>
<h2>Sign-off</h2>
<dl>
{% if closing %}
<dt>Closed</dt><dd>{{ moment(campaign.closed_at) }} by {{ campaign.closed_by_name }}</dd>
{% if closing.note %}<dt>Note</dt><dd>{{ closing.note }}</dd>{% endif %}
<dt>Hash of the decisions</dt><dd><code>{{ closing.decisions_hash }}</code></dd>
{% for one in closing.problems %}<dt>Known at the end</dt><dd>{{ one }}</dd>{% endfor %}
{% else %}<dt>Closed</dt><dd>{{ report.state }}</dd>{% endif %}
<dt>Revocations</dt><dd>{% if report.job %}Planned as “{{ report.job.title }}” (job {{ report.job.id }}), \
now {{ report.job.state }}.{% else %}\
Not planned: nothing was changed in the user pool by this review.{% endif %}</dd>
<dt>This report</dt><dd>{{ moment(report.made_at) }} by {{ report.made_by }}; all times are UTC</dd>
</dl>
<h2>Result</h2>
<table><thead><tr><th>Reviewer</th><th class="n">Memberships</th><th class="n">Keep</th>\
<th class="n">Revoke</th><th class="n">Undecided</th></tr></thead><tbody>
{% for share in report.standing.shares %}<tr><td>{{ share.reviewer.username }}\
{% if share.reviewer.name %} ({{ share.reviewer.name }}){% endif %}</td><td class="n">{{ share.total }}</td>\
{% for one in order %}<td class="n">{{ share.counts.get(one, 0) }}</td>{% endfor %}</tr>
{% endfor %}<tr><th>All</th><th class="n">{{ report.items | length }}</th>\
{% for one in order %}<th class="n">{{ report.decided(one) | length }}</th>{% endfor %}</tr>
</tbody></table>
<table><thead><tr><th>Group</th><th class="n">Memberships</th><th class="n">Keep</th>\
<th class="n">Revoke</th><th class="n">Undecided</th></tr></thead><tbody>
{% for name, counts in groups %}<tr><td>{{ name }}</td><td class="n">{{ counts.values() | sum }}</td>\
{% for one in order %}<td class="n">{{ counts.get(one, 0) }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>
{% for decision, about_it in sections %}
{% set found = report.decided(decision) %}
<h2>{{ titles[decision] }}: {{ "{:,}".format(found | length) }}</h2>
<p>{{ about_it }}</p>
{% if found %}<table><thead><tr><th>Group</th><th>Person</th><th>Account</th>\
<th>Suggested to revoke because</th>\
<th>Reviewer</th><th>Decided</th><th>Reason</th></tr></thead><tbody>
{% for one in found %}<tr><td>{{ one.group }}</td><td><bdi>{{ one.label }}</bdi>{% if one.membership %}\
{% if one.membership.name %}<br><bdi>{{ one.membership.name }}</bdi>{% endif %}\
<br><code>{{ one.membership.sub }}</code>{% endif %}</td>\
<td>{% if one.membership %}{{ one.membership.status }}\
{% if not one.membership.enabled %}, disabled{% endif %}{% endif %}</td>\
<td>{{ one.why | join(" ") }}</td><td>{{ one.reviewer.username }}</td>\
<td>{% if one.decided_at %}{{ moment(one.decided_at) }} by {{ one.decided_by_name }}\
{% if report.is_late(one) %}, after the deadline{% endif %}{% endif %}\
{% if not one.intact %} <strong>ALTERED</strong>{% endif %}</td><td><bdi>{{ one.reason }}</bdi></td></tr>
{% endfor %}</tbody></table>{% endif %}
{% endfor %}
<h2>Every decision, in order</h2>
<p>Decisions could be changed until the end; the last one about a membership counts.</p>
<table><thead><tr><th class="n">No.</th><th>When</th><th>Who</th><th>Decision</th>\
<th class="n">Memberships</th><th>Reason</th></tr></thead><tbody>
{% for one in report.entries %}<tr><td class="n">{{ one.number }}</td><td>{{ moment(one.at) }}</td>\
<td>{{ one.operator_name }}</td><td>{{ titles[one.decision] if one.decision else "Taken back" }}\
{% if not one.intact %} <strong>ALTERED</strong>{% endif %}</td><td class="n">{{ sizes[one.number] }}</td>\
<td><bdi>{{ one.reason }}</bdi></td></tr>
{% endfor %}</tbody></table>
</body>
</html>
"""


def render(**values: Any) -> bytes:
    """Fill the page; every value is escaped, lone surrogates become question marks."""
    report, decisions = values["report"], values["Decision"]
    text = _template().render(
        **values,
        style=_STYLE,
        order=(decisions.KEEP, decisions.REVOKE, decisions.UNDECIDED),
        sections=(
            (decisions.REVOKE, "To be taken out of the group."),
            (decisions.UNDECIDED, "Nobody decided: neither kept nor revoked. These memberships still stand."),
            (decisions.KEEP, "Needed, as the reviewer says."),
        ),
        sizes={one.number: sum(last - first + 1 for first, last in one.ranges) for one in report.entries},
    )
    return text.encode("utf-8", "replace")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=False, lstrip_blocks=False
    )
    return environment.from_string(_PAGE)
