"""ECO_WEBHOOK_URL: what a command changes is told, too, by the running bot."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from tests.delivery.test_webhooks import SECRET
from tests.support import start_files
from tests.support.bot_process import environment
from tests.support.bot_world import World
from tests.support.forked_commands import run_command

TOLD = {"ECO_WEBHOOK_URL": "https://hooks.example.com/eco", "ECO_WEBHOOK_SECRET": SECRET}


def owed(world: World) -> list[str]:
    """The keys of the events that are owed."""
    o = t.outbox.c
    with world.app.database.read() as connection:
        return list(connection.execute(sa.select(o.key).where(o.kind == MessageKind.WEBHOOK.value)).scalars())


def test_what_commands_change_is_told(world_on: World, tmp_path: Path) -> None:
    """An import, an export, which the audit records, and a move to another procedure."""
    world = world_on
    url = world.app.database.url.render_as_string(hide_password=False)
    environ = environment(world.slack, url, 0, **TOLD) | {"PORT": "3000"}
    (tmp_path / "payers.csv").write_text(f"{start_files.HEADER}\n{start_files.row(1)}\n")

    def run(*words: str) -> None:
        done = run_command(tmp_path, *words, environ=environ)
        assert 0 == done.returncode, done.stderr

    run("import", "payers.csv")
    (made,) = world.enrollments()
    assert [f"webhook:{made.id}:1"] == owed(world)
    run("export", made.account_id)
    assert [f"webhook:{made.id}:1", f"webhook:{made.id}:2"] == owed(world)
    run("procedures", made.account_id, "--to", "aws-member-account", "--apply")
    assert 3 <= len(owed(world))
