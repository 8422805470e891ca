"""The use cases: what people can do to enrollments, and what they can look up; one transaction each."""

from bot.enrollments.aws import AwsChecks, Checked, Outcome
from bot.enrollments.changes import Caller, Enrollments, StartForm
from bot.enrollments.emails import Emails
from bot.enrollments.lookups import Lookups
from bot.enrollments.probing import Probing

__all__ = ["AwsChecks", "Caller", "Checked", "Emails", "Enrollments", "Lookups", "Outcome", "Probing", "StartForm"]
