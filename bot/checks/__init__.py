"""Read-only checks of AWS accounts, and emails through SES: calls of AWS by boto3, which is imported on first use."""

from bot.checks.inspector import BotoInspector

__all__ = ["BotoInspector"]
