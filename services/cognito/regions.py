"""The regions that have Cognito user pools, as far as the installed botocore knows."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Any

import botocore.session

_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


@cache
def _region_names() -> MappingProxyType[str, str]:
    session = botocore.session.Session()
    found: dict[str, str] = {}
    data: dict[str, Any] = session.get_data("endpoints")
    for partition in data["partitions"]:
        if partition["partition"] not in _PARTITIONS:
            continue
        offered = partition["services"].get("cognito-idp", {}).get("endpoints", {})
        for code, facts in partition["regions"].items():
            if code in offered:
                found[code] = str(facts["description"])
    return MappingProxyType(dict(sorted(found.items())))


REGIONS: tuple[str, ...] = tuple(_region_names())
"""Regions in which the installed botocore knows Cognito user pools."""


def region_name(region: str) -> str:
    """What people call the region: "Europe (Ireland)" for eu-west-1; the code itself if unknown."""
    return _region_names().get(region, region)
