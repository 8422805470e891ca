"""People can be away with a stand-in, choose how they are reminded, and mute enrollments."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, of_enrollment, only_where, primary_key

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables; nobody has said anything yet."""
    op.create_table(
        "absences",
        identifier("id"),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("stand_in", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        moment("ends_at", nullable=False),
        moment("set_at", nullable=False),
        moment("ended_at"),
        primary_key("absences", "id"),
    )
    op.create_index("ix_absences_open", "absences", ["workspace", "ends_at"], **only_where("ended_at IS NULL"))
    op.create_table(
        "reminder_preferences",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("reminding", sa.String(length=16), nullable=False),
        primary_key("reminder_preferences", "workspace", "user_id"),
    )
    op.create_table(
        "mutes",
        identifier("enrollment_id"),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        of_enrollment("mutes"),
        primary_key("mutes", "enrollment_id", "user_id"),
    )
    op.create_index("ix_mutes_user_id", "mutes", ["user_id"])
