"""The imports of the modules that stand behind the command line."""

from tests.support.import_rules import room

COMMAND_ROOMS = {
    "bot.command_arguments": room(
        *("bot.command_arguments", "bot.domain"),
        because="it only declares what commands are given",
        breach=("bot/command_arguments.py", "from bot.settings import Settings"),
    ),
    "bot.program_name": room(
        "bot.program_name",
        because="everybody may use it",
        breach=("bot/program_name.py", "from bot.settings import Settings"),
    ),
    "bot.shipped_files": room(
        "bot.shipped_files",
        because="files are copied, whatever they say",
        breach=("bot/shipped_files.py", "from bot.settings import Settings"),
    ),
    "bot.command_settings": room(
        "bot.command_settings",
        *("bot.procedure_folder", "bot.settings", "bot.telemetry"),
        because="what every command needs before it begins",
        breach=("bot/command_settings.py", "from bot.repository import search"),
    ),
    "bot.aws_command": room(
        "bot.aws_command",
        *("bot.checks", "bot.clock", "bot.domain", "bot.repository", "bot.settings", "sqlalchemy"),
        because="it prints what the checks find, and changes nothing",
        breach=("bot/aws_command.py", "from bot.delivery import outbox"),
    ),
    "bot.import_command": room(
        "bot.import_command",
        *("bot.domain", "bot.list_files", "bot.ownership", "bot.repository", "bot.settings", "bot.slack"),
        *("bot.use_cases", "bot.workspace", "sqlalchemy"),
        because="it starts enrollments as people do in Slack, and sends nothing itself",
        breach=("bot/import_command.py", "from bot.delivery import dispatcher"),
    ),
    "bot.data_commands": room(
        "bot.data_commands",
        *("bot.backup", "bot.clock", "bot.command_settings", "bot.forget_command", "bot.repository"),
        *("bot.token_command", "bot.use_cases"),
        because="it only says what each of them did",
        breach=("bot/data_commands.py", "from bot.delivery import outbox"),
    ),
    "bot.forget_command": room(
        "bot.forget_command",
        "bot.repository",
        because="whom to forget has nothing to do with what is said or changed",
        breach=("bot/forget_command.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.token_command": room(
        "bot.token_command",
        *("bot.api", "bot.repository"),
        because="tokens have nothing to do with enrollments",
        breach=("bot/token_command.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.portfolio_commands": room(
        "bot.portfolio_commands",
        *("bot.clock", "bot.domain", "bot.repository", "bot.settings", "bot.use_cases", "sqlalchemy"),
        because="it prints what lists show, without Slack",
        breach=("bot/portfolio_commands.py", "from bot.slack import gateway"),
    ),
    "bot.procedure_commands": room(
        "bot.procedure_commands",
        *("bot.clock", "bot.domain", "bot.procedure_folder", "bot.repository", "bot.settings", "bot.use_cases"),
        "sqlalchemy",
        because="procedures are checked, and enrollments moved, without Slack",
        breach=("bot/procedure_commands.py", "from bot.slack import gateway"),
    ),
    "bot.template_check": room(
        "bot.template_check",
        *("bot.domain", "bot.localslack.limits", "bot.localslack.local_errors", "bot.presentation", "jinja2"),
        "bot.language",
        because="templates are tried with made-up enrollments, without a database and without Slack",
        breach=("bot/template_check/template_checks.py", "from bot.repository import search"),
    ),
    "bot.procedure_folder": room(
        "bot.procedure_folder",
        *("bot.domain", "bot.language", "bot.presentation"),
        because="a file is a procedure or none, whatever becomes of it",
        breach=("bot/procedure_folder.py", "from bot.repository import search"),
    ),
}
