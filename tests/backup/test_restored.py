"""`python -m bot restored`: after pg_restore, what may have been sent meanwhile is looked for before it is posted."""

import subprocess
from pathlib import Path

import pytest

from bot.repository.database_url import parse_url
from tests.support import postgres
from tests.support.bot_world import ACCOUNT, ORG, running
from tests.support.forked_commands import run_command


def test_what_was_sent_since_the_backup_is_not_repeated(
    postgres_cluster: postgres.Cluster, postgres_url: str, tmp_path: Path
) -> None:
    """The backup owes a card and a line that the channel has already: the bot finds them."""
    name, dump = parse_url(postgres_url).database or "", str(tmp_path / "dump")
    tool = [f"--host={postgres_cluster.directory}", f"--port={postgres.PORT}", "--username=postgres"]
    with running(postgres_url) as world:
        world.ana.command("/eco", "enroll", channel=world.channel.name)
        fields = {"account_id": ACCOUNT, "account_name": "Production", "spot_org_id": ORG, "owner": "ana"}
        world.fill(world.ana, "Start an enrollment", **fields)
        binaries = postgres.binaries()
        subprocess.run([binaries / "pg_dump", *tool, "--format=custom", f"--file={dump}", name], check=True)
        world.deliver()
        posted = [message.ts for message in world.channel.messages]
        world.app.database.close()
        subprocess.run([binaries / "pg_restore", *tool, "--clean", f"--dbname={name}", dump], check=True)

        ran = run_command(tmp_path, "restored", environ={"DATABASE_URL": postgres_url})
        world.jump(minutes=5)

        assert (0, "") == (ran.returncode, ran.stderr)
        assert "look for messages that may have been sent" in ran.stdout
        assert posted
        assert posted == [message.ts for message in world.channel.messages]
        assert [] == world.app.problems()


@pytest.mark.parametrize("url", ["postgresql://eco:hidden@127.0.0.1:1/eco"])
def test_a_database_that_is_not_there_is_told(tmp_path: Path, url: str) -> None:
    """A sentence and exit code 1."""
    ran = run_command(tmp_path, "restored", environ={"DATABASE_URL": url})

    assert 1 == ran.returncode
    assert "cannot be opened" in ran.stderr
    assert "hidden" not in ran.stderr
