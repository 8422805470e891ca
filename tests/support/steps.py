"""Names for the keys of today's steps, so that a typing mistake in a test is an error and not another step."""

from enum import StrEnum

from tests.support.usual_procedure import PROCEDURE


class StepKey(StrEnum):
    """The keys of the procedure's steps; a test holds them to the procedure."""

    SIGN_UP = "sign_up"
    CONNECT_ACCOUNT = "connect_account"
    FULL_ECO = "full_eco"
    ENABLE_SUBSETS = "enable_subsets"
    CREATE_SUBSETS = "create_subsets"
    CREATE_WORKFLOWS = "create_workflows"
    VALIDATE_WORKFLOWS = "validate_workflows"
    ASSOCIATE_WORKFLOWS = "associate_workflows"
    ASSOCIATE_CUSTOMERS = "associate_customers"


#: How many steps the procedure has: “3 of {TOTAL} steps”.
TOTAL = len(PROCEDURE)
