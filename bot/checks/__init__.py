"""Read-only checks of AWS accounts, and emails through SES: calls of AWS by boto3, which is imported on first use."""

from bot.checks.inspector import BotoInspector
from bot.domain.ticket_emails import Email

__all__ = ["BotoInspector", "send_email"]


def send_email(email: Email) -> str:
    """Send a ticket through Amazon SES; see `bot.checks.ses`."""
    # boto3 takes as long to import as everything else together; a bot that sends no email never needs it.
    from bot.checks import ses  # noqa: PLC0415  # see above

    return ses.send(email)
