"""A local AWS: moto behind an endpoint that records calls, injects faults, and adds the services that moto lacks."""

from tests.support.aws.account import ACCOUNT, Account
from tests.support.aws.endpoint import AwsEndpoint, Fault

__all__ = ["ACCOUNT", "Account", "AwsEndpoint", "Fault"]
