"""Who may do what: owner, collaborators and admins change an enrollment; others are told whom to ask."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.enrollment import Customer, Enrollment, Pair, Status
from bot.domain.errors import NotAllowed, UnknownEnrollment
from bot.domain.list_changes import Draft
from bot.domain.list_entries import entry_key
from bot.use_cases import Caller
from tests.domain.building import DAY, MATE, NOW, ORG, OWNER, STRANGER, edited
from tests.repository.keeping import rows
from tests.support.steps import StepKey
from tests.use_cases.asking import ADMIN, Desk, caller, form

Act = Callable[[Desk, Caller, Enrollment], Any]
SOON = NOW.date() + DAY
#: The form of a step's details with a note.
NOTED = dict.fromkeys(("assignee", "target", "blocked_by", "blocked_why")) | {"note": "careful"}

#: Method -> how an enrollment comes to where it can be used, and its use.
METHODS: dict[str, tuple[Callable[[Desk], Enrollment], Act]] = {
    "complete_act": (
        lambda d: d.start(),
        lambda d, who, e: d.bot.complete_act(who, e.id, StepKey.SIGN_UP, {"spot_org_id": ORG}),
    ),
    "complete_act of a validation": (
        lambda d: d.recorded(),
        lambda d, who, e: d.bot.complete_act(
            who, e.id, StepKey.VALIDATE_WORKFLOWS, {"validated": frozenset({"Standard"})}
        ),
    ),
    "confirm": (
        lambda d: d.opened(StepKey.CONNECT_ACCOUNT, waiting=True),
        lambda d, who, e: d.bot.confirm(who, e.id, StepKey.CONNECT_ACCOUNT),
    ),
    "still_waiting": (
        lambda d: d.opened(StepKey.CONNECT_ACCOUNT, waiting=True),
        lambda d, who, e: d.bot.still_waiting(who, e.id, StepKey.CONNECT_ACCOUNT, SOON),
    ),
    "remind_later": (
        lambda d: d.opened(StepKey.CONNECT_ACCOUNT),
        lambda d, who, e: d.bot.remind_later(who, e.id, StepKey.CONNECT_ACCOUNT, SOON, "on holiday"),
    ),
    "correct": (
        lambda d: d.opened(StepKey.ENABLE_SUBSETS, waiting=True),
        lambda d, who, e: d.bot.correct(who, e.id, StepKey.ENABLE_SUBSETS, {"ticket_number": "4712"}),
    ),
    "take_back": (
        lambda d: d.opened(StepKey.CONNECT_ACCOUNT, waiting=True),
        lambda d, who, e: d.bot.take_back(who, e.id, StepKey.CONNECT_ACCOUNT),
    ),
    "change_details": (
        lambda d: d.opened(StepKey.FULL_ECO),
        lambda d, who, e: d.bot.change_details(who, e.id, StepKey.FULL_ECO, NOTED),
    ),
    "skip": (
        lambda d: d.opened(StepKey.FULL_ECO),
        lambda d, who, e: d.bot.skip(who, e.id, StepKey.FULL_ECO, "no need"),
    ),
    "reopen": (
        lambda d: d.opened(StepKey.CONNECT_ACCOUNT),
        lambda d, who, e: d.bot.reopen(who, e.id, StepKey.SIGN_UP),
    ),
    "cancel": (lambda d: d.start(), lambda d, who, e: d.bot.cancel(who, e.id, "no need")),
    "resume": (
        lambda d: d.bot.cancel(caller(), d.start().id, "no need"),
        lambda d, who, e: d.bot.resume(who, e.id),
    ),
    "edit": (lambda d: d.start(), lambda d, who, e: d.bot.edit(who, e.id, edited(e, account_name="New"))),
    "change_pairs": (
        lambda d: d.start(),
        lambda d, who, e: d.bot.change_pairs(who, e.id, [Pair("S", "W")], frozenset()),
    ),
    "change_customers": (
        lambda d: d.start(),
        lambda d, who, e: d.bot.change_customers(who, e.id, [Customer("S", "a@b.example", "909090")], frozenset()),
    ),
    "change_list": (lambda d: d.start(), lambda d, who, e: d.bot.change_list(who, e.id, Draft("subsets", "", ("S",)))),
    "change_entry": (
        lambda d: d.recorded(),
        lambda d, who, e: d.bot.change_entry(who, e.id, "subsets", entry_key("Test"), {"name": "Dev"}),
    ),
    "remove_entries": (
        lambda d: d.recorded(),
        lambda d, who, e: d.bot.remove_entries(who, e.id, "subsets", frozenset({"Test"})),
    ),
    "mark_users": (
        lambda d: d.bot.change_customers(caller(), d.start().id, [Customer("S", "a@b.example", "909090")], frozenset()),
        lambda d, who, e: d.bot.mark_users(who, e.id, frozenset(e.customers), True),
    ),
    "add_names": (lambda d: d.start(), lambda d, who, e: d.bot.add_names(who, e.id, "subsets", ["Dev"])),
}

#: Methods that nobody has to be allowed: one starts an enrollment, two follow Slack and the procedure, the others look.
#: Two more change no enrollment: tests/handlers/test_long_tickets.py and test_custom_workflow.py ask who may use them.
FREE = {
    "start", "add_new_steps", "now", "wake", "get", "live", "all", "overview", "of_person", "matching", "of_message",
    "of_round", "get_in_part", "history", "card", "closed_channels", "owe_ticket_file", "set_zone", "owner_zones",
    "seen_by", "unviewed", "choices", "latest_change", "several", "unlisted",
    "describe_workflow", "ticket_lines", "workflow_request",
    "list_findings", "key_now", "ticket_warnings", "account_coverage",
    "start_within",
}  # fmt: skip


def test_every_method_that_changes_something_is_asked_here(desk: Desk) -> None:
    """A new use case has to be added to the table above."""
    assert [] == [n for n in dir(desk.bot) if not n.startswith("_") and n not in FREE and n not in METHODS]


@pytest.mark.parametrize("who", [OWNER, MATE, ADMIN])
@pytest.mark.parametrize("name", METHODS)
def test_owner_collaborators_and_admins_may(desk: Desk, name: str, who: str) -> None:
    """Each of them, with each use case; the event names who it was, and delivery is woken once."""
    prepare, use = METHODS[name]
    before = prepare(desk)
    desk.woken = 0

    after = use(desk, caller(who), before)

    assert (before.version + 1, 1) == (after.version, desk.woken)
    assert who == desk.bot.history("T0ECO", after.id)[-1][1]


@pytest.mark.parametrize("name", METHODS)
def test_nobody_else_may(desk: Desk, name: str) -> None:
    """They are told whom to ask, other workspaces not even that it exists; nothing is changed, owed or woken."""
    prepare, use = METHODS[name]
    before = prepare(desk)
    owed, desk.woken = rows(desk.database), 0

    with pytest.raises(NotAllowed, match=r"Ask <@U0OWNER> or <@U0MATE>.") as refused:
        use(desk, caller(STRANGER), before)
    with pytest.raises(UnknownEnrollment):
        use(desk, Caller("T0OTHER", caller(ADMIN).actor), before)

    assert (OWNER, MATE) == refused.value.ask
    assert (before, owed, 0) == (desk.bot.get("T0ECO", before.id), rows(desk.database), desk.woken)


def test_handing_over_takes_the_right_along(desk: Desk) -> None:
    """The new owner may, the old one no more unless he stays as a collaborator."""
    enrollment = desk.start(collaborators=())
    desk.bot.edit(caller(), enrollment.id, edited(enrollment, owner=MATE))

    with pytest.raises(NotAllowed, match=r"Ask <@U0MATE>."):
        desk.bot.cancel(caller(OWNER), enrollment.id, "no need")
    assert Status.CANCELLED is desk.bot.cancel(caller(MATE), enrollment.id, "no need").status


def test_anybody_may_start_an_enrollment_for_somebody(desk: Desk) -> None:
    """Who starts it is told; who owns it may change it."""
    enrollment = desk.bot.start(caller(STRANGER), form(collaborators=(MATE, OWNER, MATE)))

    assert (STRANGER, OWNER, (MATE,)) == (enrollment.started_by, enrollment.owner, enrollment.collaborators)
    with pytest.raises(NotAllowed):
        desk.bot.cancel(caller(STRANGER), enrollment.id, "no need")


#: What an assignee may do with their step, besides the details; where a step is at first, and its use.
OF_ASSIGNEES = {
    "complete_act": (StepKey.FULL_ECO, False),
    "confirm": (StepKey.CONNECT_ACCOUNT, True),
    "still_waiting": (StepKey.CONNECT_ACCOUNT, True),
    "remind_later": (StepKey.CONNECT_ACCOUNT, False),
    "correct": (StepKey.ENABLE_SUBSETS, True),
    "take_back": (StepKey.CONNECT_ACCOUNT, True),
    "skip": (StepKey.FULL_ECO, False),
    "change_details": (StepKey.FULL_ECO, False),
    "change_pairs": (StepKey.ASSOCIATE_WORKFLOWS, False),
    "change_customers": (StepKey.ASSOCIATE_CUSTOMERS, False),
    "change_list": (StepKey.CREATE_SUBSETS, False),
    "add_names": (StepKey.CREATE_SUBSETS, False),
}


@pytest.mark.parametrize("name", METHODS)
def test_an_assignee_may_do_what_is_of_their_step_alone(desk: Desk, name: str) -> None:
    """With each use case; what changes the enrollment as a whole, or reopens a step, is for its people."""
    key, waiting = OF_ASSIGNEES.get(name, (StepKey.CONNECT_ACCOUNT, False))
    before = desk.opened(key, waiting=waiting)
    desk.bot.change_details(caller(), before.id, key, NOTED | {"assignee": STRANGER})
    _, use = METHODS[name]
    if name == "complete_act":

        def use(d: Desk, who: Caller, e: Enrollment) -> Any:
            return d.bot.complete_act(who, e.id, StepKey.FULL_ECO)

    before = desk.bot.get("T0ECO", before.id)
    if name in OF_ASSIGNEES:
        assert STRANGER == desk.bot.history("T0ECO", use(desk, caller(STRANGER), before).id)[-1][1]
    else:
        with pytest.raises(NotAllowed):
            use(desk, caller(STRANGER), before)


def test_who_may_not_change_a_step_is_told_to_ask_its_assignee_first(desk: Desk) -> None:
    """Then the people of the enrollment."""
    before = desk.opened(StepKey.FULL_ECO)
    desk.bot.change_details(caller(), before.id, StepKey.FULL_ECO, NOTED | {"assignee": STRANGER})

    with pytest.raises(NotAllowed, match=r"Ask <@U0STRANGER> or <@U0OWNER> or <@U0MATE>."):
        desk.bot.skip(caller("U0FOURTH"), before.id, StepKey.FULL_ECO, "no need")
