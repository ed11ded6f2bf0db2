"""The tables that no record makes by itself (`records.table_of` makes those of the configuration).

A change here needs the same change in migrations/; a test compares the two. Columns of type
`Sealed` hold only what the vault has encrypted for exactly their table, column and row.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from services.store.columns import ID, NAME, WORD, SafeText, Sealed, UtcTime, metadata

vault = Table(
    "vault",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("canary", Sealed, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("rotated_at", UtcTime),
)

settings = Table(
    "settings",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

operators = Table(
    "operators",
    metadata,
    Column("id", ID, primary_key=True),
    Column("username", NAME, nullable=False),
    Column("username_key", NAME, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("email", SafeText, nullable=False),
    Column("role", WORD, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # the bcrypt hash, sealed as well: a stolen file alone can't be guessed against
    Column("password_hash", Sealed),
    Column("created_at", UtcTime, nullable=False),
    Column("last_sign_in", UtcTime),
    # of whom a company's provider knows: which provider, and its own id for them
    Column("provider_id", ID),
    Column("subject", SafeText),
    # what may not be changed past the console: name, role, state, company account
    Column("seal", Sealed),
    Index(None, "provider_id", "subject", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("operator_id", ID, ForeignKey("operators.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", SafeText, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("idle_seconds", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("revoked_at", UtcTime),
    Column("address", NAME, nullable=False),
    Column("agent", SafeText, nullable=False),
    # when the operator last gave their second factor here
    Column("proved_at", UtcTime),
)

operator_factors = Table(
    "operator_factors",
    metadata,
    Column("id", ID, primary_key=True),
    Column("operator_id", ID, ForeignKey("operators.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", WORD, nullable=False),
    Column("secret", Sealed, nullable=False),
    # the time step of the last code taken: no code counts twice
    Column("last_step", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # of passkeys: what their operator calls them, and how often they have signed, as they say
    Column("name", NAME, nullable=False, server_default=""),
    Column("sign_count", Integer, nullable=False, server_default="0"),
    Column("last_used_at", UtcTime),
)

tickets = Table(
    "tickets",
    metadata,
    Column("token_hash", SafeText, primary_key=True),
    Column("purpose", WORD, nullable=False),
    Column("subject", Sealed, nullable=False),
    Column("bind_hash", SafeText, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
)

activity = Table(
    "activity",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("finished_at", UtcTime),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("role", WORD, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("action", WORD, nullable=False),
    Column("pool", NAME, nullable=False),
    Column("target_kind", WORD, nullable=False),
    Column("target_id", SafeText, nullable=False),
    Column("target_name", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("job_id", ID, nullable=False),
    Column("result", WORD, nullable=False),
    Column("error_code", NAME, nullable=False),
    Column("error", SafeText, nullable=False),
    # what a search for words looks through: casefolded, because databases fold only ASCII
    Column("words", SafeText, nullable=False),
    Column("before", Sealed),
    Column("after", Sealed),
    Column("ticket", SafeText, nullable=False, server_default=""),
    # how the operator made sure who was asking
    Column("identified", SafeText, nullable=False, server_default=""),
    Index(None, "operator_id", "id"),
    Index(None, "target_id", "id"),
    # places in the chain that proves the log, and the codes that prove them (see log_chain.py)
    Column("begun", Integer, index=True),
    Column("begun_mac", SafeText),
    Column("ended", Integer, index=True),
    Column("ended_mac", SafeText),
    # of a line whose content was erased: what it was linked with, and that the console erased it
    Column("erased_at", UtcTime),
    Column("begun_digest", SafeText),
    Column("ended_digest", SafeText),
    Column("erasure", SafeText),
    Index(None, "job_id", "id"),
)

# the head of that chain: one row
activity_head = Table(
    "activity_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Sealed, nullable=False),
    Column("number", Integer, nullable=False),
    Column("mac", SafeText, nullable=False),
    Column("first", Integer, nullable=False),
    Column("first_mac", SafeText, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("inherited", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("removed_before", UtcTime),
    Column("damage", SafeText, nullable=False),
    Column("seal", SafeText, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("pool_name", NAME, nullable=False),
    Column("target", JSON, nullable=False),
    Column("state", WORD, nullable=False, index=True),
    Column("control", WORD, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("created_by", NAME, nullable=False),
    Column("created_by_name", NAME, nullable=False),
    Column("started_by", NAME, nullable=False),
    Column("started_by_name", NAME, nullable=False),
    Column("options", JSON, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("total_rows", Integer, nullable=False),
    Column("total_steps", Integer, nullable=False),
    Column("undo_of", ID, nullable=False),
    Column("lease_owner", NAME, nullable=False),
    Column("lease_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
)

job_rows = Table(
    "job_rows",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("outcome", WORD, nullable=False),
    Column("code", NAME, nullable=False),
    Column("payload", Sealed),
    Column("message", Sealed),
    Column("changed_at", UtcTime, nullable=False),
    # counted every second while a job's page is open, without touching what is sealed
    Index(None, "job_id", "outcome", "row"),
)

job_steps = Table(
    "job_steps",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("action", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", NAME, nullable=False),
    Column("activity_id", ID, nullable=False),
    Column("change", Sealed),
    Column("result", Sealed),
    Column("sent_at", UtcTime),
    Column("finished_at", UtcTime),
    Index(None, "job_id", "state", "action", "finished_at", "row"),
)

job_passwords = Table(
    "job_passwords",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("password", Sealed),
    Column("handed_over_at", UtcTime),
)

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

saved_questions = Table(
    "saved_questions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False),
    # what is asked may name people
    Column("question", Sealed),
    Column("severity", WORD, nullable=False),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("pool_record_id", "name_key"),
)

finding_notes = Table(
    "finding_notes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), nullable=False),
    Column("rule", NAME, nullable=False),
    # the person's ID (sub), or the groups or the application that were found
    Column("subject", NAME, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("until", UtcTime),
    Column("assignee_id", NAME, nullable=False),
    Column("assignee_name", NAME, nullable=False),
    Column("note", Sealed),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index(None, "pool_record_id", "rule", "subject"),
)

audit_days = Table(
    "audit_days",
    metadata,
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), primary_key=True),
    # as in 2026-11-27
    Column("day", WORD, primary_key=True),
    Column("taken_at", UtcTime, nullable=False),
    Column("counts", JSON, nullable=False),
    # prints of what was found, by rule
    Column("found", Sealed, nullable=False),
    info={"rotated_at_once": 8},
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), nullable=False),
    Column("operator_id", ID, ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    # counts every change, so that two tabs can't overwrite each other
    Column("version", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    # the file's name, how it is read, corrected cells
    Column("about", Sealed),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False, index=True),
    Index(None, "operator_id", "pool_record_id"),
)

draft_parts = Table(
    "draft_parts",
    metadata,
    Column("draft_id", ID, ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", Sealed),
    # each is about a megabyte
    info={"rotated_at_once": 8},
)

column_choices = Table(
    "column_choices",
    metadata,
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), primary_key=True),
    # a print of the set of headings
    Column("headings", NAME, primary_key=True),
    # a file without headings may have a person for them
    Column("meanings", Sealed),
    Column("operator_name", NAME, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id", ondelete="CASCADE"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("timing", NAME, nullable=False),
    Column("zone", NAME, nullable=False),
    Column("task", WORD, nullable=False),
    # a search or a list of reviewers may name people
    Column("options", Sealed),
    # what a run leaves for the next one
    Column("memory", Sealed),
    Column("paused", Boolean, nullable=False),
    Column("next_at", UtcTime, index=True),
    Column("owner", NAME, nullable=False),
    Column("owned_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("pool_record_id", "name_key"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("schedule_id", ID, ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("result", WORD, nullable=False, index=True),
    # how many earlier times nobody ran it
    Column("missed", Integer, nullable=False),
    Column("said", Sealed),
    Column("filename", NAME, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("job_id", ID, nullable=False),
    Column("campaign_id", ID, nullable=False),
    Index(None, "schedule_id", "id"),
)

schedule_files = Table(
    "schedule_files",
    metadata,
    Column("run_id", ID, ForeignKey("schedule_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", Sealed),
    # each is about a megabyte
    info={"rotated_at_once": 8},
)

notices = Table(
    "notices",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", NAME, nullable=False, unique=True),
    Column("kind", WORD, nullable=False),
    Column("target", NAME, nullable=False),
    Column("text", Sealed),
    Column("state", WORD, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("error", SafeText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Index(None, "state", "next_at"),
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

# when the next call may be sent, in microseconds since 1970; nothing here is worth keeping
paces = Table(
    "paces",
    metadata,
    Column("account", SafeText, primary_key=True),
    Column("bucket", SafeText, primary_key=True),
    Column("share", Double, primary_key=True),
    Column("due", BigInteger, nullable=False),
)

# tries to sign in, for as long as they count: microseconds on the clock of `SignInTries`
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", WORD, nullable=False),
    # a code of what was typed, which may be a password: nobody can guess it without the key
    Column("name", NAME, nullable=False, index=True),
    Column("place", NAME, nullable=False, index=True),
    Column("device", NAME, nullable=False),
    Column("tried_at", BigInteger, nullable=False, index=True),
    # whether the log says that a waiting time began with it
    Column("told", Boolean, nullable=False),
)
