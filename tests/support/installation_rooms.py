"""The imports of the modules by which one process serves several workspaces."""

from tests.support.import_rules import room

INSTALLATION_ROOMS = {
    "bot.process_parts": room(
        "bot.process_parts",
        *("bot.backup", "bot.clock", "bot.domain", "bot.presentation", "bot.process_metrics", "bot.repository"),
        *("bot.settings", "bot.telemetry", "bot.use_cases"),
        because="what a process has once is the same for one workspace and for many",
        breach=("bot/process_parts.py", "from bot.delivery import dispatcher"),
    ),
    "bot.installed": room(
        *("bot.installed", "bot.process_parts", "bot.workspace"),
        because="it only says what an installation brings",
        breach=("bot/installed.py", "from bot.app import Application"),
    ),
}
