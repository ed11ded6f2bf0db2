"""Charts of groups that can stand in a report: altair charts with titles, units and a description.

They work on the screen, in a notebook, and as pictures (`svg`). `statement` says under the title what
they were read from and whether that is complete. Colours keep 3:1 against white and against the
console's dark background.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import altair as alt
import pandas as pd
import vl_convert

from services.audits.matrix import NO_GROUP, Combination, GroupSize, Pairs
from services.audits.people import people_sql
from services.audits.rule import RuleResult, RuleState
from services.audits.severity import Severity
from services.directory.filtering import STATES
from services.directory.pool import PoolTables
from services.store.audit_days import AuditDay

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.VConcatChart

ENABLED, DISABLED = "#0f8f83", "#8a979c"
STATUS_COLOURS = {rule.title: rule.colour for rule in STATES.values()}
BAR = 22  # pixels for one group
ROOM = 170  # pixels for titles, axis and legend
CELL = (58, 34)  # pixels of width and height for a pair of groups
_FIT = alt.AutoSizeParams(type="fit", contains="padding")


def size_chart(sizes: Sequence[GroupSize], pool: str, statement: str = "") -> Chart:
    """People per group, those disabled apart. Groups not read to the end say so in their name."""
    rows = [
        {"Group": _name(size), "Account": account, "People": count, "Place": place}
        for place, size in enumerate(sizes)
        for account, count in (("Enabled", size.enabled), ("Disabled", size.disabled))
    ]
    words = "; ".join(f"{_name(size)}: {size.people:,}" for size in sizes)
    table = pd.DataFrame(rows, columns=["Group", "Account", "People", "Place"])
    made: alt.Chart = (
        alt.Chart(
            table,
            title=_title(f"People per group, {pool}", statement),
            description=f"People per group. {words}.",
        )
        .mark_bar()
        .encode(
            y=_groups([_name(size) for size in sizes]),
            x=_people(),
            color=alt.Color(
                "Account:N",
                title=None,
                scale=alt.Scale(domain=["Enabled", "Disabled"], range=[ENABLED, DISABLED]),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("Account:N", sort="descending"),
            tooltip=["Group:N", "Account:N", "People:Q"],
        )
        .properties(height=BAR * max(1, len(sizes)) + ROOM, autosize=_FIT)
    )
    return made


def status_chart(table: pd.DataFrame, order: Sequence[str], pool: str, statement: str = "") -> Chart:
    """What statuses the people of each group have; `table` as `overlap.status_by_group` makes it."""
    shown = table[table["Group"].isin(list(order))]
    present = [name for name in STATUS_COLOURS if name in set(shown["Status"])]
    counts = shown.groupby("Status", sort=False)["People"].sum()
    words = "; ".join(f"{name}: {int(counts[name]):,} memberships" for name in present)
    made: alt.Chart = (
        alt.Chart(
            shown,
            title=_title(f"Status of the people in each group, {pool}", statement),
            description=f"Status of people by group. {words}.",
        )
        .mark_bar()
        .encode(
            y=_groups(order),
            x=_people(),
            color=alt.Color(
                "Status:N",
                title=None,
                scale=alt.Scale(domain=present, range=[STATUS_COLOURS[name] for name in present]),
                legend=alt.Legend(orient="bottom", columns=3),
            ),
            order=alt.Order("Status:N"),
            tooltip=["Group:N", "Status:N", "People:Q"],
        )
        .properties(height=BAR * max(1, len(order)) + ROOM, autosize=_FIT)
    )
    return made


def overlap_chart(found: Pairs, pool: str, statement: str = "") -> Chart:
    """A heat map: of the people in the group of a row, how many are in the group of a column too."""
    rows = [
        {
            "In group": group,
            "also in": other,
            "People": int(found.both[a, b]),
            "Share": found.share(a, b),
        }
        for a, group in enumerate(found.groups)
        for b, other in enumerate(found.groups)
        if a != b
    ]
    table = pd.DataFrame(rows, columns=["In group", "also in", "People", "Share"])
    most = max(rows, key=lambda row: int(str(row["People"])), default=None)
    words = (
        f" Most shared: {most['In group']} and {most['also in']}, {most['People']} people." if most else ""
    )
    base = _each_with_each(table, list(found.groups))
    cells = base.mark_rect().encode(
        color=alt.Color(
            "Share:Q",
            title="Share of the row's group",
            scale=alt.Scale(domain=[0, 1], range=["#e8f1f0", "#0b6e66"]),
            legend=alt.Legend(format=".0%", orient="bottom", gradientLength=260),
        )
    )
    numbers = base.mark_text(fontSize=11).encode(
        text=alt.Text("People:Q", format=",d"),
        color=alt.condition("datum.Share > 0.55", alt.value("white"), alt.value("#1d2b2f")),
    )
    return alt.layer(cells, numbers).properties(
        title=_title(f"Groups that share people, {pool}", statement),
        description=f"How many people each two groups share.{words}",
        width=max(CELL[0] * len(found.groups) + 240, 480),
        height=CELL[1] * max(1, len(found.groups)) + 240,
        autosize=_FIT,
    )


def _each_with_each(table: pd.DataFrame, groups: list[str]) -> Chart:
    """The cells of a heat map, not yet drawn."""
    made: Chart = alt.Chart(table).encode(
        y=alt.Y("In group:N", sort=groups, title="Of the people in", axis=_axis()),
        x=alt.X(
            "also in:N",
            sort=groups,
            title="so many are also in",
            axis=alt.Axis(labelAngle=-45, labelLimit=160, orient="top", labelOverlap=False),
        ),
        tooltip=["In group:N", "also in:N", "People:Q", alt.Tooltip("Share:Q", format=".0%")],
    )
    return made


def _how_many(bars: pd.DataFrame, x: alt.X) -> Chart:
    """The upper half of a picture of combinations: how many people have each."""
    top = alt.Chart(bars).encode(x=x)
    columns = top.mark_bar(color=ENABLED).encode(
        y=alt.Y(
            "People:Q", title="People in exactly these groups", axis=alt.Axis(format=",d", tickMinStep=1)
        ),
        tooltip=["Groups:N", "People:Q"],
    )
    numbers = top.mark_text(dy=-7, fontSize=11, color="#6c7a80").encode(
        y="People:Q", text=alt.Text("People:Q", format=",d")
    )
    return alt.layer(columns, numbers)


def _which_groups(dots: pd.DataFrame, x: alt.X, groups: Sequence[str]) -> Chart:
    """The lower half: a dot for each group of each combination."""
    made: Chart = (
        alt.Chart(dots)
        .mark_circle(size=110, opacity=1)
        .encode(
            x=x,
            y=alt.Y("Group:N", sort=list(groups), title=None, axis=_axis()),
            color=alt.Color(
                "Held:N", scale=alt.Scale(domain=["yes", "no"], range=[ENABLED, "#c9d3d5"]), legend=None
            ),
            tooltip=["Group:N", "Held:N", "Groups:N", "People:Q"],
        )
    )
    return made


def combination_chart(found: Sequence[Combination], pool: str, statement: str = "") -> Chart:
    """Combinations of groups as columns (an UpSet plot): bars say how many people, dots which groups."""
    order = [f"{number + 1}" for number in range(len(found))]
    groups = sorted({name for combination in found for name in combination.groups}, key=str.casefold)
    bars = pd.DataFrame(
        [
            (order[place], "; ".join(combination.groups) or NO_GROUP, combination.people)
            for place, combination in enumerate(found)
        ],
        columns=["Combination", "Groups", "People"],
    )
    dots = pd.DataFrame(
        [
            (
                order[place],
                name,
                "yes" if name in combination.groups else "no",
                "; ".join(combination.groups),
                combination.people,
            )
            for place, combination in enumerate(found)
            for name in groups
        ],
        columns=["Combination", "Group", "Held", "Groups", "People"],
    )
    words = "; ".join(
        f"{' and '.join(combination.groups) or 'no group'}: {combination.people:,}" for combination in found
    )
    width = max(26 * len(found), 120)
    x = alt.X("Combination:N", sort=order, axis=None)
    return alt.vconcat(
        _how_many(bars, x).properties(width=width, height=200),
        _which_groups(dots, x, groups).properties(width=width, height=BAR * max(1, len(groups))),
        spacing=6,
        title=_title(f"Combinations of groups that people have, {pool}", statement),
        description=f"People by exact combination of groups. {words}.",
    )


def svg(chart: Chart, width: int = 760) -> bytes:
    """The chart as a picture for a report, made without any network; `width` in pixels for a simple one."""
    sized = chart.properties(width=width) if isinstance(chart, alt.Chart) else chart
    return vl_convert.vegalite_to_svg(sized.to_json(), allowed_base_urls=[]).encode()


def _title(text: str, statement: str) -> alt.TitleParams:
    lines = textwrap.wrap(statement, 110)[:4]
    return alt.TitleParams(text, subtitle=lines, anchor="start", offset=12)


def _name(size: GroupSize) -> str:
    return size.group if size.complete else f"{size.group} (not all read)"


def _axis() -> alt.Axis:
    return alt.Axis(labelLimit=240, labelOverlap=False)


def _groups(order: Sequence[str]) -> alt.Y:
    return alt.Y("Group:N", sort=list(order), title=None, axis=_axis())


def _people() -> alt.X:
    return alt.X("People:Q", title="People", axis=alt.Axis(tickMinStep=1, format=",d"))


SEVERITY_COLOURS = {
    Severity.HIGH: "#b42318",
    Severity.MEDIUM: "#c2570c",
    Severity.LOW: "#8a6d00",
    Severity.INFO: "#4b6b7a",
}
_WIDTH, _BAR, _LONGEST = 420, 22, 48
_BESIDE_TITLES, _CLOSE = 260, 15
"""Width, and height of a bar, of the picture with the many long titles of rules: they are read in print."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG as a `data:` address, and what it shows in words."""

    address: str
    words: str


def findings_picture(results: Sequence[RuleResult]) -> Picture | None:
    """How many people (or groups, applications) each rule found; None when nothing was found."""
    found = [result for result in results if result.state is RuleState.FOUND]
    if not found:
        return None
    rows = pd.DataFrame(
        {
            "Rule": [f"{result.rule.title} ({result.rule.about})" for result in found],
            "Found": [result.count for result in found],
            "Severity": [result.rule.severity.words for result in found],
        }
    )
    words = "; ".join(f"{result.rule.title}: {result.count:,} {result.rule.about}" for result in found)
    made = alt.Chart(rows, title="Findings by rule")
    bars = made.mark_bar().encode(
        y=alt.Y("Rule:N", sort=list(rows["Rule"]), title=None, axis=alt.Axis(labelLimit=320)),
        x=alt.X("Found:Q", title="People, groups or applications found", axis=_whole()),
        color=alt.Color(
            "Severity:N",
            title=None,
            scale=alt.Scale(
                domain=[severity.words for severity in Severity], range=list(SEVERITY_COLOURS.values())
            ),
            legend=alt.Legend(orient="bottom"),
        ),
    )
    numbers = made.mark_text(align="left", dx=4).encode(
        y=alt.Y("Rule:N", sort=list(rows["Rule"]), title=None),
        x="Found:Q",
        text=alt.Text("Found:Q", format=",d"),
    )
    return _picture((bars + numbers).properties(width=_BESIDE_TITLES, height=_CLOSE * len(found)), words)


def trend_picture(days: Sequence[AuditDay]) -> Picture | None:
    """How many findings there were on each day, by severity; None before there are two days."""
    if len(days) < 2:
        return None
    counts = [
        (pd.Timestamp(day.day), severity.words, day.counts.get(severity, 0))
        for day in days
        for severity in Severity
    ]
    words = "; ".join(f"{day.day}: {sum(day.counts.values()):,} findings" for day in days)
    lines = (
        alt.Chart(pd.DataFrame(counts, columns=["Day", "Severity", "Findings"]), title="Findings by day")
        .mark_line(point=True)
        .encode(
            x=alt.X("Day:T", title=None, axis=alt.Axis(format="%-d %b %Y", labelOverlap=True)),
            y=alt.Y("Findings:Q", title="Findings", axis=_whole()),
            color=alt.Color(
                "Severity:N",
                title=None,
                scale=alt.Scale(
                    domain=[severity.words for severity in Severity], range=list(SEVERITY_COLOURS.values())
                ),
                legend=alt.Legend(orient="bottom"),
            ),
        )
        .properties(width=_WIDTH, height=180)
    )
    return _picture(lines, words)


def people_picture(snapshot: PoolTables) -> Picture | None:
    """People by status, those disabled apart; None for a pool without people."""
    if not len(snapshot):
        return None
    counts = snapshot.rows(
        f"SELECT title, enabled, count(*) FROM {people_sql(snapshot)} GROUP BY ALL ORDER BY ALL"
    )
    rows = pd.DataFrame(counts, columns=["Status", "Account", "People"])
    rows["Account"] = rows["Account"].map({True: "Enabled", False: "Disabled"})
    order = list(rows.groupby("Status")["People"].sum().sort_values(ascending=False).index)
    disabled = int(rows.loc[rows["Account"] == "Disabled", "People"].sum())
    sums = rows.groupby("Status")["People"].sum()
    words = "; ".join(f"{name}: {int(sums[name]):,}" for name in order) + f"; disabled: {disabled:,}"
    bars = (
        alt.Chart(rows, title="People by status")
        .mark_bar()
        .encode(
            y=alt.Y("Status:N", sort=order, title=None, axis=alt.Axis(labelLimit=320)),
            x=alt.X("People:Q", title="People", axis=_whole()),
            color=alt.Color(
                "Account:N",
                title=None,
                scale=alt.Scale(domain=["Enabled", "Disabled"], range=[ENABLED, DISABLED]),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("Account:N", sort="descending"),
        )
        .properties(width=_WIDTH, height=_BAR * len(order))
    )
    return _picture(bars, words)


def group_picture(snapshot: PoolTables) -> Picture | None:
    """Members of the largest groups; None for a pool without memberships."""
    counts = snapshot.rows(
        'SELECT "group", count(*) AS people FROM memberships '
        'GROUP BY ALL ORDER BY people DESC, "group" LIMIT 20'
    )
    if not counts:
        return None
    rows = pd.DataFrame(counts, columns=["Group", "People"])
    unread = snapshot.completeness.unread_groups
    rows["Group"] = _told_apart(
        [_short(f"{group} (not all read)" if group in unread else group) for group in rows["Group"]]
    )
    words = "; ".join(f"{row.Group}: {row.People:,}" for row in rows.itertuples(index=False))
    bars = (
        alt.Chart(rows, title="Members of the largest groups")
        .mark_bar(color=ENABLED)
        .encode(
            y=alt.Y("Group:N", sort=list(rows["Group"]), title=None, axis=alt.Axis(labelLimit=320)),
            x=alt.X("People:Q", title="People", axis=_whole()),
        )
        .properties(width=_WIDTH, height=_BAR * len(rows))
    )
    return _picture(bars, words)


def _picture(chart: alt.Chart | alt.LayerChart, words: str) -> Picture:
    """The chart as a picture in the page: as an image, whatever text is in it can't become script."""
    svg = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    address = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return Picture(address, words)


def _whole() -> alt.Axis:
    return alt.Axis(tickMinStep=1, format=",d")


def _short(text: str) -> str:
    """A name as there is room for it: names that begin alike are mostly told apart by their ends."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 19]}…{text[-18:]}"


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, numbered where they are the same: a chart would draw them as one and add them up."""
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]
