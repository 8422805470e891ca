"""The use cases: what people can do to enrollments, and what they can look up; one transaction each."""

from bot.use_cases.check_aws import AwsChecks, CheckOutcome, CheckResult
from bot.use_cases.email_tickets import TicketEmails
from bot.use_cases.enrollments import Caller, Enrollments, StartForm
from bot.use_cases.file_watch import FileWatch
from bot.use_cases.lookups import Lookups

__all__ = [
    "AwsChecks",
    "Caller",
    "CheckOutcome",
    "CheckResult",
    "Enrollments",
    "FileWatch",
    "Lookups",
    "StartForm",
    "TicketEmails",
]
