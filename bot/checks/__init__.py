"""What the bot asks of AWS: the only room that knows boto3, which is imported when it is first needed, not before."""

from bot.checks.inspector import BotoInspector

__all__ = ["BotoInspector"]
