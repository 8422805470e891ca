"""Values that steps collect are stored by key in a table of their own instead of in columns."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, of_enrollment, primary_key

revision = "0004"
down_revision = "0003"

#: Column of `enrollments` -> the step that collects the value.
_OF_ENROLLMENT = {"spot_org_id": "sign_up", "role_arn": "connect_account", "bucket": "connect_account"}
_OF_STEP = ("ticket_number", "call_date")


def upgrade() -> None:
    """Create the table, copy every value into it, drop the columns."""
    op.create_table(
        "step_values",
        identifier("enrollment_id"),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        of_enrollment("step_values"),
        primary_key("step_values", "enrollment_id", "step", "key"),
    )
    op.create_index("ix_step_values_value", "step_values", ["key", "value"])
    for column, step in _OF_ENROLLMENT.items():
        _copy("enrollments", "id", column, sa.literal(step))
    for column in _OF_STEP:
        _copy("steps", "enrollment_id", column, sa.column("key"))
    op.drop_index("ix_enrollments_org", "enrollments")
    for column in _OF_ENROLLMENT:
        op.drop_column("enrollments", column)
    for column in _OF_STEP:
        op.drop_column("steps", column)


def _copy(table: str, enrollment: str, column: str, step: sa.ColumnElement[str]) -> None:
    old = sa.table(table, sa.column(enrollment), sa.column("key"), sa.column(column))
    new = sa.table("step_values", *map(sa.column, ("enrollment_id", "step", "key", "value")))
    values = sa.select(old.c[enrollment], step, sa.literal(column), old.c[column]).where(old.c[column] != "")
    op.get_bind().execute(sa.insert(new).from_select(["enrollment_id", "step", "key", "value"], values))
