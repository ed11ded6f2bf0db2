"""The charts of a report as SVG pictures, drawn here: no font, script or picture comes from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
import pyarrow.compute as pc
import vl_convert

from services.audits.rule import Result, Severity, State
from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.directory.snapshot import Snapshot

SEVERITY_COLOURS = {
    Severity.HIGH: "#b42318",
    Severity.MEDIUM: "#c2570c",
    Severity.LOW: "#8a6d00",
    Severity.INFO: "#4b6b7a",
}
ENABLED, DISABLED = "#0f8f83", "#8a979c"
_WIDTH, _BAR, _LONGEST = 420, 22, 48


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG as a `data:` address, and what it shows in words."""

    address: str
    words: str


def findings_picture(results: Sequence[Result]) -> Picture | None:
    """How many people (or groups, applications) each rule found; None when nothing was found."""
    found = [one for one in results if one.state is State.FOUND]
    if not found:
        return None
    rows = pd.DataFrame(
        {
            "Rule": [f"{one.rule.title} ({one.rule.about})" for one in found],
            "Found": [one.count for one in found],
            "Severity": [str(one.rule.severity) for one in found],
        }
    )
    words = "; ".join(f"{one.rule.title}: {one.count:,} {one.rule.about}" for one in found)
    made = alt.Chart(rows, title="Findings by rule")
    bars = made.mark_bar().encode(
        y=alt.Y("Rule:N", sort=list(rows["Rule"]), title=None, axis=alt.Axis(labelLimit=320)),
        x=alt.X("Found:Q", title="People, groups or applications found", axis=_whole()),
        color=alt.Color(
            "Severity:N",
            title=None,
            scale=alt.Scale(domain=[str(one) for one in Severity], range=list(SEVERITY_COLOURS.values())),
            legend=alt.Legend(orient="bottom"),
        ),
    )
    numbers = made.mark_text(align="left", dx=4).encode(
        y=alt.Y("Rule:N", sort=list(rows["Rule"]), title=None),
        x="Found:Q",
        text=alt.Text("Found:Q", format=",d"),
    )
    return _picture((bars + numbers).properties(width=_WIDTH, height=_BAR * len(found)), words)


def people_picture(snapshot: Snapshot) -> Picture | None:
    """People by status, those disabled apart; None for a pool without people."""
    if not len(snapshot):
        return None
    counts = snapshot.users.group_by(["status", "enabled"]).aggregate([("sub", "count")])
    rows = pd.DataFrame(
        {
            "Status": [_words(one) for one in counts["status"].to_pylist()],
            "Account": ["Enabled" if one else "Disabled" for one in counts["enabled"].to_pylist()],
            "People": counts["sub_count"].to_pylist(),
        }
    )
    order = list(rows.groupby("Status")["People"].sum().sort_values(ascending=False).index)
    disabled = int(pc.sum(pc.invert(snapshot.users["enabled"])).as_py() or 0)
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


def group_picture(snapshot: Snapshot) -> Picture | None:
    """Members of the largest groups; None for a pool without memberships."""
    if not snapshot.memberships.num_rows:
        return None
    counts = snapshot.memberships.group_by("group").aggregate([("sub", "count")])
    rows = pd.DataFrame({"Group": counts["group"].to_pylist(), "People": counts["sub_count"].to_pylist()})
    rows = rows.sort_values(["People", "Group"], ascending=[False, True]).head(20)
    unread = snapshot.completeness.unread_groups
    rows["Group"] = [_short(f"{one} (not all read)" if one in unread else one) for one in rows["Group"]]
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


def _words(status: str) -> str:
    return STATUS_TEXTS[UserStatus(status)].title if status in UserStatus.__members__ else status


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
