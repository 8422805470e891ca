"""The query of Cost Explorer: the unblended costs of a month by account, page by page within a limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws.calls import Call
from bot.domain.aws.cost_problems import NOT_ENABLED
from bot.domain.aws.costs import MOST_REQUESTS, AccountCost, MonthlyCosts, next_month, sorted_rows
from bot.domain.aws.facts import Reason, Unseen

_METRIC = "UnblendedCost"


def monthly_costs(access: AwsAccess, month: date) -> MonthlyCosts | Unseen:
    """The costs of a month by account; raises what `AwsAccess.ask` raises, and `KeyError` for an unreadable answer."""
    asked = {
        "TimePeriod": {"Start": month.isoformat(), "End": next_month(month).isoformat()},
        "Granularity": "MONTHLY",
        "Metrics": [_METRIC],
        "GroupBy": [{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
    }
    amounts: dict[tuple[str, str], Decimal] = {}
    names: dict[str, str] = {}
    estimated, requests, token = False, 0, ""
    while requests < MOST_REQUESTS and (token or not requests):
        try:
            page = access.ask(Call.COSTS, **asked, **({"NextPageToken": token} if token else {}))
        except ClientError as error:
            if code_of(error) == "AccessDeniedException" and _says_not_enabled(error):
                return Unseen(Reason.DENIED, Call.COSTS, NOT_ENABLED)
            raise
        requests += 1
        for period in page["ResultsByTime"]:
            estimated = estimated or bool(period.get("Estimated"))
            for group in period.get("Groups", ()):
                cost = group["Metrics"][_METRIC]
                key = (group["Keys"][0], cost["Unit"])
                amounts[key] = amounts.get(key, Decimal(0)) + Decimal(cost["Amount"])
        for value in page.get("DimensionValueAttributes", ()):
            names[value["Value"]] = value.get("Attributes", {}).get("description", "")
        token = page.get("NextPageToken", "")
    rows = [AccountCost(account, names.get(account, ""), amount, unit) for (account, unit), amount in amounts.items()]
    return MonthlyCosts(month, sorted_rows(rows), not token, estimated, requests)


def _says_not_enabled(error: ClientError) -> bool:
    # AWS has no code of its own for this. Only whether the words are there is kept of the message.
    return "not enabled for cost explorer" in str(error.response.get("Error", {}).get("Message", "")).lower()
