"""`audit`: the audit rules over a whole pool, for people, for cron, and for files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from console.command_line.audit import AuditFormat
from console.command_line.options import Where
from console.commands import showing
from console.commands.named import gateway_to, max_age, record_of, target_named
from console.commands.snapshot import newest_tables
from services.access.sessions import terminal_actor
from services.audits.audit import STATE_WORDS, Audit, audit, findings_counted, findings_frame
from services.audits.history import NO_HISTORY, AuditHistory, compared, history_of
from services.audits.log_lines import activity_of
from services.audits.of_pool import setting_of
from services.audits.people import people_with
from services.audits.report import AuditReport
from services.audits.rule import AuditContext, Rule, RuleResult, RuleState, subjects_of
from services.audits.rules import RULES, rules_named
from services.audits.severity import Severity
from services.audits.sign_ins import provider_names
from services.audits.thresholds import read_thresholds
from services.cognito.gateway import CognitoGateway
from services.directory.pool import PoolTables
from services.directory.snapshots import Snapshots
from services.errors import InvalidValue, RecordNotFound
from services.gateways import PoolAddress
from services.roles import Permission
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.store import Store
from services.words import ago, counted, file_time, plural

NEWEST = "newest"


def audit_command(
    *,
    pool: str,
    region: str,
    pool_id: str,
    endpoint_url: str,
    rule: list[str] | None,
    rules: bool,
    format: AuditFormat,
    output: Path | None,
    fail_on: Severity | None,
    new: bool,
    snapshot: str,
    oldest: str,
    share: float,
    rows: int,
) -> None:
    """Carry out `audit`."""
    if rules:
        _list_rules()
        return
    if new and fail_on is None:
        raise InvalidValue("--new says which findings count for --fail-on.", "Give --fail-on, too.")
    asked, actor = rules_named(rule or ()), terminal_actor()()
    actor.require(Permission.READ)
    with open_store() as store:
        target = target_named(store, Where(pool, region, pool_id, endpoint_url))
        gateway = gateway_to(store, target)
        if snapshot:
            read = _kept(store, gateway, snapshot)
        else:
            read = newest_tables(store, target, share, max_age(oldest))
        made = _audited(store, gateway, target, read, asked, own=not rule)
        kept = not rule and snapshot in ("", NEWEST)  # part of an audit, or an older day, is no day's
        history = _history(store, target, made, keep=kept)
        failed = _reaches(made, fail_on, history if new else None)
        code = showing.exit_of_audit(failed=failed, certain=_is_certain(made, bool(rule)))
        data = _text(AuditReport(made, actor.name, utc_now(), history), format, rows, code)
        if format is AuditFormat.TABLE and output is None:
            showing.write(data, None)
        else:
            showing.hand_out(store, target.pool_name, data, output, f"audit.{format}")
    raise typer.Exit(code)


def _history(store: Store, target: PoolAddress, made: Audit, *, keep: bool) -> AuditHistory:
    """What is new since the last time; of a pool that isn't set up here nothing is kept."""
    record = record_of(store, target)
    if record is None:
        return NO_HISTORY
    return history_of(store, record, made) if keep else compared(store, record, made)


def _list_rules() -> None:
    for offered in RULES:
        typer.echo(f"{offered.id:28}{offered.severity:8}{offered.title}")


def _audited(
    store: Store,
    gateway: CognitoGateway,
    target: PoolAddress,
    read: PoolTables,
    rules: Sequence[Rule],
    *,
    own: bool,
) -> Audit:
    """What the rules say of `read`; with `own` the questions saved as rules are asked, too."""
    record, pool_key, providers = record_of(store, target), gateway.pool_key, provider_names(gateway)
    if record is None:
        setting = AuditContext(utc_now(), read_thresholds(store, pool_key), providers=providers)
    else:
        setting = setting_of(store, record, pool_key, providers)
    if not own:
        setting = replace(setting, questions=())
    return audit(read, setting, rules, activity_of(store, target.pool_id, target.pool_name))


def _kept(store: Store, gateway: CognitoGateway, wanted: str) -> PoolTables:
    """The kept snapshot asked for. Raises `RecordNotFound`."""
    kept, pool_key = Snapshots(store), gateway.pool_key
    newest = kept.newest_line(pool_key)
    if newest is None and wanted == NEWEST:
        raise RecordNotFound(
            "No snapshot of this pool is kept.", "Leave --snapshot out to read the pool now."
        )
    found = kept.tables(newest.id if newest is not None and wanted == NEWEST else wanted)
    if found.about.pool_key != pool_key:
        raise RecordNotFound("This snapshot is of another pool.", "Choose one from: snapshot --list.")
    return found


def _reaches(made: Audit, fail_on: Severity | None, history: AuditHistory | None) -> bool:
    """Whether something grave enough was found; with a history something that is new by it.

    What can't be compared, because nobody asked for it the last time, counts as new.
    """
    if fail_on is None:
        return False
    grave = [result for result in made.of(RuleState.FOUND) if result.rule.severity.rank <= fail_on.rank]
    return any(
        history is None or history.new.get(result.rule.id, frozenset(result.subjects())) for result in grave
    )


def _is_certain(made: Audit, named: bool) -> bool:
    """Whether every answer that was owed is there: a rule asked for by name owes one in any case."""
    return made.certain and not (named and made.of(RuleState.UNANSWERED))


def _text(report: AuditReport, format: AuditFormat, rows: int, code: int) -> bytes:
    match format:
        case AuditFormat.CSV:
            return report.csv()
        case AuditFormat.HTML:
            return report.html()
        case AuditFormat.JSON:
            return showing.as_json(as_data(report) | {"exit_code": int(code)}).encode() + b"\n"
        case AuditFormat.TABLE:
            return "\n".join((*audit_lines(report, rows), "")).encode("utf-8", errors="replace")


def audit_lines(report: AuditReport, most: int) -> Iterator[str]:
    """The audit for people at a terminal."""
    made, history = report.audit, report.history
    source = made.snapshot.about
    read = f"read {file_time(source.taken_at)}, {ago(source.taken_at, report.made_at)}"
    yield f"{showing.plain(source.pool_name)} ({source.pool.id}), {read}."
    yield showing.plain(source.completeness.sentence)
    if history.last is not None:
        new = sum(map(len, history.new.values()))
        yield f"{counted(new, 'finding')} {plural(new, 'is', 'are')} new since {file_time(history.last)}."
    labels = _labels(made, most)
    for result in made.by_severity:
        yield ""
        found = _counted(result, history) if result.state is RuleState.FOUND else _answer(result)
        yield f"[{result.rule.severity}] {result.rule.title} ({result.rule.id}): {found}"
        for reason in result.reasons:
            yield f"    {showing.plain(reason)}"
        if result.state is RuleState.FOUND:
            yield f"    {result.rule.advice}"
            if result.remark:
                yield f"    {result.remark}"
            yield from _finding_lines(result, most, labels)


def _counted(result: RuleResult, history: AuditHistory) -> str:
    """How much a rule found, how much of it is new, and what was accepted beside it."""
    new, accepted = len(history.new_of(result)), len(result.accepted)
    parts = [findings_counted(result)]
    parts += [f"{new:,} new"] if new else []
    parts += [f"{accepted:,} accepted"] if accepted else []
    return ", ".join(parts)


def _answer(result: RuleResult) -> str:
    words = STATE_WORDS[result.state]
    accepted = f", {len(result.accepted):,} accepted" if len(result.accepted) else ""
    return f"{words[:1].lower()}{words[1:]}{accepted}"


def _labels(made: Audit, most: int) -> Mapping[str, str]:
    """What everybody is called who stands in a line, by sub."""
    subs = {sub: None for result in made.of(RuleState.FOUND) for sub in result.findings["sub"][:most] if sub}
    return {person["sub"]: person["label"] for person in people_with(made.snapshot, list(subs))}


def _finding_lines(result: RuleResult, most: int, labels: Mapping[str, str]) -> Iterator[str]:
    for finding in _records(result.findings[:most]):
        groups = ", ".join(finding["groups"])
        parts = (labels.get(finding["sub"], ""), finding["application"], groups, finding["detail"])
        yield f"    - {showing.plain(' · '.join(part for part in parts if part))}"
    left = len(result.findings) - most
    if left > 0 and most:
        yield f"    … and {left:,} more (--rows {len(result.findings)} shows them)"


def as_data(report: AuditReport) -> dict[str, Any]:
    """The audit as JSON-ready data, every finding included."""
    made, last = report.audit, report.history.last
    source = made.snapshot.about
    return {
        "pool": source.pool_name,
        "pool_id": source.pool.id,
        "snapshot": source.id,
        "read_at": source.taken_at.isoformat(),
        "audited_at": made.setting.now.isoformat(),
        "complete": source.completeness.complete,
        "statement": source.completeness.sentence,
        "compared_with": last.isoformat() if last else None,
        "results": [_result_data(report, result) for result in made.by_severity],
    }


def _result_data(report: AuditReport, result: RuleResult) -> dict[str, Any]:
    table, new = findings_frame(result, report.audit.snapshot), report.history.new_of(result)
    found = zip(_records(table), subjects_of(result.rule, table), strict=True)
    return {
        "rule": result.rule.id,
        "title": result.rule.title,
        "severity": str(result.rule.severity),
        "state": str(result.state),
        "counts": {str(about): count for about, count in result.numbers.items()},
        "reasons": list(result.reasons),
        "remark": result.remark,
        "accepted": len(result.accepted),
        "new": len(new),
        "findings": [_finding_data(finding) | {"new": subject in new} for finding, subject in found],
    }


def _finding_data(row: dict[str, Any]) -> dict[str, Any]:
    names = ("sub", "username", "email", "name", "status", "enabled", "application", "detail")
    found = {name: row[name] for name in names if row[name] not in ("", None)}
    for name in ("since", "changed"):
        if not pd.isna(row[name]):
            found[name] = row[name].isoformat()
    return found | ({"groups": list(row["groups"])} if row["groups"] else {})


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    for values in zip(*(table[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))
