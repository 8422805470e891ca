"""**Check data**: what holds a ticket up, what is asked about, and what is right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aws.preflight import MemberAccount
from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, Pair, SubsetAccount
from bot.domain.list_checks import errors, findings, remarks, ticket_warnings
from bot.domain.look_alikes import look_alikes
from bot.domain.subset_coverage import KnownAccounts
from bot.domain.tickets import missing_for_ticket
from tests.domain.building import ACCOUNT, ORG, blank
from tests.support.steps import StepKey

PAIRS, CUSTOMERS = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS
MEMBER = "111122223333"
ELSEWHERE = {"700009": ["Beta"]}
KNOWN = KnownAccounts((MemberAccount(ACCOUNT, "Payer", "active"), MemberAccount(MEMBER, "Shop", "closed")), True)


def lists(pairs: tuple[Pair, ...] = (), customers: tuple[Customer, ...] = (), **more: object) -> Enrollment:
    """An enrollment with recorded names and these lists."""
    known = {"subsets": ("A", "B"), "workflows": (BillingWorkflow("W", True), BillingWorkflow("New"))}
    return replace(blank(spot_org_id=ORG), pairs=pairs, customers=customers, **{**known, **more})  # type: ignore[arg-type]


def one(subset: str = "A", email: str = "a@x.example", org: str = "700001") -> Customer:
    """An end customer."""
    return Customer(subset, email, org)


#: What is on the lists -> the errors and the warnings, as sentences.
FOUND: dict[str, tuple[Enrollment, list[str], list[str]]] = {
    "nothing at all": (blank(), [], []),
    "all in order": (lists((Pair("A", "W"), Pair("B", "W")), (one(), one("B", "b@x.example", "700002"))), [], []),
    "names that nobody has recorded": (lists((Pair("X", "Y"),), (one("Z"),), subsets=(), workflows=()), [], []),
    "one console email for two customers": (lists(customers=(one(), one("B", org="700002"))), [], []),
    "two billing workflows": (
        lists((Pair("A", "W"), Pair("A", "V")), workflows=()),
        ["A subset has one billing workflow, and these have several: “A : V”, “A : W”."], [],
    ),
    "one's own organization": (
        lists(customers=(one(org=ORG),)),
        [f"{ORG} is your own Spot organization and not an end customer's: “A : a@x.example : {ORG}”."], [],
    ),
    "the management account": (
        lists(customers=(one(org=ACCOUNT),)),
        [f"{ACCOUNT} is your AWS management account and not a Spot organization: “A : a@x.example : {ACCOUNT}”."], [],
    ),
    "an AWS Organizations ID": (
        lists(customers=(one(org="o-a1b2c3d4e5"),)),
        ["A Spot organization ID is a number of 6 to 20 digits: “A : a@x.example : o-a1b2c3d4e5”."], [],
    ),
    "an account of the organization": (
        lists(customers=(one(org=MEMBER),)), [],
        [f"These IDs are AWS accounts of your organization, as last read: “{MEMBER} of A”."],
    ),
    "one AWS account in two subsets": (
        lists(subset_accounts=(SubsetAccount("A", ACCOUNT), SubsetAccount("B", ACCOUNT))),
        [
            "An AWS account belongs to one subset, and these are in several: “A : 1234-5678-9012”, "
            "“B : 1234-5678-9012”."
        ], [],
    ),
    "AWS accounts in order": (lists(subset_accounts=(SubsetAccount("A", ACCOUNT),)), [], []),
    "an AWS account of another organization": (
        lists(subset_accounts=(SubsetAccount("A", "999988887777"),)), [],
        ["These AWS accounts aren't in your organization, as last read: “A : 9999-8888-7777”."],
    ),
    "a closed AWS account": (
        lists(subset_accounts=(SubsetAccount("A", MEMBER),)), [],
        ["These AWS accounts are closed: “A : 1111-2222-3333”."],
    ),
    "an AWS account in a subset that was never created": (
        lists(subset_accounts=(SubsetAccount("Dev", ACCOUNT),)), [],
        ["These subsets aren't on your list of subsets: “Dev”."],
    ),
    "names that were never created": (
        lists((Pair("X", "Y"),), (one("Z"),)), [],
        ["These subsets aren't on your list of subsets: “X”.",
         "These billing workflows aren't on your list of billing workflows: “Y”.",
         "These subsets aren't on your list of subsets: “Z”."],
    ),
    "a billing workflow that is not validated": (
        lists((Pair("A", "New"),)), [], ["These billing workflows are not validated: “New”."],
    ),
    "one email in two spellings": (
        lists(customers=(one(), one("B", "A@x.example", "700002"))), [],
        ["These emails differ in case only: “A@x.example”, “a@x.example”."],
    ),
    "one organization for two subsets": (
        lists(customers=(one(), one("B", "b@x.example"))), [],
        ["One Spot organization stands for several subsets: “700001: A”, “700001: B”."],
    ),
    "one end customer with two emails": (
        lists(customers=(one(), one(email="b@x.example"))), [],
        ["One end customer has several console emails: “A: a@x.example”, “A: b@x.example”."],
    ),
    "an end customer of another enrollment": (
        lists(customers=(one(org="700009"),)), [],
        ["These end customers are in other enrollments, too: “A (in Beta)”."],
    ),
    "look-alikes": (
        lists((Pair("a", "W"),), subsets=("A", "a")), [], ["These names of subsets look alike: “A / a”."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("enrollment", "wrong", "doubtful"), FOUND.values(), ids=FOUND)
def test_each_mistake_is_a_sentence_with_its_entries(
    enrollment: Enrollment, wrong: list[str], doubtful: list[str]
) -> None:
    """What Spot allows is a warning at most; what cannot be right is an error."""
    found = findings(enrollment, KNOWN, ELSEWHERE)

    assert wrong == [each.in_full() for each in found if each.is_error]
    assert doubtful == [each.in_full() for each in found if not each.is_error]


#: What is on the lists -> the remark in the rows of the entries that are wrong or doubtful.
REMARKS = {
    "two billing workflows": ["a second billing workflow"],
    "one's own organization": ["your own Spot organization"],
    "the management account": ["your AWS account ID"],
    "an AWS Organizations ID": ["not a Spot organization ID"],
    "an account of the organization": ["an AWS account ID"],
    "one AWS account in two subsets": ["in another subset, too"],
    "an AWS account of another organization": ["not in your organization"],
    "a closed AWS account": ["closed"],
    "an AWS account in a subset that was never created": ["subset isn't on your list"],
    "names that were never created": [
        "subset isn't on your list", "billing workflow isn't on your list", "subset isn't on your list",
    ],
    "a billing workflow that is not validated": ["billing workflow not validated"],
    "one email in two spellings": ["same email in other case"],
    "one organization for two subsets": ["organization of another subset, too"],
    "one end customer with two emails": ["another email of this customer, too"],
    "an end customer of another enrollment": ["in another enrollment, too"],
    "look-alikes": ["looks like another name"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "said"), REMARKS.items(), ids=REMARKS)
def test_each_mistake_has_a_remark_for_the_rows_of_its_entries(name: str, said: list[str]) -> None:
    """In a few words: the file of a list has a column for them."""
    enrollment, *_ = FOUND[name]

    assert said == [each.remark for each in findings(enrollment, KNOWN, ELSEWHERE)]


def test_ten_entries_are_named_and_the_others_counted() -> None:
    """However many there are."""
    enrollment = lists(customers=tuple(one(f"Customer {n:02}", org=ORG) for n in range(12)))

    (finding,) = (each for each in findings(enrollment) if each.is_error)

    assert "“Customer 09 : a@x.example : 606079874885” and 2 more." in finding.in_full()
    assert 12 == len(finding.entries)


def test_an_error_holds_up_the_ticket_with_its_list_and_no_other() -> None:
    """The sentence says what is wrong, with the first entries, and where to correct it."""
    enrollment = lists((Pair("A", "W"),), (one(org=ORG),))

    said = missing_for_ticket(enrollment, CUSTOMERS)

    assert said is not None
    assert said.startswith(f"{ORG} is your own Spot organization and not an end customer's: “A : a@x.example")
    assert said.endswith("Correct that first with See the lists, in the card's menu.")
    assert None is missing_for_ticket(enrollment, PAIRS)


def test_a_warning_is_asked_about_before_its_own_ticket_only() -> None:
    """Each ticket asks about the list that it carries, and about look-alikes among its names."""
    enrollment = lists((Pair("X", "W"), Pair("w ", "W")), (one("Z"),), workflows=(BillingWorkflow("W", True),))

    assert ["These subsets aren't on your list of subsets: “Z”."] == ticket_warnings(enrollment, CUSTOMERS)
    assert ["These subsets aren't on your list of subsets: “X”, “w ”."] == ticket_warnings(enrollment, PAIRS)
    assert [] == ticket_warnings(enrollment, StepKey.ENABLE_SUBSETS)


def test_look_alikes_are_asked_about_before_the_tickets_that_use_one_of_them() -> None:
    """Names that look alike, and are on no list of a ticket, do not matter to it."""
    enrollment = lists((Pair("A", "W"),), (one("B"),), subsets=("A", "a", "B"))

    assert ["These names of subsets look alike: “A / a”."] == ticket_warnings(enrollment, PAIRS)
    assert [] == ticket_warnings(enrollment, CUSTOMERS)


@pytest.mark.parametrize(
    "names",
    [
        ("Prod EU", "prod-eu"), ("Zürich", "Zurich"), ("Café", "Cafe\u0301"), ("Team O1", "Team 01"),
        ("Customer l", "Customer 1"), ("Acme", "\u0410\u0441me"), ("A_B", "A B"), ("Straße", "strasse"),
    ],
)  # fmt: skip
def test_names_look_alike(names: tuple[str, str]) -> None:
    """In case, spaces, dashes, accents, digits like letters, and letters of other alphabets."""
    assert [tuple(sorted(names))] == look_alikes([*names, "Other"])


@pytest.mark.parametrize(
    "names", [("Team 1-1", "Team 11"), ("Customer 1", "Customer 2"), ("🚀", "🎉"), ("--", "..."), ("Prod", "Prod 2")]
)
def test_names_that_differ_visibly_are_not_confused(names: tuple[str, str]) -> None:
    """A dash between digits counts, and so do emoji."""
    assert [] == look_alikes(names)


def test_a_row_of_the_list_has_the_remarks_about_it() -> None:
    """Several where several things are to be said."""
    odd = one("Z", org=ORG)

    assert {odd: ["your own Spot organization", "subset isn't on your list"]} == remarks(
        findings(lists(customers=(odd, one()))), "customers"
    )


def test_an_account_in_two_subsets_holds_up_the_tickets_that_name_one_of_them() -> None:
    """A ticket about other subsets can go out."""
    twice = (SubsetAccount("A", MEMBER), SubsetAccount("B", MEMBER))
    held = lists((Pair("A", "W"),), (one("C"),), subset_accounts=twice)

    said = missing_for_ticket(held, PAIRS) or ""

    assert said.startswith("An AWS account belongs to one subset, and these are in several: “A : 1111-2222-3333”")
    assert missing_for_ticket(held, CUSTOMERS) is None


def test_what_an_organization_lacks_is_said_only_if_it_was_read_to_its_end() -> None:
    """Check AWS reads a number of pages."""
    made = lists(subset_accounts=(SubsetAccount("A", "999988887777"),))

    assert [] == findings(made, replace(KNOWN, all_read=False))


_NAMES = st.one_of(st.sampled_from(["A", "a", "B", "W", "w ", "Ä"]), st.text(max_size=4))
_ORGS = st.sampled_from([ORG, ACCOUNT, MEMBER, "700001", "700009", "o-1", ""])
_EMAILS = st.sampled_from(["a@x.example", "A@X.example", "b@x.example", ""])
_PAIRS = st.lists(st.builds(Pair, _NAMES, _NAMES), max_size=6)
_CUSTOMERS = st.lists(st.builds(Customer, _NAMES, _EMAILS, _ORGS), max_size=6)
_WORKFLOWS = st.lists(st.builds(BillingWorkflow, _NAMES, st.booleans()), max_size=4, unique_by=lambda w: w.name)


@settings(max_examples=150, deadline=None)
@given(_PAIRS, _CUSTOMERS, st.lists(_NAMES, max_size=4), _WORKFLOWS, st.randoms(use_true_random=False))
def test_the_checks_never_fail_and_do_not_depend_on_the_order(
    pairs: list[Pair], customers: list[Customer], subsets: list[str], workflows: list[BillingWorkflow], random: object
) -> None:
    """Whatever is on the lists, in whatever order."""

    def checked() -> list[str]:
        made = lists(tuple(pairs), tuple(customers), subsets=tuple(subsets), workflows=tuple(workflows))
        return [each.in_full() for each in findings(made, KNOWN, ELSEWHERE)]

    before = checked()
    for each in (pairs, customers, subsets, workflows):
        random.shuffle(each)  # type: ignore[attr-defined]

    assert before == checked()


def test_a_list_that_no_ticket_carries_holds_none_up() -> None:
    """Names of subsets may look alike: that is asked about, and stops nothing."""
    assert [] == errors(lists(subsets=("A", "a")), "subsets")
    assert [] != errors(lists((Pair("A", "W"), Pair("A", "V")), workflows=()), "pairs")
