"""The commands about data as a whole: `copy` to another database, `forget` a person, `token` for other programs."""

from __future__ import annotations

import argparse

from bot import forget_command, token_command
from bot.backup.copy_database import CopyRefused, copy_command
from bot.clock import SystemClock
from bot.command_settings import BROKEN, DONE, load_settings
from bot.repository.database import DatabaseUnusable
from bot.use_cases import random_ids


def run(words: argparse.Namespace) -> tuple[int, str]:
    """Run one of them; returns the exit code and a message."""
    now = SystemClock().now()
    if words.command == "copy":
        try:
            return DONE, copy_command(words.source, words.target, now)
        except (CopyRefused, DatabaseUnusable) as fault:
            return BROKEN, str(fault)
    settings = load_settings()
    url = settings.database_url
    if words.command == "forget":
        return forget_command.run(url, words.person, words.also)
    return token_command.run(url, words, now, random_ids.feed_token, several=settings.installs)
