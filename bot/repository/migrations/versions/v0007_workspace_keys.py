"""The key of a workspace is its team ID alone, which stays when the workspace joins an Enterprise organization."""

from alembic import op

from bot.repository.migrations.workspace_keys import move_rows, workspace_keys

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Move the rows of `E…:T…` to `T…`."""
    connection = op.get_bind()
    for key in workspace_keys(connection):
        _, separator, team = key.partition(":")
        if separator:
            move_rows(connection, key, team)
