"""`audit`: the audit rules over a whole pool, for people, for cron, and for files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import (
    READ_SHARE,
    USUAL_AGE,
    EndpointOption,
    MaxAgeOption,
    PoolIdOption,
    PoolOption,
    ReadShareOption,
    RegionOption,
    carried_out,
)
from services.audits.severity import Severity

app = typer.Typer()


class AuditFormat(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


RuleOption = Annotated[
    list[str] | None, typer.Option("--rule", help="Ask this rule only; repeatable. --rules lists them.")
]
FailOnOption = Annotated[
    Severity | None,
    typer.Option(
        "--fail-on", help="End with 2 for findings of this severity or graver.", case_sensitive=False
    ),
]
NewOption = Annotated[
    bool,
    typer.Option("--new", help="With --fail-on: only findings count that are new since the last time."),
]
KeptOption = Annotated[
    str, typer.Option("--snapshot", help="Use a kept snapshot (its id, or “newest”); read nothing.")
]


@app.command("audit")
@carried_out
def audit_command(
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    rule: RuleOption = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and stop.")] = False,
    format: Annotated[AuditFormat, typer.Option("--format", help="How to write it.")] = AuditFormat.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write into this file, not to the terminal.")] = None,
    fail_on: FailOnOption = None,
    new: NewOption = False,
    snapshot: KeptOption = "",
    oldest: MaxAgeOption = USUAL_AGE,
    share: ReadShareOption = READ_SHARE,
    rows: Annotated[
        int, typer.Option(help="In a table: show at most so many findings of a rule.", min=0)
    ] = 10,
) -> None:
    """Check a user pool by the audit rules. Reads the whole pool unless it was read within an hour
    (--max-age); changes nothing, bills nobody.

    What all rules found in a pool that is set up here is kept by day and
    compared with the last day before, as on the page Audits.

    Ends with 0 when all is well; 2 for findings at or above --fail-on; 3 when
    there are none of those but something couldn't be read or evaluated; 1
    after an error.
    """
