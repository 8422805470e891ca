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
    "bot.installed_workspaces": room(
        "bot.installed_workspaces",
        *("bot.app", "bot.domain", "bot.installation", "bot.installed", "bot.process_parts", "bot.repository"),
        *("bot.settings", "bot.slack.oauth_access", "bot.workspace", "pydantic"),
        because="it begins and ends workspaces, and answers nobody",
        breach=("bot/installed_workspaces.py", "from bot.serving import run"),
    ),
    "bot.installed_organizations": room(
        "bot.installed_organizations",
        *("bot.domain", "bot.installation", "bot.installed_workspaces", "bot.repository", "bot.slack"),
        because="it asks which workspaces there are, and begins none itself",
        breach=("bot/installed_organizations.py", "from bot.app import Application"),
    ),
    "bot.several_workspaces": room(
        *("bot.several_workspaces", "bot.installed_organizations"),
        *("bot.api", "bot.clock", "bot.domain", "bot.fair_threads", "bot.installation", "bot.installed_workspaces"),
        *("bot.presentation.template_overrides", "bot.process_parts", "bot.repository", "bot.serving", "bot.settings"),
        *("bot.setup_check", "bot.slack", "bot.use_cases.random_ids", "bot.handlers", "slack_bolt", "sqlalchemy"),
        because="it decides whose a request is, and does none of the work",
        breach=("bot/several_workspaces.py", "from bot.delivery import dispatcher"),
    ),
    "bot.slack_commands": room(
        "bot.slack_commands",
        *("bot.app", "bot.clock", "bot.command_settings", "bot.ownership", "bot.process_parts", "bot.repository"),
        *("bot.serving", "bot.settings", "bot.setup_check", "bot.several_workspaces", "bot.workspace"),
        "bot.workspace_commands",
        because="it starts things and does none of their work",
        breach=("bot/slack_commands.py", "from bot.delivery import dispatcher"),
    ),
    "bot.workspace_commands": room(
        "bot.workspace_commands",
        *(
            "bot.command_settings",
            "bot.domain",
            "bot.installation",
            "bot.program_name",
            "bot.repository",
            "bot.settings",
        ),
        *("bot.setup_check", "bot.workspace", "pydantic", "sqlalchemy"),
        because="which workspaces there are can be told without serving them",
        breach=("bot/workspace_commands.py", "from bot.app import Application"),
    ),
    "bot.installation": room(
        "bot.installation",
        *("bot.domain", "bot.repository", "bot.serving.page_requests", "bot.slack", "bot.workspace"),
        *("cryptography", "slack_sdk", "sqlalchemy"),
        because="how workspaces come and go has nothing to do with enrollments",
        breach=("bot/installation/token_keys.py", "from bot.use_cases import Enrollments"),
    ),
}
