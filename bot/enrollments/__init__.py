"""The use cases: what people can do to enrollments, and what they can look up; one transaction each."""

from bot.enrollments.changes import Caller, Enrollments, StartForm
from bot.enrollments.lookups import Lookups

__all__ = ["Caller", "Enrollments", "Lookups", "StartForm"]
