"""Why costs could not be read, in sentences."""

from __future__ import annotations

from bot.domain.aws.catalog import finding
from bot.domain.aws.facts import Identity, Unseen
from bot.domain.aws.wording import unseen_case, unseen_values
from bot.domain.inputs import format_account_id

#: Error codes of Cost Explorer that mean that there is nothing to read yet.
_NO_DATA = {"DataUnavailableException", "BillExpirationException"}
#: The code for an account in which nobody has switched Cost Explorer on; AWS only says that in words.
NOT_ENABLED = "CostExplorerNotEnabled"


def why_not(identity: Identity | Unseen, costs: Unseen, account_id: str, bot_role: str | None) -> str:
    """Why costs could not be read, and what to do about it: two sentences."""
    account = format_account_id(account_id)
    if isinstance(identity, Identity) and identity.account_id != account_id:
        about = {"account": account, "found": format_account_id(identity.account_id), "arn": identity.arn}
        other = finding("account.identity", "other", **about)
        return f"I see {other.found}, but account {account} was expected. {other.fix}"
    unseen = identity if isinstance(identity, Unseen) else costs
    if unseen.detail == NOT_ENABLED:
        return (
            "Cost Explorer is not switched on in this account. Open it once: Billing and Cost Management console, Cost "
            "Explorer. AWS needs up to 24 hours to fill it."
        )
    if unseen.detail in _NO_DATA:
        return "Cost Explorer has no data for this month. Choose another month, or try again tomorrow."
    case = unseen_case(unseen)
    values = unseen_values(unseen) | {"account": account, "bot_role": bot_role or "", "first": ""}
    found, fix = (text.format_map(values) for text in (case.found, case.fix))
    return f"Cost Explorer: {found}. {fix}"
