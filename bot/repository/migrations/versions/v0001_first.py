"""The first schema: enrollments, their lists, the audit and the outbox."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import (
    create_leases,
    create_list,
    identifier,
    moment,
    of_enrollment,
    only_where,
    primary_key,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "enrollments",
        identifier("id"),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("spot_org_id", sa.String(length=20), nullable=True),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("owner_zone", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("role_arn", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=True),
        moment("started_at", nullable=False),
        sa.Column("started_by", sa.String(length=32), nullable=False),
        moment("ended_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        primary_key("enrollments", "id"),
    )
    op.create_index("ix_enrollments_channel", "enrollments", ["workspace", "channel_id"])
    op.create_index("ix_enrollments_org", "enrollments", ["workspace", "spot_org_id"])
    live = only_where("status != 'cancelled'")
    op.create_index("uq_enrollments_account", "enrollments", ["workspace", "account_id"], unique=True, **live)
    create_leases("lanes")
    op.create_table(
        "outbox",
        identifier("id"),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        identifier("enrollment_id", nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        moment("owed_at", nullable=False),
        moment("due_at"),
        sa.Column("posting", sa.Boolean(), nullable=False),
        moment("attempted_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("posted_channel", sa.String(length=32), nullable=True),
        sa.Column("ts", sa.String(length=32), nullable=True),
        moment("sent_at"),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        primary_key("outbox", "id"),
        sa.UniqueConstraint("workspace", "key", name=op.f("uq_outbox_workspace_key")),
    )
    owed = only_where("state = 'owed'")
    op.create_index("ix_outbox_due", "outbox", ["workspace", "due_at"], **owed)
    op.create_index("ix_outbox_enrollment", "outbox", ["enrollment_id", "kind"])
    op.create_index("ix_outbox_lane", "outbox", ["workspace", "channel", "due_at", "id"], **owed)
    op.create_index("ix_outbox_message", "outbox", ["workspace", "posted_channel", "ts"])
    op.create_table(
        "receipts",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        identifier("enrollment_id"),
        moment("at", nullable=False),
        primary_key("receipts", "workspace", "key"),
    )
    op.create_index(op.f("ix_receipts_at"), "receipts", ["at"])
    create_list(
        "associations",
        sa.Column("subset", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
    )
    create_list(
        "billing_workflows",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
    )
    create_list("collaborators", sa.Column("user_id", sa.String(length=32), nullable=False))
    create_list(
        "end_customers",
        sa.Column("subset", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("spot_org_id", sa.String(length=20), nullable=False),
    )
    op.create_table(
        "events",
        identifier("id"),
        identifier("enrollment_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        moment("at", nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        of_enrollment("events"),
        primary_key("events", "id"),
        sa.UniqueConstraint("enrollment_id", "number", name=op.f("uq_events_enrollment_id_number")),
    )
    op.create_table(
        "steps",
        identifier("enrollment_id"),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        moment("since"),
        moment("acted_at"),
        sa.Column("acted_by", sa.String(length=32), nullable=True),
        moment("window_start"),
        moment("earliest"),
        moment("latest"),
        moment("finished_at"),
        sa.Column("finished_by", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ticket_number", sa.Text(), nullable=True),
        sa.Column("call_date", sa.String(length=10), nullable=True),
        sa.Column("reminder_number", sa.Integer(), nullable=True),
        sa.Column("reminder_kind", sa.String(length=16), nullable=True),
        sa.Column("reminder_repeat", sa.Integer(), nullable=True),
        moment("reminder_due_at"),
        sa.Column("reminders", sa.Integer(), nullable=False),
        of_enrollment("steps"),
        primary_key("steps", "enrollment_id", "key"),
    )
    create_list("subsets", sa.Column("name", sa.Text(), nullable=False))
