"""The use cases: changes that people and the bot make, and queries. Each public method is one transaction."""

from bot.domain.start_form import StartForm
from bot.repository.people_settings import Listed
from bot.use_cases.aws_costs import CostResult
from bot.use_cases.bulk_start import BulkStarts
from bot.use_cases.caller import Caller
from bot.use_cases.check_aws import AwsChecks, CheckOutcome, CheckResult
from bot.use_cases.email_tickets import TicketEmails
from bot.use_cases.enrollments import Enrollments
from bot.use_cases.file_watch import FileWatch
from bot.use_cases.hand_over import MOST as MOST_HANDED_OVER
from bot.use_cases.hand_over import HandOver
from bot.use_cases.lookups import Lookups, Matches
from bot.use_cases.owners import OwnedEnrollments
from bot.use_cases.plans import Plans
from bot.use_cases.portfolios import Portfolios
from bot.use_cases.previews import Preview, StalePreview
from bot.use_cases.private_feeds import CalendarFeeds
from bot.use_cases.procedure_moves import ProcedureMoves

__all__ = [
    "MOST_HANDED_OVER",
    "AwsChecks",
    "BulkStarts",
    "CalendarFeeds",
    "Caller",
    "CheckOutcome",
    "CheckResult",
    "CostResult",
    "Enrollments",
    "FileWatch",
    "HandOver",
    "Listed",
    "Lookups",
    "Matches",
    "OwnedEnrollments",
    "Plans",
    "Portfolios",
    "Preview",
    "ProcedureMoves",
    "StalePreview",
    "StartForm",
    "TicketEmails",
]
