"""A ticket in parts by email: one email for each, in order, once each; after a failure only what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.enrollment import Pair, State
from bot.use_cases import Caller
from tests.emails.email_actions import WORKFLOWS, caller, lines, open_form, send
from tests.handlers.test_custom_workflow import STEP, describe
from tests.handlers.test_export import files, table, unpacked
from tests.support.bot_world import World, running
from tests.support.confirming import Everything
from tests.support.mail_services import DROP, ON, SUPPORT, Fault, OddSes
from tests.support.walkthrough import accepted, press_in_menu, reach, told

PAIRS = [Pair(f"Subset {n:03}", f"Workflow {n:03}") for n in range(120)]


@pytest.fixture
def split(database_url: str, ses: OddSes) -> Iterator[World]:
    """The bot where a ticket has 50 lines at most, with a ticket of 120."""
    with running(database_url, ECO_TICKET_LINES="50", **ON) as world:
        reach(world, WORKFLOWS)
        confirmed = Caller(world.workspace, caller(world).actor, confirmed=Everything())
        world.app.enrollments.change_pairs(confirmed, world.enrollment().id, PAIRS, frozenset())
        world.deliver()
        yield world


def parts_sent(ses: OddSes) -> list[str]:
    """The parts that the mail service took, by their subjects."""
    subjects = [email["Content"]["Simple"]["Subject"]["Data"] for email in ses.accepted]
    return [subject.partition("(")[2].partition(")")[0] for subject in subjects]


def state(world: World) -> State:
    """The state of the step."""
    return world.enrollment().step(WORKFLOWS).state


def test_each_part_is_an_email_of_its_own_and_the_last_one_starts_the_wait(split: World, ses: OddSes) -> None:
    """In order; the thread has a line for each, and the export each text as it was sent."""
    world = split
    form = open_form(world, step=WORKFLOWS)
    assert "The ticket goes out in 3 parts, as 3 emails." in form.shown
    assert "The 3 emails have all" in form.shown
    accepted(world.ana.submit())
    world.deliver()

    assert ["part 1 of 3", "part 2 of 3", "part 3 of 3"] == parts_sent(ses)
    bodies = [email["Content"]["Simple"]["Body"]["Text"]["Data"].splitlines() for email in ses.accepted]
    assert 1 == len({body[0] for body in bodies})
    assert [f"{pair.subset} : {pair.workflow}" for pair in PAIRS] == [line for body in bodies for line in body[2:]]
    assert State.WAITING is state(world)
    assert "by email in 3 parts" in world.enrollment().step(WORKFLOWS).values["ticket_number"]
    told_parts = [f"part {number} of 3 of the ticket" in line for number, line in enumerate(lines(world), 1)]
    assert [True] * 3 == told_parts
    assert [False, False, True] == ["Now waiting for" in line for line in lines(world)]
    press_in_menu(world.ana, world.card(), "Export")
    world.deliver()
    sent = [row for row in table(unpacked(files(world.ana)[-1])["tickets.csv"]) if row["email to"]]
    assert [f"Subset {start:03}" for start in (0, 50, 100)] == [row["text"].splitlines()[2][:10] for row in sent]


def test_after_a_refusal_only_the_missing_parts_are_sent(split: World, ses: OddSes) -> None:
    """The parts behind the refused one are held back, and the thread says so once."""
    world = split
    fault, answer = Fault(400, "SendingPausedException", "x"), ses.answer
    seen: list[object] = []

    def second_refused(body: dict[str, object]) -> Fault | None:
        seen.append(body)
        return fault if len(seen) == 2 else answer(body)

    ses.answer = second_refused  # type: ignore[method-assign]
    send(world, step=WORKFLOWS)
    world.deliver()

    assert (["part 1 of 3"], State.OPEN) == (parts_sent(ses), state(world))
    assert "email with part 2 of 3 of the ticket for" in lines(world)[-1]
    assert "I held back the parts after it" in lines(world)[-1]
    assert 2 == len(lines(world))

    form = open_form(world, step=WORKFLOWS)
    assert "1 of them went out already. I send the missing 2 emails now." in form.shown
    assert "Send anyway" == form.submit, "names of billing workflows are unknown"
    accepted(world.ana.submit())
    world.deliver()

    assert ["part 1 of 3", "part 2 of 3", "part 3 of 3"] == parts_sent(ses)
    assert State.WAITING is state(world)


def test_a_part_of_unknown_outcome_is_asked_about(split: World, ses: OddSes) -> None:
    """The others wait for the answer; after it, that part goes out again with them."""
    world = split
    ses.faults = [DROP]
    send(world, step=WORKFLOWS)
    world.deliver()
    for _ in range(3):
        world.jump(hours=1)
    assert (["part 1 of 3"], 1, State.OPEN) == (parts_sent(ses), ses.asked, state(world)), "SES took it, unseen"
    assert "I held back the parts after it." in lines(world)[-1]

    form = open_form(world, step=WORKFLOWS)
    assert "An email with this ticket may have gone out" in form.shown
    accepted(world.ana.submit())
    world.deliver()

    assert ["part 1 of 3", "part 2 of 3", "part 3 of 3"] == parts_sent(ses)[1:]


def test_a_second_request_is_refused_while_parts_are_on_their_way(split: World, ses: OddSes) -> None:
    """SES puts the first one off: the others keep their places behind it."""
    world = split
    ses.faults = [Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded.")]
    send(world, step=WORKFLOWS)
    world.app.dispatcher.run_once()
    said = told(world, world.ana, world.click(world.ana, "Send by email", WORKFLOWS))
    assert "already sent this ticket by email" in said
    for _ in range(5):
        world.jump(minutes=1)

    assert ["part 1 of 3", "part 2 of 3", "part 3 of 3"] == parts_sent(ses)


def test_a_custom_billing_workflow_goes_by_email_and_the_step_stays_open(world: World, ses: OddSes) -> None:
    """From the ticket that the form shows; sending the same words again is asked about."""
    reach(world, STEP)
    for submit in ("Send", "Send again"):
        describe(world)
        world.ana.submit()
        form = world.ana.wait_view("Send by email")
        assert ("The step goes on as it is." in form.shown, submit) == (True, form.submit)
        accepted(world.ana.submit())
        world.deliver()

    assert 2 == len(ses.accepted)
    assert "Custom billing workflow: " in str(ses.accepted[0])
    assert State.OPEN is world.enrollment().step(STEP).state
    assert f"by email to {SUPPORT}" in lines(world)[-1]
    assert "marked the step" not in lines(world)[-1]
