"""Nothing that the bot writes into its folder can be committed by mistake."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = (
    *("eco-bot.db", "eco-bot.db-wal", "eco-bot.db-shm", "eco-bot.db-journal"),
    *("eco-bot.db.restoring-0a1b2c3d", "eco-bot.db.restoring-0a1b2c3d-wal", "copy.db.writing-0a1b2c3d"),
    *("eco-bot.db.before-restore-20261123T100000Z", "eco-bot.db.before-restore-20261123T100000Z-wal"),
    *("my.db.slack.json", "my.db.slack.json.new", ".env"),
)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout of git")
def test_git_ignores_what_the_bot_writes() -> None:
    """Databases, backups, restored files, and what the demo keeps."""
    ran = subprocess.run(["git", "check-ignore", *WRITTEN], cwd=ROOT, capture_output=True, text=True, check=False)

    assert set(WRITTEN) == set(ran.stdout.split())
