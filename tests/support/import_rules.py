"""Rules for imports that hold across the rooms, each with its reason and a breach that it must catch."""

from tests.support.imports import ANYTHING, STDLIB, Rule

#: What each room may use: the bot's version and place, and the name that it was called by.
ITSELF = ("=bot", "bot.__file__", "bot.__version__", "bot.program_name")


def room(name: str, *allowed: str, because: str, breach: tuple[str, str]) -> Rule:
    """An allow-list: the room uses itself, the standard library, and what is named here."""
    return Rule((name,), (ANYTHING,), because, breach, but=(STDLIB, *ITSELF, name, *allowed))


ACROSS = {
    "only the composition root knows the handlers": Rule(
        modules=("bot",),
        apart_from=("bot.app", "bot.several_workspaces", "bot.handlers"),
        never=("bot.handlers",),
        because="arrows point from handlers to the bot",
        breach=("bot/use_cases/enrollments.py", "import bot.handlers.steps"),
    ),
    "only the composition root knows the dispatcher": Rule(
        modules=("bot",),
        apart_from=("bot.app",),
        never=("bot.delivery.dispatcher",),
        because="a change writes to the outbox; when that is sent is nobody's business",
        breach=("bot/delivery/batch.py", "from bot.delivery.dispatcher import Dispatcher"),
    ),
    "only checks and backups talk to AWS": Rule(
        modules=("bot",),
        apart_from=("bot.backup.s3_store", "bot.checks"),
        never=("boto3", "botocore"),
        because="AWS is an option, behind doors that are opened when it is asked for",
        breach=("bot/slack/gateway.py", "import boto3"),
    ),
    "boto3 is imported late": Rule(
        modules=("bot.checks",),
        apart_from=(
            "bot.checks.aws_queries",
            "bot.checks.role_queries",
            "bot.checks.bucket_queries",
            "bot.checks.cost_queries",
            "bot.checks.crawler_queries",
            "bot.checks.delivery_queries",
            "bot.checks.ses",
            "bot.checks.aws_errors",
            "bot.checks.aws_sessions",
        ),
        never=("boto3", "botocore"),
        because="most processes never look at AWS, and the import takes as long as all the rest",
        breach=("bot/checks/inspector.py", "import boto3"),
    ),
    "workbooks are read in one place": Rule(
        modules=("bot",),
        apart_from=("bot.list_files.workbook_files",),
        never=("openpyxl",),
        because="its import takes a while, and a file is bounded before it is read",
        breach=("bot/list_files/reading.py", "import openpyxl"),
    ),
    "only the clock schedules": Rule(
        modules=("bot",),
        apart_from=("bot.clock",),
        never=("apscheduler",),
        because="what is owed lives in the database; the scheduler only wakes the delivery",
        breach=("handlers/steps.py", "from apscheduler.schedulers.background import BackgroundScheduler"),
    ),
    "only the gateway calls Slack": Rule(
        modules=("bot",),
        apart_from=("bot.slack.gateway", "bot.slack.web_client"),
        never=("*.WebClient", "*.AsyncWebClient"),
        because="pace, retries and lost answers are handled in one place",
        breach=("handlers/card_copies.py", "import slack_sdk; slack_sdk.WebClient()"),
    ),
    "only commands build the bot, and several of it": Rule(
        modules=("bot",),
        apart_from=("bot.app", "bot.slack_commands", "bot.installed_workspaces", "bot.demo"),
        never=("bot.app",),
        because="the composition root knows all, so nothing else may know it",
        breach=("bot/clock.py", "from bot.app import Application"),
    ),
    "the bot does not know the local Slack": Rule(
        modules=("bot",),
        apart_from=("bot.localslack", "bot.demo", "bot.template_check"),  # the last one tries templates by its limits
        never=("bot.localslack",),
        because="nothing real may behave differently because it is being watched",
        breach=("bot/app.py", "from bot.localslack import server"),
    ),
}
