"""Situations of a role for Spot: what is there, what the preflight must say, and the rule of AWS that makes it so."""

from dataclasses import dataclass, field
from typing import Any

from bot.domain.aws.facts import AccountSnapshot
from bot.domain.aws.preflight import Target, Verdict
from bot.domain.aws.trust import SPOT_ACCOUNTS
from tests.domain.aws_snapshots import TARGET, look, trusting, with_trust
from tests.support.findings import of, trouble

#: Pages of AWS's documentation, as rows name them.
IAM = "IAM User Guide"
EVALUATION = f"{IAM}, Policy evaluation logic"
PRINCIPAL = f"{IAM}, AWS JSON policy elements: Principal"
CONDITION = f"{IAM}, AWS JSON policy elements: Condition operators"
EXTERNAL = f"{IAM}, Access to AWS accounts owned by third parties"
GLOBAL_KEYS = f"{IAM}, AWS global condition context keys"


@dataclass(frozen=True)
class Situation:
    """One row.

    Attributes:
        snapshot, target: what is there, and what was entered.
        expected: item -> (verdict, words of the fix); every other item passes.
        rule: the page of AWS's documentation and what it says.
        says: item -> words of what was found.
    """

    snapshot: AccountSnapshot
    expected: dict[str, tuple[Verdict, str]]
    rule: str
    target: Target = TARGET
    says: dict[str, str] = field(default_factory=dict)

    def hold(self) -> None:
        """Compare the report with the row."""
        report = look(self.snapshot, self.target)
        assert {item: verdict for item, (verdict, _) in self.expected.items()} == trouble(report)
        for item, (_, words) in self.expected.items():
            assert words in of(report, item).fix
        for item, words in self.says.items():
            assert words in of(report, item).found
        assert self.rule


def both(**condition: Any) -> dict[str, Any]:
    """A trust policy for both accounts of Spot, with a condition."""
    return trusting(*SPOT_ACCOUNTS, condition=condition or None)


def named(*principals: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement for principals."""
    return {"Effect": effect, "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole", **more}


def statements(*made: dict[str, Any]) -> Any:
    """The snapshot of a role with these statements of trust."""
    return with_trust({"Version": "2012-10-17", "Statement": list(made)})
