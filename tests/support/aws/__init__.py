"""AWS on this machine: moto behind a front that counts calls, makes faults, and adds what moto lacks."""

from tests.support.aws.account import ACCOUNT, Account
from tests.support.aws.front import Fault, Front

__all__ = ["ACCOUNT", "Account", "Fault", "Front"]
