"""`python -m bot forget PERSON`: takes a person out of the database, and says what stays elsewhere and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing

from bot.repository import forgetting, scrubbing
from bot.repository.database import DatabaseUnusable
from bot.repository.existing_database import open_existing

DONE, BROKEN, WRONG = 0, 1, 2
_USER = re.compile(r"[UW][A-Z0-9]{6,}")
_STAYS = """\
What stays, because the bot cannot change it:
- messages in Slack: people in the channel have read them. Slack's own tools delete them;
- names and addresses that somebody typed into notes or lists: run this again with --also "their name";
- backups from before: delete them, or let them expire;
- logs, which have the person's Slack ID beside what they did."""


def run(database_url: str, person: str, also: Sequence[str]) -> tuple[int, str]:
    """Forget a person; returns the exit code and a message.

    Args:
        person: Slack user ID. also: names and addresses that are replaced in all texts, too.
    """
    user = person.strip().upper().removeprefix("<@").removesuffix(">")
    if not _USER.fullmatch(user):
        return (
            WRONG,
            f"“{person}” is not a Slack user ID, such as U0123456789. Slack: the profile, three dots, Copy ID.",
        )
    if short := [words for words in also if len(words.strip()) < 4]:
        return WRONG, f"“{short[0]}” is too short: it would be replaced inside of other words."
    try:
        with closing(open_existing(database_url)) as database:
            database.migrate()
            with database.write() as connection:
                if names := forgetting.owned(connection, user):
                    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
                    return BROKEN, (
                        f"{user} owns active enrollments: {', '.join(names[:3])}{more}. Hand them over first: an "
                        "admin presses Hand over and Somebody else's on the home tab."
                    )
                words = [*also, *forgetting.addresses(connection, user)]
                counts = forgetting.forget(connection, user, words)
            is_rewritten = scrubbing.scrub(database)
    except DatabaseUnusable as fault:
        return BROKEN, str(fault)
    rows = ", ".join(f"{count:,} in {table}" for table, count in sorted(counts.items()))
    found = f"{user} is “{forgetting.SOMEBODY}” now. Rows changed: {rows}." if rows else f"Nothing is known of {user}."
    if not is_rewritten:
        return BROKEN, f"{found}\n{scrubbing.STILL_THERE} Run this again in a quiet moment.\n{_STAYS}"
    return DONE, f"{found}\n{_STAYS}"
