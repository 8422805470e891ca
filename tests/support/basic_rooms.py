"""What the rooms that know next to nothing of the bot may use: clock, threads, languages, the client of webhooks."""

from __future__ import annotations

from tests.support.import_rules import room
from tests.support.imports import Rule

BASIC_ROOMS: dict[str, Rule] = {
    "bot.webhook_client": room(
        "bot.webhook_client",
        "bot.telemetry.log_context",
        because="it posts bytes, whatever they say",
        breach=("bot/webhook_client.py", "from bot.domain import enrollment"),
    ),
    "bot.fair_threads": room(
        "bot.fair_threads",
        because="threads share their time whatever they do",
        breach=("bot/fair_threads.py", "from bot.serving import Serving"),
    ),
    "bot.clock": room(
        "bot.clock",
        *("apscheduler", "bot.telemetry.log_context"),
        because="the clock ticks whoever listens",
        breach=("bot/clock.py", "from bot.app import Application"),
    ),
    "bot.language": room(
        "bot.language",
        "babel",
        because="how a language says things has nothing to do with what is said",
        breach=("bot/language/spoken.py", "from bot.domain import enrollment"),
    ),
}
