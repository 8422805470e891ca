"""The local Slack knows each emoji of the bot: the page draws it, the terminal has its sign."""

from __future__ import annotations

import re
from pathlib import Path

from bot.localslack import transcript

ROOT = Path(__file__).parents[2]
ICONS = ROOT / "bot" / "localslack" / "page" / "static" / "icons.js"


def used() -> set[str]:
    """The emoji in the bot's texts and code."""
    files = [*(ROOT / "templates").rglob("*.j2"), *(ROOT / "handlers").glob("*.py")]
    files += (ROOT / "bot" / "presentation").glob("*.py")
    return {
        name for file in files for name in re.findall(r"(?<![\w:]):([a-z_]{2,}):(?![\w:])", file.read_text("utf-8"))
    }


def test_each_emoji_is_drawn_on_the_page_and_in_the_terminal() -> None:
    """One that nobody drew would show its name between colons."""
    drawn = set(re.findall(r"^  (\w+): \[\[", ICONS.read_text("utf-8"), re.MULTILINE))
    assert {"bell", "envelope_with_arrow", "scissors"} <= used()
    assert set() == used() - drawn
    assert set() == used() - set(transcript.EMOJI)
