"""The procedure of an MSP's customer, whose party has steps of its own: its steps by who does them."""

from bot.domain.procedure import BUILT_IN
from bot.domain.step_spec import OURS

PROCEDURE = next(each for each in BUILT_IN if each.key == "aws-msp-extract")
(PARTY,) = PROCEDURE.parties.values()
#: The steps of the party, in order; the first one is open when an enrollment starts.
THEIRS = tuple(spec.key for spec in PROCEDURE.steps if spec.party != OURS)
#: The steps of the enrollment's own people.
OWN = tuple(spec.key for spec in PROCEDURE.steps if spec.party == OURS)
#: What the first step of the party collects, as a person types it.
REPORT = {
    "msp_account_id": "210987654321",
    "report_name": "spotinst-cur-report",
    "report_bucket": "spotinst-cur-report",
    "report_prefix": "spotinst_eco",
}
