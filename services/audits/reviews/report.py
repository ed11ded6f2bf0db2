"""The report of a review, to sign, print and keep: HTML (prints; every value escaped) and CSV."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from services.audits.reviews.campaigns import CampaignProgress, note, standing
from services.audits.reviews.delegation import delegations_of
from services.audits.reviews.items import (
    DECISION_TITLES,
    IntegrityCheck,
    ReviewItem,
    check_rows,
    review_items,
)
from services.audits.reviews.plan import plan_of
from services.audits.reviews.population import HASH_RECIPE
from services.audits.reviews.unanswered import summary
from services.csv_safe import Cell, write_csv
from services.print_style import cover_line, print_style
from services.roles import ActorSource, Permission
from services.store.campaign_records import Campaign, Decision, DecisionEntry
from services.store.columns import utc_now
from services.store.jobs import Job
from services.store.store import Store
from services.words import minute, people

HEADER = (
    "membership",
    "group",
    "sub",
    "username",
    "person",
    "name",
    "email",
    "account_status",
    "aws_status",
    "account_enabled",
    "suggested_to_revoke_because",
    "reviewer",
    "decision",
    "decided_by",
    "decided_utc",
    "reason",
    "after_deadline",
    "times_decided",
    "unaltered",
    "review",
    "review_state",
    "population_sha256",
    "directory",
    "check",
)

_UNREADABLE: dict[str, Any] = {
    "place": "",
    "pool_id": "",
    "taken_at": "",
    "taken_by": "",
    "how": [],
    "complete": False,
    "completeness": "Unknown: the note about the start is unreadable.",
    "warnings": [],
    "people": 0,
    "moved": 0,
}
"""What is said when the note about the start doesn't open."""


@dataclass(frozen=True)
class ReviewReport:
    """Everything that the report says. `times_decided` counts decisions by membership number."""

    standing: CampaignProgress
    items: tuple[ReviewItem, ...]
    entries: tuple[DecisionEntry, ...]
    times_decided: Counter[int]
    check: IntegrityCheck
    job: Job | None
    made_at: datetime
    made_by: str
    unanswered: str

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return self.standing.campaign

    @property
    def state(self) -> str:
        """Whether the review is signed off, as a sentence."""
        return state_sentence(self.campaign, self.made_at)

    def decided(self, decision: Decision) -> list[ReviewItem]:
        """The memberships with this decision."""
        return [item for item in self.items if item.decision is decision]

    def is_late(self, item: ReviewItem) -> bool:
        """Whether it was decided after the deadline."""
        return item.decided_at is not None and item.decided_at > self.campaign.deadline


class ReviewReports:
    """Makes reports for whoever `who` says is acting; needs EXPORT, and each leaves a line in the log."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def html(self, id: str) -> bytes:
        """The report as one HTML file that needs nothing else, made for printing."""
        return self._export(id, "HTML")

    def csv(self, id: str) -> bytes:
        """One line per membership, safe for spreadsheets."""
        return self._export(id, "CSV")

    def _export(self, id: str, kind: str) -> bytes:
        actor = self._who()
        actor.require(Permission.EXPORT)
        made = read_report(self._store, id, actor.name)
        data = as_html(made) if kind == "HTML" else as_csv(made)
        facts = {"file": kind, "state": made.state, "check": made.check.sentence}
        note(self._store, actor, made.campaign, "export_review", after=facts)
        return data


def read_report(store: Store, id: str, made_by: str) -> ReviewReport:
    """Read and check a campaign. Raises `RecordNotFound`. About three seconds for 20,000 memberships."""
    campaign = store.campaigns.get(id)
    entries = store.campaigns.entries(id)
    times: Counter[int] = Counter()
    for entry in entries:
        for first, last in entry.ranges:
            times.update(range(first, last + 1))
    rows = list(store.campaigns.items(id))
    return ReviewReport(
        standing=standing(store, campaign),
        items=tuple(review_items(store, campaign, rows)),
        entries=entries,
        times_decided=times,
        check=check_rows(store, campaign, rows, entries),
        job=plan_of(store, campaign),
        made_at=utc_now(),
        made_by=made_by,
        unanswered=summary(store, campaign),
    )


def state_sentence(campaign: Campaign, now: datetime) -> str:
    """Whether a review is signed off, as a sentence (times in UTC)."""
    if campaign.closed_at is not None:
        return f"Signed off by {campaign.closed_by_name} on {moment(campaign.closed_at)}."
    if campaign.is_overdue(now):
        return f"NOT signed off: still open, and overdue since {moment(campaign.deadline)}."
    return "NOT signed off: the review is still open."


def moment(at: datetime | None) -> str:
    """A time as the report writes it, in UTC; empty for None."""
    return minute(at) if at else ""


def as_csv(report: ReviewReport) -> bytes:
    """The report as CSV; every line carries the state, the hash, and how complete the directory was."""
    campaign = report.campaign
    directory = str({**_UNREADABLE, **campaign.about}["completeness"])
    common = (campaign.title, report.state, campaign.population_hash, directory, report.check.sentence)
    return write_csv(HEADER, ((*_cells(report, item), *common) for item in report.items))


def _cells(report: ReviewReport, item: ReviewItem) -> tuple[Cell, ...]:
    person = item.membership
    return (
        item.number,
        item.group,
        person.sub if person else "",
        person.username if person else "",
        item.label,
        person.name if person else "",
        person.email if person else "",
        item.account,
        person.status if person else "",
        person.enabled if person else "",
        " ".join(item.why),
        item.reviewer.username,
        DECISION_TITLES[item.decision].lower(),
        item.decided_by_name,
        item.decided_at.isoformat(timespec="seconds") if item.decided_at else "",
        item.reason,
        report.is_late(item),
        report.times_decided[item.number],
        item.intact,
    )


def as_html(report: ReviewReport) -> bytes:
    """The report as HTML. All text is escaped; the file loads and runs nothing."""
    campaign = report.campaign
    about = {**_UNREADABLE, **campaign.about}
    return render(
        report=report,
        campaign=campaign,
        about=about,
        cover=_cover(report, about),
        closing=campaign.closing,
        unanswered=report.unanswered,
        delegations=delegations_of(campaign),
        moment=moment,
        people=people,
        recipe=HASH_RECIPE,
        titles=DECISION_TITLES,
        Decision=Decision,
        groups=_groups(report),
    )


def _cover(report: ReviewReport, about: dict[str, Any]) -> str:
    """Where, which pool, read when and by whom, and who made the report when, in one line."""
    pool = report.campaign.pool_name + (f" ({about['pool_id']})" if about["pool_id"] else "")
    return cover_line(
        about["place"],
        pool,
        read_at=datetime.fromisoformat(about["taken_at"]) if about["taken_at"] else None,
        read_by=about["taken_by"],
        made_by=report.made_by,
        made_at=report.made_at,
    )


def _groups(report: ReviewReport) -> list[tuple[str, dict[Decision, int]]]:
    counted: dict[str, Counter[Decision]] = {}
    for item in report.items:
        counted.setdefault(item.group, Counter())[item.decision] += 1
    return [(name, dict(counted[name])) for name in sorted(counted, key=str.casefold)]


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
th { background: #f3f5f7; overflow-wrap: normal; }
th.g { min-width: 9em; } th.who { min-width: 18em; } td.n, th.n { text-align: right; white-space: nowrap; }
@media print { body { font-size: 10.5px; } td code { font-size: 8.5px; } }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Access review: {{ campaign.title }}</title>
<style>{{ style | safe }}</style>
</head>
<body>
<h1>Access review: {{ campaign.title }}</h1>
<p class="cover">{{ cover }}</p>
<p class="state">{{ report.state }}</p>
{% if not report.check.ok %}<p class="alarm"><strong>{{ report.check.sentence }}</strong></p>{% endif %}
{% if not about.complete %}<p class="alarm">{{ about.completeness }}</p>{% endif %}
<h2>What was reviewed</h2>
<dl>
{% if campaign.scope.application %}<dt>Application</dt><dd>{{ campaign.scope.application }}</dd>{% endif %}
<dt>Groups</dt><dd>{{ campaign.scope.groups | join(", ") }}</dd>
<dt>Memberships</dt><dd>{{ "{:,}".format(campaign.population) }}\
{% if about.people %}, of {{ people(about.people) }}{% endif %}</dd>
<dt>Started</dt><dd>{{ moment(campaign.created_at) }} by {{ campaign.created_by_name }}</dd>
<dt>Deadline</dt><dd>{{ moment(campaign.deadline) }}</dd>
<dt>Without an answer</dt><dd>{{ unanswered }}</dd>
<dt>Completeness</dt><dd>{{ about.completeness }}</dd>
{% for one in about.warnings %}<dt>To note</dt><dd>{{ one }}</dd>{% endfor %}
{% if about.moved %}<dt>Own access</dt><dd>{{ about.moved }} given to another reviewer, because nobody \
reviews their own.</dd>{% endif %}
<dt>Checksum of the memberships</dt><dd><code>{{ campaign.population_hash }}</code></dd>
<dt>Check</dt><dd>{{ report.check.sentence }}</dd>
</dl>
<h2>Sign-off</h2>
<dl>
{% if closing %}
<dt>Closed</dt><dd>{{ moment(campaign.closed_at) }} by {{ campaign.closed_by_name }}</dd>
{% if closing.note %}<dt>Note</dt><dd>{{ closing.note }}</dd>{% endif %}
<dt>Checksum of the decisions</dt><dd><code>{{ closing.decisions_hash }}</code></dd>
{% for one in closing.problems %}<dt>Known at the end</dt><dd>{{ one }}</dd>{% endfor %}
{% else %}<dt>Closed</dt><dd>{{ report.state }}</dd>{% endif %}
<dt>Revocations</dt><dd>{% if report.job %}Planned as “{{ report.job.title }}” (job {{ report.job.id }}), \
now {{ report.job.state }}.{% else %}\
Not planned: nothing was changed in the user pool by this review.{% endif %}</dd>
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
{% if delegations %}<h2>Replaced reviewers</h2>
<table><thead><tr><th>When</th><th>From</th><th>To</th><th class="n">Memberships</th><th>By</th>\
<th>Reason</th></tr></thead><tbody>
{% for one in delegations %}<tr><td>{{ moment(one.at) }}</td><td>{{ one.from_name }}</td>\
<td>{{ one.to_name }}</td><td class="n">{{ one.memberships }}</td><td>{{ one.by_name }}</td>\
<td><bdi>{{ one.reason }}</bdi></td></tr>
{% endfor %}</tbody></table>{% endif %}
{% for decision, about_it in sections %}
{% set found = report.decided(decision) %}
<h2>{{ titles[decision] }}: {{ "{:,}".format(found | length) }}</h2>
<p{% if found %} class="lead"{% endif %}>{{ about_it }}</p>
{% if found %}<table><thead><tr><th class="g">Group</th><th class="who">Person</th><th class="g">Account</th>\
<th>Suggested to revoke because</th>\
<th>Reviewer</th><th>Decided</th><th>Reason</th></tr></thead><tbody>
{% for one in found %}<tr><td>{{ one.group }}</td><td><bdi>{{ one.label }}</bdi>{% if one.membership %}\
{% if one.membership.name %}<br><bdi>{{ one.membership.name }}</bdi>{% endif %}\
<br><code>{{ one.membership.sub }}</code>{% endif %}</td>\
<td>{{ one.account }}</td>\
<td>{{ one.why | join(" ") }}</td><td>{{ one.reviewer.username }}</td>\
<td>{% if one.decided_at %}{{ moment(one.decided_at) }} by {{ one.decided_by_name }}\
{% if report.is_late(one) %}, after the deadline{% endif %}{% endif %}\
{% if not one.intact %} <strong>ALTERED</strong>{% endif %}</td><td><bdi>{{ one.reason }}</bdi></td></tr>
{% endfor %}</tbody></table>{% endif %}
{% endfor %}
<h2>Appendix: every decision, in order</h2>
<p class="lead">Decisions could be changed until the end; the last one about a membership counts.</p>
<table><thead><tr><th class="n">No.</th><th>When</th><th>Who</th><th>Decision</th>\
<th class="n">Memberships</th><th>Reason</th></tr></thead><tbody>
{% for one in report.entries %}<tr><td class="n">{{ one.number }}</td><td>{{ moment(one.at) }}</td>\
<td>{{ one.operator_name }}</td><td>{{ titles[one.decision] if one.decision else "Taken back" }}\
{% if not one.intact %} <strong>ALTERED</strong>{% endif %}</td><td class="n">{{ sizes[one.number] }}</td>\
<td><bdi>{{ one.reason }}</bdi></td></tr>
{% endfor %}</tbody></table>
<h2>Appendix: how it was made</h2>
<dl>
<dt>How the directory was read</dt><dd>{{ about.how | join(" ") or "Nothing is noted." }}</dd>
<dt>How the checksum is made</dt><dd>{{ recipe }}</dd>
<dt>Times</dt><dd>All times are UTC.</dd>
</dl>
</body>
</html>
"""


def render(**values: Any) -> bytes:
    """Fill the page; every value is escaped, lone surrogates become question marks."""
    report, decisions = values["report"], values["Decision"]
    text = _template().render(
        **values,
        style=_STYLE + print_style(f"Access review: {values['campaign'].title}", landscape=True),
        order=(decisions.KEEP, decisions.REVOKE, decisions.UNDECIDED),
        sections=(
            (decisions.REVOKE, "To be taken out of the group."),
            (decisions.UNDECIDED, "Nobody decided: neither kept nor revoked. These memberships still stand."),
            (decisions.KEEP, "They stay in the group."),
        ),
        sizes={
            entry.number: sum(last - first + 1 for first, last in entry.ranges) for entry in report.entries
        },
    )
    return text.encode("utf-8", "replace")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=False, lstrip_blocks=False
    )
    return environment.from_string(_PAGE)
