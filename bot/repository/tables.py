"""The tables of the database, as the newest migration leaves them.

Every instant is UTC; every key begins with the workspace, directly or through its enrollment. Those of people, of
delivery and of procedures have modules of their own; they are named here, too, so `tables` is all that others import.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import Id, Key, list_table, metadata, of_enrollment, only_where
from bot.repository.tables_of_api import api_tokens
from bot.repository.tables_of_bulk import bulk_start_rows, bulk_starts
from bot.repository.tables_of_delivery import channel_leases, outbox
from bot.repository.tables_of_installations import granted_workspaces, installations
from bot.repository.tables_of_lists import list_previews, list_tickets
from bot.repository.tables_of_people import absences, calendar_feeds, languages, mutes, reminder_preferences
from bot.repository.tables_of_procedures import party_people, procedure_steps, procedures

__all__ = [
    "Id",
    "Key",
    "absences",
    "api_tokens",
    "associations",
    "aws_looks",
    "aws_reports",
    "billing_workflows",
    "bulk_start_rows",
    "bulk_starts",
    "calendar_feeds",
    "channel_leases",
    "collaborators",
    "customer_users",
    "deletions",
    "end_customers",
    "enrollments",
    "events",
    "granted_workspaces",
    "installations",
    "languages",
    "last_changes",
    "list_exports",
    "list_previews",
    "list_tickets",
    "metadata",
    "mutes",
    "outbox",
    "party_people",
    "procedure_steps",
    "procedures",
    "receipts",
    "reminder_preferences",
    "sent_tickets",
    "step_values",
    "steps",
    "subset_accounts",
    "subsets",
]

#: The revision of the newest migration; `database.py` refuses to run on a newer schema.
SCHEMA_REVISION = "0029"

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
    Column("aws_broken_at", UtcDateTime),
    Column("aws_broken", Text),
    Column("procedure", String(64), nullable=False, server_default="aws-management-account"),
    Column("name_key", Key),
    Column("finish_first", Date),
    Column("finish_last", Date),
    Column("forecast_on", Date),
    # One management account has one enrollment; a cancelled one makes room for another.
    Index("uq_enrollments_account", "workspace", "account_id", unique=True, **only_where("status != 'cancelled'")),
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
    of_enrollment(),
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
    Index("ix_steps_under_way", "enrollment_id", **only_where("state IN ('open', 'waiting')")),
    Index("ix_steps_assignee", "assignee", **only_where("assignee IS NOT NULL")),
)

#: The values that the acts of steps have collected, by the keys of their fields.
step_values = Table(
    "step_values",
    metadata,
    of_enrollment(),
    Column("step", String(32), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    Index("ix_step_values_value", "key", "value"),
)

collaborators = list_table("collaborators", Column("user_id", String(32), nullable=False))
Index("ix_collaborators_user", collaborators.c.user_id, collaborators.c.enrollment_id)

subsets = list_table("subsets", Column("name", Text, nullable=False))

billing_workflows = list_table(
    "billing_workflows", Column("name", Text, nullable=False), Column("validated", Boolean, nullable=False)
)

associations = list_table(
    "associations", Column("subset", Text, nullable=False), Column("workflow", Text, nullable=False)
)

end_customers = list_table(
    "end_customers",
    Column("subset", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("spot_org_id", String(20), nullable=False),
)
Index("ix_end_customers_org", end_customers.c.spot_org_id, end_customers.c.enrollment_id)

subset_accounts = list_table(
    "subset_accounts", Column("subset", Text, nullable=False), Column("account_id", String(12), nullable=False)
)

#: The Spot organizations of end customers whose users are created.
customer_users = list_table("customer_users", Column("spot_org_id", String(20), nullable=False))

#: The audit: what happened, who did it, when; only ever added to. `number` counts within an enrollment.
events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    of_enrollment(primary_key=False),
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
    of_enrollment(),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("before", JSON, nullable=False),
)

#: The texts of tickets that people marked as sent, by the number of the event that says so.
sent_tickets = Table(
    "sent_tickets",
    metadata,
    of_enrollment(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

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

#: Who has exported the list of enrollments, which belongs to no single one; only ever added to.
list_exports = Table(
    "list_exports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Results of AWS checks; see check_results.py.
aws_reports = Table(
    "aws_reports",
    metadata,
    Column("id", Id, primary_key=True),
    of_enrollment(primary_key=False),
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
    of_enrollment(),
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
