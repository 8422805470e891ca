"""Nothing: it holds the number of a migration that is made beside this one, and gives way to it."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Change nothing."""
