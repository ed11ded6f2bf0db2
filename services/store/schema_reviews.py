"""Tables of what is read, reviewed and tried: snapshots, searches, campaigns, login tests."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from services.store.columns import SafeText, UtcTime
from services.store.metadata import ID, NAME, WORD, Sealed, metadata

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", ID, primary_key=True),
    # endpoint, region and pool id: the same pool under two records has one history
    Column("pool_key", NAME, nullable=False),
    Column("pool_name", NAME, nullable=False),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("origin", WORD, nullable=False),
    # when reading began, and when it ended
    Column("taken_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("users", Integer, nullable=False),
    Column("groups", Integer, nullable=False),
    Column("memberships", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    # how it was read, what is missing, the pool's settings: may name people
    Column("about", Sealed),
    Index(None, "pool_key", "taken_at"),
)

snapshot_parts = Table(
    "snapshot_parts",
    metadata,
    Column("snapshot_id", ID, ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True),
    Column("part", WORD, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", Sealed),
    # each is about a megabyte
    info={"rotated_at_once": 8},
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False),
    # what is searched for may be somebody's name
    Column("query", Sealed),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("pool_record_id", "name_key"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_name", NAME, nullable=False, index=True),
    Column("title", SafeText, nullable=False),
    Column("state", WORD, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("reviewers", JSON, nullable=False),
    Column("snapshot_id", ID, nullable=False),
    Column("population_hash", SafeText, nullable=False),
    Column("population", Integer, nullable=False),
    Column("created_by", NAME, nullable=False),
    Column("created_by_name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("closed_by", NAME, nullable=False),
    Column("closed_by_name", NAME, nullable=False),
    Column("closed_at", UtcTime),
    # how many times somebody has decided so far: the number of the newest of `campaign_decisions`
    Column("decisions", Integer, nullable=False),
    # the plan that the revocations became
    Column("job_id", ID, nullable=False),
    Column("about", Sealed),
    Column("closing", Sealed),
)

campaign_items = Table(
    "campaign_items",
    metadata,
    Column("campaign_id", ID, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reviewer_id", NAME, nullable=False),
    Column("group_name", SafeText, nullable=False),
    Column("suggested", Boolean, nullable=False),
    Column("decision", WORD, nullable=False),
    Column("decided_by", NAME, nullable=False),
    Column("decided_by_name", NAME, nullable=False),
    Column("decided_at", UtcTime),
    # the line of `campaign_decisions` that says why; 0 while nobody has decided
    Column("decided_in", Integer, nullable=False),
    Column("person", Sealed),
    Index(None, "campaign_id", "reviewer_id"),
)

# every time somebody decided, in order: nothing is ever changed here, so the items can be checked against it
campaign_decisions = Table(
    "campaign_decisions",
    metadata,
    Column("campaign_id", ID, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("operator_id", NAME, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("decision", WORD, nullable=False),
    # who, what about which items, when, why
    Column("entry", Sealed),
)

login_tests = Table(
    "login_tests",
    metadata,
    Column("id", ID, primary_key=True),
    Column("state_hash", SafeText, nullable=False, unique=True),
    Column("operator_id", NAME, nullable=False, index=True),
    Column("session_id", ID, nullable=False),
    Column("pool_name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    # set by the first answer that brings the state back; a second one is refused
    Column("used_at", UtcTime),
    Column("pending", Sealed),
    Column("result", Sealed),
)
