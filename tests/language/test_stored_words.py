"""What is stored after people have acted in a German channel equals what is stored after the same in an English one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.domain.procedure import USUAL
from bot.language.spoken import ENGLISH, gettext, speaking
from bot.localslack import Person
from bot.repository.tables import metadata
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import PlayedAws
from tests.support.start_files import mixed
from tests.support.steps import StepKey

#: Tables and columns that differ by chance, or hold the language itself. When a message is posted depends on what
#: another thread posts, and a thread of its own watches AWS.
OTHER_TABLES = {"languages", "channel_leases", "receipts", "aws_looks"}
OTHER_COLUMNS = {"external_id", "trace", "ts"}
K = StepKey


class Life:
    """People who act in a channel that has a language, by the buttons and fields that they see there."""

    def __init__(self, world: World, language: str) -> None:
        self.world = world
        self.language = language

    def click(self, label: str, step: StepKey, who: Person | None = None) -> None:
        """Press a button of a step on the card, by its English words."""
        with speaking(self.language):
            title, words = USUAL.told.spec(step).title, gettext(label)
        (who or self.world.ana).click(self.world.card(), words, near=title)

    def fill(self, who: Person | None = None, **fields: Any) -> None:
        """Fill in the form that opens, and submit it, once more where it asks for confirmation."""
        person = who or self.world.ana
        view = person.wait_view()
        person.fill(fields)
        person.submit()
        if person.view is not None and person.view.id == view.id and "warnings" in str(person.view.blocks):
            person.submit()
        assert person.view is None, person.view.errors or person.view.shown
        self.world.deliver()

    def menu(self, label: str) -> None:
        """Press an entry of the card's menu, or its button behind **More…**."""
        with speaking(self.language):
            words, more = gettext(label), gettext("More…")
        card, ana = self.world.card(), self.world.ana
        offered = [
            each["text"]["text"] for block in card.blocks for each in block.get("accessory", {}).get("options", ())
        ]
        ana.click(card, words if words in offered else more)
        if words not in offered:
            ana.click(ana.wait_view(), words)

    def act(self, label: str, step: StepKey, **fields: Any) -> None:
        """Press a step's button and fill in its form."""
        self.click(label, step)
        self.fill(**fields)

    def run(self) -> None:
        """Everything that stores words of the bot."""
        world = self.world
        world.chi.command("/eco", f"language {self.language} everywhere", channel="eco-rollout")
        world.start(collaborators=["ben"])
        self.act(
            "Details", K.CONNECT_ACCOUNT, target="2026-12-03", blocked_by="aws", blocked_why="quota", note="ask Bo"
        )
        self.act("Remind me later", K.CONNECT_ACCOUNT, until="2026-12-09", note="after the call")
        self.click("Check AWS", K.CONNECT_ACCOUNT)
        world.slack.wait_for(lambda: world.enrollment().checked_at, 30, "the result of the check")
        world.ana.close_all()
        self.act("Mark done", K.CONNECT_ACCOUNT, role_arn="arn:aws:iam::123456789012:role/Spot", bucket="acme-cur")
        self.act("Correct", K.CONNECT_ACCOUNT, on="2026-11-22", bucket="other-cur")
        world.jump(days=3)
        self.act("Still waiting", K.CONNECT_ACCOUNT, until="2026-11-30", note="they are slow")
        self.click("It's ready", K.CONNECT_ACCOUNT)
        world.deliver()
        self.act("Skip", K.FULL_ECO, reason="not for us")
        world.ana.command("/eco", "undo", channel="eco-rollout")
        world.ana.wait_view()
        world.ana.submit()
        world.ana.close_all()
        world.deliver()
        self.act("Mark sent", K.ENABLE_SUBSETS, ticket_number="4711")
        self.act("Correct", K.ENABLE_SUBSETS, take_back=["yes"])
        self.menu("Edit")
        self.fill(account_name="Renamed", spot_org_id="700700", collaborators=["dev"])
        self.menu("Reopen a step…")
        world.ana.wait_view()
        world.ana.fill({"step": str(K.CONNECT_ACCOUNT)})
        world.ana.submit()
        self.fill()
        upload(world, *mixed(14, every=2))
        self.menu("Cancel enrollment")
        self.fill(reason="no budget")


def upload(world: World, content: bytes, _faults: object) -> None:
    """Have a preview made of a file with faults."""
    world.ana.command("/eco", "import", channel="eco-rollout")
    world.ana.wait_view()
    world.ana.fill({"file": [("payers.csv", content)]})
    world.ana.submit()
    world.slack.wait_for(lambda: (world.deliver() and world.ana.direct_messages) or None, 30, "the preview")
    world.ana.close_all()


def stored(world: World) -> dict[str, list[dict[str, Any]]]:
    """Table -> its rows, without moments and what differs by chance: the clock goes on while messages wait."""
    with world.app.database.read() as connection:
        return {
            name: [
                {
                    column: value
                    for column, value in row.items()
                    if column not in OTHER_COLUMNS and not isinstance(value, datetime)
                }
                for row in connection.execute(sa.select(table)).mappings()
                if row.get("kind") != "watch"
            ]
            for name, table in metadata.tables.items()
            if name not in OTHER_TABLES
        }


def test_a_german_channel_stores_the_same_words(tmp_path: Path) -> None:
    """Acts, notes, corrections, an edit, an undo, a check, a preview with faults: row by row, in all tables."""
    kept = {}
    for language in (ENGLISH, "de"):
        with running(f"sqlite:///{tmp_path / language}.db", aws=PlayedAws()) as world:
            Life(world, language).run()
            kept[language] = stored(world)

    assert len(kept[ENGLISH]["events"]) > 15
    for table, rows in kept[ENGLISH].items():
        assert rows == kept["de"][table], table
