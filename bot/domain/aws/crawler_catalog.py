"""The items of the checks of the crawler of a report, with all possible results as texts; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

_CRAWLERS = "AWS Glue console of account {account}, us-east-1, Crawlers, {crawler}"
_STACKS = "CloudFormation console of account {account}, us-east-1"
_CREATE = (
    f"{_STACKS}, Create stack: enter the object URL of crawler-cfn.yml as Amazon S3 URL, and the name {{stack}}. AWS "
    "writes that file to {place} with the report."
)
_DAILY = f"{_CRAWLERS}, Edit, Schedule: daily at 00:00 UTC. Or run the command below."
_UNSEEN = "not looked at"

CRAWLER_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "crawler.account": Entry("Account of the crawler", "account {account}", {
        "right": passed("account {account}, as {arn}"),
        "other": open_question(
            "the bot looks at account {found}, and the crawler is in {account}",
            "The fixes below say what to look at in the console, or to ask the MSP for. To let the bot look, set "
            "ECO_AWS_ROLE to the name of a read-only role that {account} has, too. docs/aws/read-only-role.yaml, among "
            "the bot's files, makes one.",
        ),
        "no role": open_question(
            "the bot isn't allowed to assume the role {bot_role} in account {account}{code}",
            "The fixes below say what to look at in the console, or to ask the MSP for. To let the bot look, make the "
            "role {bot_role} in {account}. docs/aws/read-only-role.yaml, among the bot's files, does that.",
        ),
    }),
    "crawler.stack": Entry("Stack of the crawler", "{stack} is finished", {
        "right": passed("{stack}: {status}"),
        "missing": failed("there is no stack {stack}", _CREATE),
        "other way": open_question(
            "there is no stack {stack}, but the crawler is there",
            "Has the stack another name? In Slack, press Edit on the card and enter it: the message to Spot names it.",
        ),
        "busy": open_question(
            "{stack}: {status}", "Wait until CloudFormation has finished, then check again."
        ),
        "deleting": failed("{stack} is being deleted", f"Wait until it is gone. Then: {_CREATE}"),
        "failed": failed(
            "{stack}: {status}",
            f"{_STACKS}, Stacks, {{stack}}, Events: the first event that failed says why. Mend that. Was the stack "
            "never finished? Then delete it and create it again.",
        ),
        "by hand": open_question(_UNSEEN, f"{_STACKS}, Stacks: {{stack}} must be CREATE_COMPLETE or UPDATE_COMPLETE."),
    }),
    "crawler.exists": Entry("Crawler of the report", "{crawler}", {
        "right": passed("{crawler}"),
        "missing": failed("there is no crawler {crawler}", _CREATE),
        "another": failed(
            "there is no crawler {crawler}, though {stack} is finished",
            "Is {report} the name of the report? If not, press Edit on the card in Slack. Was the stack made from the "
            "file of another report? Then delete it, and create it from the one in {place}.",
        ),
        "coming": open_question(
            "it is not there yet, and {stack} is not finished", "Fix “Stack of the crawler” first, then check again."
        ),
        "unnamed": open_question(
            "the name of the report is not recorded",
            "In Slack, press Edit on the card and enter the name of the report, which the crawler is named after.",
        ),
        "by hand": open_question(
            _UNSEEN, "AWS Glue console of account {account}, us-east-1, Crawlers: there must be one named {crawler}."
        ),
    }),
    "crawler.schedule": Entry("Schedule of the crawler", "daily at 00:00 UTC", {
        "right": passed("{cron}"),
        "none": failed("it has no schedule and runs on demand only", _DAILY),
        "other": failed("{cron}", _DAILY),
        "paused": failed(
            "{cron}, but the schedule is paused",
            "Run the command below in account {account}.",
        ),
        "changing": open_question("{cron}, and AWS is changing it", "Check again in a minute."),
        "by hand": open_question(_UNSEEN, f"{_CRAWLERS}: the schedule must be daily at 00:00 UTC."),
    }),
    "crawler.last_run": Entry("Last run of the crawler", "it succeeded within the last 48 hours", {
        "right": passed("succeeded, {at}"),
        "not yet": open_question(
            "it has not run yet", f"It runs at 00:00 UTC. Check again after that, or start it now: {_CRAWLERS}, Run."
        ),
        "running": open_question("it is running for the first time", "Check again in a few minutes."),
        "old": open_question(
            "succeeded, but on {at}",
            f"{_CRAWLERS}, Crawler runs: it should run every day. Fix “Schedule of the crawler” if it fails.",
        ),
        "failed": failed(
            "failed, {at}",
            f"{_CRAWLERS}, Crawler runs: open the log of the newest run, which says why. Mend that, then press Run.",
        ),
        "cancelled": open_question("it was stopped, {at}", f"{_CRAWLERS}: press Run, and check again when it is over."),
        "odd": open_question("{status}, {at}", f"{_CRAWLERS}, Crawler runs: see how the newest run ended."),
        "by hand": open_question(_UNSEEN, f"{_CRAWLERS}, Crawler runs: the newest one must have succeeded."),
    }),
})  # fmt: skip
