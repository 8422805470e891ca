"""Values, days and entries of lists that are refused while a change is stored; as in `refused_changes.py`."""

from __future__ import annotations

from datetime import date

from bot.domain.enrollment import Customer, Pair, SubsetAccount
from bot.domain.lifecycle import Position
from bot.domain.list_changes import Draft
from tests.domain.building import DAY, ORG
from tests.language.office import CUSTOMERS, EXTRACT, NAME, SEVERAL, TODAY, TWO_PAIRS, Office, sure
from tests.language.refused_changes import Refuse
from tests.support.steps import StepKey as K
from tests.use_cases.asking import caller

TWO_ORGANIZATIONS = "700700, 800800"


def own_organization(o: Office) -> None:
    """Send the ticket of a list that names one's own organization as a customer's."""
    number = o.at(K.ASSOCIATE_CUSTOMERS)
    sure(lambda who: o.use.change_customers(who, number, (Customer("Prod", "a@b.example", ORG),), frozenset()))
    o.act(number, K.ASSOCIATE_CUSTOMERS, ticket_number="4711")


def account_twice(o: Office) -> None:
    """Put an AWS account into a second subset."""
    number = o.listed()
    accounts = (SubsetAccount("Prod", "1" * 12), SubsetAccount("Test", "2" * 12))
    sure(lambda who: o.use.change_list(who, number, Draft("subset_accounts", "", accounts)))
    o.entry(number, "subset_accounts", accounts[1], subset="Test", account_id="1" * 12)


def other_workflow(o: Office) -> None:
    """Rename a subset to what the pairs have with another billing workflow."""
    number = o.listed()
    sure(lambda who: o.use.change_pairs(who, number, (Pair("Dev", "Reseller"),), frozenset()))
    o.entry(number, "subsets", "Prod", name="Dev")


def other_ticket(o: Office) -> None:
    """Confirm a ticket that nobody waits for, while another one is waited for."""
    number = o.at(K.ASSOCIATE_WORKFLOWS)
    o.use.change_pairs(caller(), number, TWO_PAIRS, frozenset())
    o.act(number, K.ASSOCIATE_WORKFLOWS, ticket_number="4711")
    o.use.confirm(caller(), number, K.ASSOCIATE_WORKFLOWS, tickets={99})


OF_VALUES: list[tuple[str, Refuse]] = [
    (
        "The wait began on Wed, Mar 4.",
        lambda o: o.use.confirm(caller(), o.at(K.FULL_ECO, waiting=True), K.FULL_ECO, TODAY - DAY),
    ),
    ("Thu, Mar 5 is in the future.", lambda o: o.act(o.at(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, on=TODAY + DAY)),
    (
        "Mon, Mar 4, 2024 is more than a year ago.",
        lambda o: o.act(o.at(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, on=date(2024, 3, 4)),
    ),
    ("Wed, Mar 4 isn't in the future.", lambda o: o.use.remind_later(caller(), o.at(K.FULL_ECO), K.FULL_ECO, TODAY)),
    (
        "Fri, Jan 1, 2027 is more than three months ahead.",
        lambda o: o.use.remind_later(caller(), o.at(K.FULL_ECO), K.FULL_ECO, date(2027, 1, 1)),
    ),
    (
        "Mon, Jan 1, 2029 is more than a year away.",
        lambda o: o.act(o.at(K.FULL_ECO), K.FULL_ECO, call_date="2029-01-01"),
    ),
    ("Tue, Mar 3 is in the past.", lambda o: o.details(o.at(K.FULL_ECO), K.FULL_ECO, target="2026-03-03")),
    (
        "Mon, Jan 1, 2029 is more than two years ahead.",
        lambda o: o.details(o.at(K.FULL_ECO), K.FULL_ECO, target="2029-01-01"),
    ),
    ("Say why the step is blocked.", lambda o: o.details(o.at(K.FULL_ECO), K.FULL_ECO, blocked_by="us")),
    ("Choose who blocks the step.", lambda o: o.details(o.at(K.FULL_ECO), K.FULL_ECO, blocked_why=NAME)),
    ("Nothing was changed.", lambda o: o.details(o.at(K.FULL_ECO), K.FULL_ECO)),
    ("Nothing was changed.", lambda o: o.edit(o.start())),
    (
        "Nothing was changed.",
        lambda o: o.use.correct(caller(), o.at(K.ENABLE_SUBSETS, waiting=True), K.ENABLE_SUBSETS, {}),
    ),
    ("Nothing was changed.", lambda o: o.entry(o.listed(), "subsets", "Test", name="Test")),
    ("Nothing was added or removed.", lambda o: o.use.change_pairs(caller(), o.start(), (), frozenset())),
    ("You can change the Spot organization ID, but not", lambda o: o.edit(o.start(), spot_org_id=None)),
    ("The Spot organization ID is needed to finish", lambda o: o.act(o.start(spot_org_id=None), K.SIGN_UP)),
    ("Enter at least one name.", lambda o: o.act(o.at(K.CREATE_SUBSETS), K.CREATE_SUBSETS)),
    (
        "Choose at least one billing workflow that you have validated.",
        lambda o: o.act(o.listed(), K.VALIDATE_WORKFLOWS),
    ),
    (
        "This is the external ID of the bot's own role.",
        lambda o: o.act(o.at(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, spot_external_id="eco-own-id"),
    ),
    (
        "1234-5678-9012 is the account of this enrollment. Enter the account of the MSP.",
        lambda o: o.act(
            o.at("create_report", procedure=EXTRACT.reference), "create_report", msp_account_id="123456789012"
        ),
    ),
    (
        "900900 is none of the Spot organizations of this enrollment: 700700, 800800.",
        lambda o: of_organizations(o, "900900 : 111111111111"),
    ),
    (
        "Spot organization 800800 has no line yet.",
        lambda o: of_organizations(o, "700700 : 111111111111"),
    ),
    (
        "Add at least one pair first.",
        lambda o: o.act(o.at(K.ASSOCIATE_WORKFLOWS), K.ASSOCIATE_WORKFLOWS, ticket_number="1"),
    ),
    (
        "The ticket needs the ",
        lambda o: o.act(
            o.at("send_crawler_file", procedure=SEVERAL.reference, spot_org_id=TWO_ORGANIZATIONS), "send_crawler_file"
        ),
    ),
    ("606079874885 is your own Spot organization and not an end customer's: “Prod", own_organization),
    ("Somebody has confirmed this ticket, or sent", other_ticket),
    ("Somebody has removed this subset from the list", lambda o: o.entry(o.listed(), "subsets", "Gone", name="Dev")),
    ("The list has this subset already.", lambda o: o.entry(o.listed(), "subsets", "Test", name="Prod")),
    (
        "Somebody has removed these already.",
        lambda o: o.use.remove_entries(caller(), o.listed(), "subsets", frozenset({"Gone"})),
    ),
    (
        "“Create subsets” is done, so keep at least one subset",
        lambda o: o.use.remove_entries(caller(), o.listed(), "subsets", frozenset({"Prod", "Test"})),
    ),
    ("“Prod” is already on the list.", lambda o: o.use.add_names(caller(), o.listed(), "subsets", ["Prod"])),
    ("Your pairs have “Dev” with another billing workflow already: “Reseller”.", other_workflow),
    (
        "606079874885 is your own Spot organization.",
        lambda o: o.entry(o.listed(), "customers", CUSTOMERS[0], subset="Prod", email="a@b.example", spot_org_id=ORG),
    ),
    (
        "“Prod” has “Standard” on the list already.",
        lambda o: o.entry(o.listed(), "pairs", TWO_PAIRS[1], subset="Prod", workflow="Reseller"),
    ),
    ("1111-1111-1111 is already in “Prod” on the list.", account_twice),
    (
        "These are already marked that way.",
        lambda o: o.use.mark_users(caller(), o.listed(), frozenset(CUSTOMERS), False),
    ),
    ("Choose at least one end customer.", lambda o: o.use.mark_users(caller(), o.listed(), frozenset(), True)),
    ("You have signed up already", lambda o: o.at(K.CONNECT_ACCOUNT, spot_org_id=None)),
    (
        "“Create subsets” has no wait.",
        lambda o: o.at(K.CREATE_SUBSETS, waiting=True),
    ),
    (
        "Thu, Mar 5 is in the future.",
        lambda o: o.start(position=Position(K.CONNECT_ACCOUNT, since=TODAY + DAY)),
    ),
]


def of_organizations(o: Office, lines: str) -> None:
    """Say which accounts the organizations get."""
    step = "create_extractor_stack"
    number = o.at(step, procedure=SEVERAL.reference, spot_org_id=TWO_ORGANIZATIONS)
    o.act(number, step, organization_accounts=lines, extractor_stack=NAME)
