"""The first schema: enrollments, their lists, the audit and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "enrollments",
        sa.Column("id", _id(), nullable=False),
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
        sa.Column("started_at", _moment(), nullable=False),
        sa.Column("started_by", sa.String(length=32), nullable=False),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
    )
    op.create_index("ix_enrollments_channel", "enrollments", ["workspace", "channel_id"], unique=False)
    op.create_index("ix_enrollments_org", "enrollments", ["workspace", "spot_org_id"], unique=False)
    op.create_index(
        "uq_enrollments_account",
        "enrollments",
        ["workspace", "account_id"],
        unique=True,
        sqlite_where=sa.text("status != 'cancelled'"),
        postgresql_where=sa.text("status != 'cancelled'"),
    )
    op.create_table(
        "lanes",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("next_at", _moment(), nullable=True),
        sa.Column("paused_until", _moment(), nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_until", _moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.Column("closed_reason", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "channel", name=op.f("pk_lanes")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _id(), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("enrollment_id", _id(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owed_at", _moment(), nullable=False),
        sa.Column("due_at", _moment(), nullable=True),
        sa.Column("posting", sa.Boolean(), nullable=False),
        sa.Column("attempted_at", _moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("posted_channel", sa.String(length=32), nullable=True),
        sa.Column("ts", sa.String(length=32), nullable=True),
        sa.Column("sent_at", _moment(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("workspace", "key", name=op.f("uq_outbox_workspace_key")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["workspace", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'owed'"),
        postgresql_where=sa.text("state = 'owed'"),
    )
    op.create_index("ix_outbox_enrollment", "outbox", ["enrollment_id", "kind"], unique=False)
    op.create_index(
        "ix_outbox_lane",
        "outbox",
        ["workspace", "channel", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'owed'"),
        postgresql_where=sa.text("state = 'owed'"),
    )
    op.create_index("ix_outbox_message", "outbox", ["workspace", "posted_channel", "ts"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_at"), "receipts", ["at"], unique=False)
    op.create_table(
        "associations",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subset", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_associations_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "position", name=op.f("pk_associations")),
    )
    op.create_table(
        "billing_workflows",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_billing_workflows_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "position", name=op.f("pk_billing_workflows")),
    )
    op.create_table(
        "collaborators",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_collaborators_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "position", name=op.f("pk_collaborators")),
    )
    op.create_table(
        "end_customers",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subset", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("spot_org_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_end_customers_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "position", name=op.f("pk_end_customers")),
    )
    op.create_table(
        "events",
        sa.Column("id", _id(), nullable=False),
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_events_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("enrollment_id", "number", name=op.f("uq_events_enrollment_id_number")),
    )
    op.create_table(
        "steps",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", _moment(), nullable=True),
        sa.Column("acted_at", _moment(), nullable=True),
        sa.Column("acted_by", sa.String(length=32), nullable=True),
        sa.Column("window_start", _moment(), nullable=True),
        sa.Column("earliest", _moment(), nullable=True),
        sa.Column("latest", _moment(), nullable=True),
        sa.Column("finished_at", _moment(), nullable=True),
        sa.Column("finished_by", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ticket_number", sa.Text(), nullable=True),
        sa.Column("call_date", sa.String(length=10), nullable=True),
        sa.Column("reminder_number", sa.Integer(), nullable=True),
        sa.Column("reminder_kind", sa.String(length=16), nullable=True),
        sa.Column("reminder_repeat", sa.Integer(), nullable=True),
        sa.Column("reminder_due_at", _moment(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_steps_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "key", name=op.f("pk_steps")),
    )
    op.create_table(
        "subsets",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_subsets_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "position", name=op.f("pk_subsets")),
    )
