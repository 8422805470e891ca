"""Changes that are refused while they are stored: how each refusal begins in English, and how it comes about.

They are about rights, people, states of steps, and what was undone; `refused_values.py` has those about values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.domain.enrollment import Enrollment, Pair
from bot.domain.lifecycle import Position
from bot.domain.list_changes import Draft
from bot.domain.procedure import USUAL
from bot.domain.workflow_requests import WorkflowRequest
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import HandOver
from tests.domain.building import DAY, MATE, ORG, OWNER, STRANGER
from tests.language.office import (
    EXTRACT,
    NAME,
    SEVERAL,
    TWO_PAIRS,
    Office,
    cancelled,
    confirmed,
    emailed,
    moved,
    outdated,
    skipped,
    sure,
)
from tests.support.steps import StepKey as K
from tests.use_cases.asking import ADMIN, WORKSPACE, caller, form


def already(o: Office, who: str) -> None:
    """Start an enrollment for an account that has one."""
    o.start()
    o.use.start(caller(who), form(account_name=NAME, spot_org_id="700700"))


def pace(o: Office, minutes: float, most: int = 1) -> None:
    """Start one enrollment too many, that many minutes after those that were allowed."""
    for number in range(most):
        o.start(account_id=f"{number + 3}" * 12, spot_org_id=f"{number + 3}" * 6)
    o.desk.clock.turn(timedelta(minutes=minutes))
    o.use.start(caller(), form(account_id="2" * 12, spot_org_id="700700"), an_hour=most)


def second(o: Office) -> Enrollment:
    """A stranger's enrollment with the organization of the owner's."""
    o.start()
    wanted = form(
        account_id="2" * 12,
        owner=STRANGER,
        collaborators=(),
        spot_org_id=ORG,
        position=Position(K.ENABLE_SUBSETS),
    )
    made: Enrollment = sure(lambda who: o.use.start(who, wanted), STRANGER)
    return made


def stale(o: Office) -> None:
    """Save a preview of a list that somebody has changed since."""
    number = o.listed()
    seen = o.use.open_preview(caller(), number, Draft("pairs", "", (Pair("Prod", "Reseller"),)))
    o.use.change_pairs(caller(), number, (), frozenset(TWO_PAIRS))
    o.use.save_preview(caller(), seen.id)


def sent_meanwhile(o: Office) -> None:
    """Mark a ticket as sent that somebody has sent since it was read, while there is more to send."""
    number = o.at(K.ASSOCIATE_WORKFLOWS)
    o.use.change_pairs(caller(), number, TWO_PAIRS[:1], frozenset())
    version = o.use.get(WORKSPACE, number).version
    o.act(number, K.ASSOCIATE_WORKFLOWS, MATE, ticket_number="4711")
    o.use.change_pairs(caller(), number, TWO_PAIRS[1:], frozenset())
    values = {"ticket_number": "4712"}
    o.use.complete_act(caller(ticket_version=version), number, K.ASSOCIATE_WORKFLOWS, values)


Refuse = Callable[[Office], Any]
#: Of rights, of people, and of what somebody else has done.
OF_PEOPLE: list[tuple[str, Refuse]] = [
    (
        "Only the owner, the collaborators and admins may change this enrollment. Ask <@U0OWNER> or <@U0MATE>.",
        lambda o: o.use.cancel(caller(STRANGER), o.start(), NAME),
    ),
    ("You can't see this enrollment. Ask", lambda o: o.plans.ask_for_timeline(caller(STRANGER), o.start())),
    ("There is no such enrollment here.", lambda o: o.use.cancel(caller(), 999, NAME)),
    ("1234-5678-9012 already has an enrollment: Zzname (active) in <#C0PROGRESS>.", lambda o: already(o, OWNER)),
    ("1234-5678-9012 already has an enrollment. Ask <@U0OWNER>", lambda o: already(o, STRANGER)),
    ("You can start one enrollment an hour. Try again in 60 minutes.", lambda o: pace(o, 0)),
    ("You can start one enrollment an hour. Try again in a minute.", lambda o: pace(o, 59.5)),
    ("You can start 2 enrollments an hour. Try again in 60 minutes.", lambda o: pace(o, 0, most=2)),
    ("You can start 2 enrollments an hour. Try again in a minute.", lambda o: pace(o, 59.5, most=2)),
    ("You own this enrollment already.", lambda o: o.use.take_over(caller(ADMIN), o.start(owner=ADMIN), "UTC")),
    ("You don't own this enrollment now. <@U0OWNER> does.", lambda o: o.use.gave(WORKSPACE, o.start(), STRANGER)),
    ("Nobody has to agree any more.", lambda o: o.use.agree_to_emails(caller(), o.start())),
    ("Another enrollment already has this Spot organization.", lambda o: o.send(second(o).id, STRANGER)),
    ("Only the owner, the coll", lambda o: o.use.agree_to_emails(caller(STRANGER), second(o).id)),
    ("Only the owner, the coll", lambda o: o.use.hand_over(caller(), [1], HandOver(MATE, "UTC", False, STRANGER))),
    ("Type the account name: Zzname.", lambda o: o.use.delete(caller(ADMIN), o.start(), "Other")),
    ("Only admins may choose the language", lambda o: o.use.choose_language(caller(), "", "de")),
    ("Only admins, and owners and coll", lambda o: o.use.choose_language(caller(), "C0OTHER", "de")),
    ("Choose a day after today", lambda o: o.leave(MATE, 0)),
    ("Choose a day within a year.", lambda o: o.leave(MATE, 400)),
    ("Choose somebody else: you can't stand in", lambda o: o.leave(OWNER, 3)),
    ("<@U0MATE> is away, too, and has you", lambda o: (o.away(MATE, OWNER), o.leave(MATE, 3))),
    (
        "<@U0MATE> is away, too, and the stand-ins lead back",
        lambda o: (o.away(MATE, STRANGER), o.away(STRANGER, OWNER), o.leave(MATE, 3)),
    ),
]
#: Of the states of steps and enrollments.
OF_STATES: list[tuple[str, Refuse]] = [
    ("This enrollment was cancelled.", lambda o: o.act(cancelled(o), K.CONNECT_ACCOUNT)),
    ("This enrollment is cancelled already.", lambda o: o.use.cancel(caller(), cancelled(o), NAME)),
    ("This enrollment is active, not cancelled.", lambda o: o.use.resume(caller(), o.start())),
    ("Finish this first: Connect the management", lambda o: o.act(o.at(K.CONNECT_ACCOUNT), K.ENABLE_SUBSETS)),
    (
        "<@U0MATE> already marked this done. It's waiting for AWS and Spot.",
        lambda o: o.act(o.act(o.at(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, MATE), K.CONNECT_ACCOUNT),
    ),
    (
        "<@U0MATE> already marked this sent. It's waiting for Spot support.",
        lambda o: o.act(o.act(o.at(K.ENABLE_SUBSETS), K.ENABLE_SUBSETS, MATE, ticket_number="1"), K.ENABLE_SUBSETS),
    ),
    ("This was already done before this bot. It's", lambda o: o.act(o.at(K.FULL_ECO, waiting=True), K.FULL_ECO)),
    ("This was already done before this bot.", lambda o: o.act(o.at(K.CONNECT_ACCOUNT), K.SIGN_UP)),
    ("<@U0MATE> already confirmed this.", lambda o: o.use.confirm(caller(), confirmed(o), K.CONNECT_ACCOUNT)),
    ("<@U0OWNER> skipped this.", lambda o: o.act(skipped(o), K.FULL_ECO)),
    ("Nobody has marked this done yet.", lambda o: o.use.confirm(caller(), o.at(K.FULL_ECO), K.FULL_ECO)),
    ("Nobody has marked this sent yet.", lambda o: o.use.confirm(caller(), o.at(K.ENABLE_SUBSETS), K.ENABLE_SUBSETS)),
    ("This step can't be skipped", lambda o: o.use.skip(caller(), o.start(), K.CREATE_SUBSETS, NAME)),
    (
        "This is planned for that day already.",
        lambda o: o.act(
            o.act(o.at(K.FULL_ECO), K.FULL_ECO, call_date="2026-03-10"), K.FULL_ECO, call_date="2026-03-10"
        ),
    ),
    (
        "“Connect the management account” isn't part of this enrollment any more",
        lambda o: o.use.confirm(caller(), moved(o), K.CONNECT_ACCOUNT),
    ),
    ("This enrollment has the procedure aws-man", lambda o: o.use.move(caller(), o.start(), USUAL)),
    (
        "“Connect the management account” is waiting, and “AWS management account, several organizations” has",
        lambda o: o.use.move(caller(), o.at(K.CONNECT_ACCOUNT, waiting=True), SEVERAL),
    ),
    (
        "A ticket has gone to Spot support already",
        lambda o: o.use.move(caller(), o.at(K.ENABLE_SUBSETS, waiting=True), EXTRACT, early=True),
    ),
    ("A ticket is on its way to Spot support", lambda o: o.use.move(caller(), emailed(o), EXTRACT)),
    ("<@U0OWNER> already sent this ticket by email.", lambda o: o.send(emailed(o))),
    ("Somebody else changed this enrollment", outdated),
    ("<@U0MATE> has sent a ticket since you opened this.", sent_meanwhile),
    (
        "This procedure has no custom billing workflows.",
        lambda o: o.use.describe_workflow(
            caller(), o.start(procedure=SEVERAL.reference), WorkflowRequest(NAME, NAME, OWNER)
        ),
    ),
    ("Nothing in this enrollment has a date yet", lambda o: o.plans.ask_for_calendar(caller(), o.start())),
    ("This preview is cancelled or too old.", lambda o: o.bulk.begin(caller(), 999)),
    ("This preview is gone", lambda o: o.use.save_preview(caller(), 999)),
    ("Somebody changed this list since you got this preview.", stale),
    ("I don't know the accounts of your organ", lambda o: o.use.send_accounts(caller(), o.start(), "1")),
]
#: Of undoing.
OF_UNDO: list[tuple[str, Refuse]] = [
    ("There is nothing to undo", lambda o: (n := o.start(), o.forget_changes(), o.undo(n))),
    ("A start can't be undone.", lambda o: o.undo(o.start())),
    ("A move to another procedure can't", lambda o: o.undo(moved(o))),
    ("This enrollment has changed since", lambda o: o.use.undo(caller(), cancelled(o), 1)),
    ("The last change is more than ten", lambda o: (n := cancelled(o), o.desk.clock.turn(11 * DAY), o.undo(n))),
    ("<@U0OWNER> made the last change.", lambda o: o.undo(cancelled(o), MATE)),
    ("<@U0OWNER> already undid the last change.", lambda o: (n := cancelled(o), o.undo(n), o.undo(n))),
    (
        "The ticket for “Enable the Subsets feature” is marked as sent",
        lambda o: o.undo(o.act(o.at(K.ENABLE_SUBSETS), K.ENABLE_SUBSETS, ticket_number="1")),
    ),
    (
        "The ticket for “Associate billing workflows” goes out by email",
        lambda o: (n := cancelled(o), o.goes_out(n, MessageKind.EMAIL, by=MATE), o.undo(n)),
    ),
    (
        "Meanwhile <@U0MATE> got the ticket for “Associate billing workflows” as a file.",
        lambda o: (n := cancelled(o), o.goes_out(n, MessageKind.FILE, to=[MATE]), o.undo(n)),
    ),
]
