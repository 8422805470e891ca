"""Looking at AWS: the only room that knows boto3, which it imports when somebody looks, and not before."""

from bot.checks.aws import Aws

__all__ = ["Aws"]
