"""The tables of the database, as the newest migration leaves them.

Every instant is UTC; every key begins with the workspace, directly or through its enrollment.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.repository.column_types import UtcDateTime

#: The revision of the newest migration; `database.py` refuses to run on a newer schema.
SCHEMA_REVISION = "0014"

#: SQLite only counts up by itself for a column that it calls INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_enrollment(primary_key: bool = True) -> Column[Any]:
    reference = ForeignKey("enrollments.id", ondelete="CASCADE")
    return Column("enrollment_id", Id, reference, primary_key=primary_key, nullable=False)


def _list_table(name: str, *columns: Column[Any]) -> Table:
    """The table of a list of an enrollment, with the entries in order."""
    position = Column("position", Integer, primary_key=True, autoincrement=False)
    return Table(name, metadata, _of_enrollment(), position, *columns)


def _only_where(condition: str) -> dict[str, Any]:
    """The options of an index over the rows that meet a condition."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: Sorted by code point whatever the locale of the database is, so that the beginning of a text is a range.
Key = Text().with_variant(Text(collation="C"), "postgresql")

#: The columns from `name_key` on are for lists and look-ups: see portfolio_columns.py.
enrollments = Table(
    "enrollments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("account_id", String(12), nullable=False),
    Column("account_name", Text, nullable=False),
    Column("channel_id", String(32), nullable=False),
    Column("owner", String(32), nullable=False),
    Column("owner_zone", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", String(32), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Column("external_id", String(64)),
    Column("checked_at", UtcDateTime),
    Column("checked_by", String(32)),
    Column("checked_result", Text),
    Column("landed_at", UtcDateTime),
    Column("name_key", Key),
    Column("finish_first", Date),
    Column("finish_last", Date),
    Column("forecast_on", Date),
    # One management account has one enrollment; a cancelled one makes room for another.
    Index("uq_enrollments_account", "workspace", "account_id", unique=True, **_only_where("status != 'cancelled'")),
    Index("ix_enrollments_channel", "workspace", "channel_id", "status"),
    Index("ix_enrollments_status", "workspace", "status", "channel_id"),
    Index("ix_enrollments_ended", "workspace", "status", "ended_at"),
    Index("ix_enrollments_finish", "workspace", "status", "finish_last"),
    Index("ix_enrollments_started", "workspace", "started_at"),
    Index("ix_enrollments_started_by", "workspace", "started_by", "started_at"),
    Index("ix_enrollments_owner", "workspace", "owner"),
    Index("ix_enrollments_account_id", "workspace", "account_id"),
    Index("ix_enrollments_name", "workspace", "name_key", "account_id"),
)

steps = Table(
    "steps",
    metadata,
    _of_enrollment(),
    Column("key", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime),
    Column("acted_at", UtcDateTime),
    Column("acted_by", String(32)),
    Column("window_start", UtcDateTime),
    Column("earliest", UtcDateTime),
    Column("latest", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("finished_by", String(32)),
    Column("reason", Text),
    Column("acted_on", Date),
    Column("finished_on", Date),
    Column("snoozed_by", String(32)),
    Column("snoozed_at", UtcDateTime),
    Column("snoozed_until", Date),
    Column("snooze_note", Text),
    Column("assignee", String(32)),
    Column("target", Date),
    Column("blocked_by", String(16)),
    Column("blocked_why", Text),
    Column("blocked_at", UtcDateTime),
    Column("note", Text),
    Column("noted_by", String(32)),
    Column("noted_at", UtcDateTime),
    Column("reminders", Integer, nullable=False),
    Column("late_from", UtcDateTime),
    Index("ix_steps_under_way", "enrollment_id", **_only_where("state IN ('open', 'waiting')")),
    Index("ix_steps_assignee", "assignee", **_only_where("assignee IS NOT NULL")),
)

#: The values that the acts of steps have collected, by the keys of their fields.
step_values = Table(
    "step_values",
    metadata,
    _of_enrollment(),
    Column("step", String(32), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    Index("ix_step_values_value", "key", "value"),
)

collaborators = _list_table("collaborators", Column("user_id", String(32), nullable=False))
Index("ix_collaborators_user", collaborators.c.user_id, collaborators.c.enrollment_id)

subsets = _list_table("subsets", Column("name", Text, nullable=False))

billing_workflows = _list_table(
    "billing_workflows", Column("name", Text, nullable=False), Column("validated", Boolean, nullable=False)
)

associations = _list_table(
    "associations", Column("subset", Text, nullable=False), Column("workflow", Text, nullable=False)
)

end_customers = _list_table(
    "end_customers",
    Column("subset", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("spot_org_id", String(20), nullable=False),
)

#: The audit: what happened, who did it, when; only ever added to. `number` counts within an enrollment.
events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    _of_enrollment(primary_key=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("step", String(32)),
    Column("version", Integer, nullable=False),
    Column("details", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    UniqueConstraint("enrollment_id", "number"),
)

#: The last change of each enrollment, with the exact values that it replaced; see last_changes.py.
last_changes = Table(
    "last_changes",
    metadata,
    _of_enrollment(),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("before", JSON, nullable=False),
)

#: The texts of tickets that people marked as sent, by the number of the event that says so.
sent_tickets = Table(
    "sent_tickets",
    metadata,
    _of_enrollment(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

#: Who was and is away, and who stood in; only ever added to and ended. An open one is over at `ends_at` by itself.
absences = Table(
    "absences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(32), nullable=False),
    Column("stand_in", String(32), nullable=False),
    Column("until", Date, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_absences_open", "workspace", "ends_at", **_only_where("ended_at IS NULL")),
)

#: How people want to be reminded; without a row, by a mention in the channel.
reminder_preferences = Table(
    "reminder_preferences",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("reminding", String(16), nullable=False),
)

#: Enrollments whose reminders do not mention a person, because they have said so.
mutes = Table("mutes", metadata, _of_enrollment(), Column("user_id", String(32), primary_key=True, index=True))

#: What is left of enrollments that an admin has deleted.
deletions = Table(
    "deletions",
    metadata,
    Column("enrollment_id", Id, primary_key=True, autoincrement=False),
    Column("account_id", String(12), nullable=False),
    Column("account_name", Text, nullable=False),
    Column("started_by", String(32), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("deleted_by", String(32), nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
)

#: Results of AWS checks; see check_results.py.
aws_reports = Table(
    "aws_reports",
    metadata,
    Column("id", Id, primary_key=True),
    _of_enrollment(primary_key=False),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(32), nullable=False),
    Column("bucket", Text),
    Column("found", JSON, nullable=False),
    Index("ix_aws_reports_newest", "enrollment_id", "kind", "id"),
)

#: Claims of AWS checks: one process at a time checks an enrollment. See check_results.py.
aws_looks = Table(
    "aws_looks",
    metadata,
    _of_enrollment(),
    Column("kind", String(16), primary_key=True),
    Column("by", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

#: Requests of Slack that were carried out, so that a repeated delivery changes nothing.
receipts = Table(
    "receipts",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("enrollment_id", Id, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

#: Private calendar feeds: the hash of the token in a person's address, and since when it is theirs.
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
)

#: A channel (or person) that messages go to: who is posting there now, and when the next post is allowed.
#: See delivery/channel_leases.py for what the columns mean.
channel_leases = Table(
    "channel_leases",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("next_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("lease_token", String(36)),
    Column("lease_until", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_reason", String(64)),
    Column("reminded_at", UtcDateTime),
)

#: Every message, sent or not. See delivery/outbox.py for what the columns mean.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("enrollment_id", Id),
    Column("state", String(16), nullable=False),
    Column("owed_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("posting", Boolean, nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("posted_channel", String(32)),
    Column("ts", String(32)),
    Column("sent_at", UtcDateTime),
    Column("payload", JSON, nullable=False),
    Column("last_error", Text),
    Column("merged_into", Id),
    Column("lookup", Text),
    UniqueConstraint("workspace", "key"),
    # Claims look at what is due only: neither what was sent nor the future is touched.
    Index("ix_outbox_due", "workspace", "due_at", **_only_where("state = 'owed'")),
    Index("ix_outbox_lane", "workspace", "channel", "due_at", "id", **_only_where("state = 'owed'")),
    Index("ix_outbox_failed", "workspace", **_only_where("state = 'failed'")),
    Index("ix_outbox_enrollment", "enrollment_id", "kind"),
    Index("ix_outbox_message", "workspace", "posted_channel", "ts"),
)
