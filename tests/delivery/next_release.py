"""The next version of the bot, as far as its database goes: this one with one more migration, run as `python -m bot`.

The environment names the migration in NEXT_RELEASE: `adds` keeps all that this version needs, `takes` does not.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.repository import schema_upgrade, tables
from tests.support.bot_process import Bot

#: What the migration is called, and what it does.
RELEASES = {
    "adds": (
        "9999",
        """
    op.add_column("outbox", sa.Column("hint", sa.Text()))
    op.add_column("enrollments", sa.Column("colour", sa.String(8), nullable=False, server_default=sa.text("''")))
    op.create_table("greetings", sa.Column("id", sa.Integer, primary_key=True))
""",
    ),
    # A table that neither version reads while it delivers: what the next one has in its place is its own business.
    "takes": ("9.9999", '    op.drop_table("list_exports")\n'),
}


class NextBot(Bot):
    """A running process of it; its settings name the release in NEXT_RELEASE."""

    def _begin(self, folder: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("w") as log:
            return subprocess.Popen([sys.executable, "-m", __name__, "serve"], env=env, cwd=folder, stderr=log)


def main() -> None:
    """Add the migration, and be `python -m bot`."""
    revision, steps = RELEASES[os.environ["NEXT_RELEASE"]]
    with TemporaryDirectory(prefix="eco-next-") as folder:
        migrations = Path(shutil.copytree(schema_upgrade.MIGRATIONS, Path(folder) / "migrations"))
        (migrations / "versions" / "next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f'revision, down_revision = "{revision}", "{tables.SCHEMA_REVISION}"\n\n\ndef upgrade() -> None:\n{steps}'
        )
        schema_upgrade.MIGRATIONS = migrations
        schema_upgrade.SCHEMA_REVISION = revision
        runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
