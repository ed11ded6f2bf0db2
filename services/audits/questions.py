"""Questions to start from, and questions of one's own saved by name for everybody who works on the pool."""

from __future__ import annotations

from dataclasses import dataclass

from services import saved
from services.audits.severity import Severity
from services.errors import InvalidValue
from services.roles import ActorSource, Permission
from services.store.pools import PoolRecord
from services.store.saved import SavedQuestion
from services.store.store import Store

LONGEST_QUESTION = 20_000


@dataclass(frozen=True, slots=True)
class ReadyQuestion:
    """A question that everybody may start from. `older`: it compares with an older snapshot."""

    title: str
    sql: str
    older: bool = False


READY = (
    ReadyQuestion(
        "How many people are in which state?",
        "SELECT state, count(*) AS people, count(*) FILTER (WHERE NOT enabled) AS disabled\n"
        "FROM users GROUP BY state ORDER BY people DESC",
    ),
    ReadyQuestion(
        "How many people joined in which month?",
        "SELECT strftime(created, '%Y-%m') AS month, count(*) AS people\n"
        "FROM users GROUP BY month ORDER BY month",
    ),
    ReadyQuestion(
        "Which groups are the largest, and what are they for?",
        "SELECT name, members, description, precedence, role_arn <> '' AS gives_aws_role\n"
        "FROM groups ORDER BY members DESC, name",
    ),
    ReadyQuestion(
        "Who is in more than five groups, and in which?",
        'SELECT sub, label, group_count, list("group" ORDER BY "group") AS groups\n'
        "FROM users JOIN memberships USING (sub)\n"
        "WHERE group_count > 5 GROUP BY ALL ORDER BY group_count DESC, label",
    ),
    ReadyQuestion(
        "Which combinations of groups are held most often?",
        "SELECT groups, count(*) AS people FROM (\n"
        '  SELECT sub, list("group" ORDER BY "group") AS groups FROM memberships GROUP BY sub\n'
        ") GROUP BY groups ORDER BY people DESC, groups LIMIT 100",
    ),
    ReadyQuestion(
        "Which e-mail domains do people come from?",
        "SELECT lower(split_part(email, '@', -1)) AS domain, count(*) AS people\n"
        "FROM users WHERE email <> '' GROUP BY domain ORDER BY people DESC, domain",
    ),
    ReadyQuestion(
        "Who has neither an e-mail address nor a phone number?",
        "SELECT sub, username, state, created FROM users\n"
        "WHERE coalesce(email, '') = '' AND coalesce(phone_number, '') = '' ORDER BY created",
    ),
    ReadyQuestion(
        "Which people have the same name?",
        "SELECT sub, label, name, state FROM users\n"
        "WHERE name <> '' QUALIFY count(*) OVER (PARTITION BY lower(trim(name))) > 1\n"
        "ORDER BY lower(name), label",
    ),
    ReadyQuestion(
        "Who was invited more than 30 days ago and never came?",
        "SELECT sub, label, created, invitation_expiry FROM users\n"
        "WHERE state IN ('invited', 'expired', 'unsure') AND enabled AND created < now() - INTERVAL 30 DAY\n"
        "ORDER BY created",
    ),
    ReadyQuestion(
        "Who may use which application, through which groups, as which role?",
        'SELECT sub, label, application, list(DISTINCT "group") AS groups, list(DISTINCT role) AS roles\n'
        'FROM applications JOIN memberships USING ("group") JOIN users USING (sub)\n'
        "WHERE enabled GROUP BY ALL ORDER BY application, label",
    ),
    ReadyQuestion(
        "Who can get into no application at all?",
        "SELECT sub, label, state FROM users\nWHERE enabled AND sub NOT IN (\n"
        '  SELECT sub FROM memberships JOIN applications USING ("group")\n) ORDER BY label',
    ),
    ReadyQuestion(
        "Which groups are used by no application?",
        'SELECT name AS "group", members FROM groups\n'
        'WHERE name NOT IN (SELECT "group" FROM applications WHERE "group" IS NOT NULL) AND NOT automatic\n'
        "ORDER BY members DESC, name",
    ),
    ReadyQuestion(
        "What did operators do in the last 30 days?",
        "SELECT operator, action, result, count(*) AS times FROM activity\n"
        'WHERE "at" > now() - INTERVAL 30 DAY GROUP BY ALL ORDER BY times DESC',
    ),
    ReadyQuestion(
        "Who joined since the older snapshot?",
        "SELECT sub, label, state, created FROM users\nANTI JOIN older_users USING (sub) ORDER BY created",
        older=True,
    ),
    ReadyQuestion(
        "Who gained which groups since the older snapshot?",
        'SELECT sub, label, "group" FROM memberships\n'
        'ANTI JOIN older_memberships USING (sub, "group") JOIN users USING (sub) ORDER BY "group", label',
        older=True,
    ),
)
"""What the tab Ask offers."""


def save_question(
    store: Store, pool: PoolRecord, who: ActorSource, name: str, sql: str, about: str = "", severity: str = ""
) -> SavedQuestion:
    """Keep a question; with a `severity` it is asked in every audit of the pool.

    Raises `InvalidValue` without a name or a question, `NameTaken`, and `NotPermitted`: a severity needs
    the right to change the audit rules.
    """
    actor = who()
    actor.require(Permission.AUDIT_RULES if severity else Permission.READ)
    name = saved.checked_name(name, "question")
    if not sql.strip():
        raise InvalidValue("Nothing is asked, so there is nothing to save.", "Write a SELECT.", field="sql")
    if len(sql) > LONGEST_QUESTION:
        raise InvalidValue(
            f"The question is longer than {LONGEST_QUESTION:,} characters.", "Shorten it.", field="sql"
        )
    if severity and severity not in set(Severity):
        raise InvalidValue(
            f"There is no severity “{severity}”.", f"Use one of {', '.join(Severity)}.", field="severity"
        )
    new = SavedQuestion(
        pool_record_id=pool.id,
        name=name,
        operator_id=actor.operator_id,
        operator_name=actor.name,
        sql=sql.strip(),
        about=" ".join(about.split()),
        severity=severity,
    )
    return saved.save(store, store.saved_questions, actor, pool, new)
