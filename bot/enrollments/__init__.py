"""The use cases: what people can do to enrollments, and what they can look up; one transaction each."""

from bot.enrollments.changes import Caller, Enrollments, StartForm
from bot.enrollments.emails import Emails
from bot.enrollments.lookups import Lookups

__all__ = ["Caller", "Emails", "Enrollments", "Lookups", "StartForm"]
