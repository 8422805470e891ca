"""What tests make people do again and again: finish a step's act, go through the procedure to some point."""

from __future__ import annotations

from typing import Any

from bot.domain import customer_users
from bot.domain.access import Actor
from bot.domain.days import usual_end
from bot.domain.enrollment import State
from bot.domain.procedure import USUAL
from bot.domain.step_order import prerequisites
from bot.localslack import Delivery, Message, Person
from bot.use_cases import Caller
from tests.support.bot_world import ORG, World
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS

#: What people type into a step's form where a test does not care.
TYPED: dict[str, dict[str, Any]] = {
    StepKey.SIGN_UP: {"spot_org_id": ORG},
    StepKey.ENABLE_SUBSETS: {"ticket_number": "4711"},
    StepKey.CREATE_SUBSETS: {"names": "Production\nTest"},
    StepKey.CREATE_WORKFLOWS: {"names": "Standard\nReseller"},
    StepKey.VALIDATE_WORKFLOWS: {"validated": ["all"]},
    StepKey.ASSOCIATE_WORKFLOWS: {"ticket_number": "4711"},
    StepKey.ASSOCIATE_CUSTOMERS: {"ticket_number": "4711"},
}
#: The same for the use cases.
COLLECTED: dict[str, dict[str, Any]] = {
    StepKey.SIGN_UP: {"spot_org_id": ORG},
    StepKey.ENABLE_SUBSETS: {"ticket_number": "4711"},
    StepKey.CREATE_SUBSETS: {"names": ("Production", "Test")},
    StepKey.CREATE_WORKFLOWS: {"names": ("Standard", "Reseller")},
    StepKey.ASSOCIATE_WORKFLOWS: {"ticket_number": "4712"},
    StepKey.ASSOCIATE_CUSTOMERS: {"ticket_number": "4713"},
}
#: What the two lists get, by the step whose ticket carries them: button, title of the form, field, a line.
LISTS = {
    StepKey.ASSOCIATE_WORKFLOWS: ("Add pairs", "Pairs", "pairs", "Production : Standard"),
    StepKey.ASSOCIATE_CUSTOMERS: (
        "Add customers",
        "End customers",
        "customers",
        "Production : ops@customer.example : 700000000001",
    ),
}


def accepted(delivery: Delivery) -> Delivery:
    """The delivery of a form, which must have been taken as it was."""
    assert delivery.error is None, delivery.detail
    assert delivery.response in (None, {}), f"the form was not accepted: {delivery.response}"
    return delivery


def add_line(world: World, person: Person, step: StepKey, line: str | None = None) -> None:
    """Put a line into the list that a step's ticket carries."""
    button, title, field, default = LISTS[step]
    world.click(person, button, step)
    accepted(world.fill(person, title, **{field: line or default}))
    world.deliver()


def empty_lists(world: World) -> None:
    """Take everything off the lists of the tickets, unseen: the card still shows what was offered before."""
    use, made, caller = world.app.enrollments, world.enrollment(), Caller(world.workspace, Actor(world.ana.id))
    if made.pairs:
        use.change_pairs(caller, made.id, (), frozenset(made.pairs))
    if made.customers:
        use.change_customers(caller, made.id, (), frozenset(made.customers))


def act(world: World, person: Person, step: StepKey, **typed: Any) -> None:
    """Finish the act of an open step through its form."""
    if step in LISTS and not (
        world.enrollment().pairs if step == StepKey.ASSOCIATE_WORKFLOWS else world.enrollment().customers
    ):
        add_line(world, person, step)
    spec = SPECS[step]
    label = "Mark sent" if spec.ticket else "Mark done"
    world.click(person, label, step)
    accepted(world.fill(person, label, **(TYPED.get(step, {}) | typed)))
    world.deliver()


def confirm(world: World, person: Person, step: StepKey) -> None:
    """Say on the card that what a step waits for is there."""
    enrollment = world.enrollment()
    early = usual_end(enrollment, step, world.clock.now()) is not None
    of_users = step == USUAL.step_with(customer_users.LIST) and customer_users.created(enrollment) < len(
        enrollment.customers
    )
    world.click(person, "It's ready", step)
    if early or of_users:  # it asks first
        accepted(world.fill(person, "It's ready"))
    world.deliver()


def finish(world: World, person: Person, step: StepKey, **typed: Any) -> None:
    """Finish a step: its act, and its wait where it has one."""
    act(world, person, step, **typed)
    if SPECS[step].wait:
        confirm(world, person, step)


def skip(world: World, person: Person, step: StepKey, reason: str = "not for us") -> None:
    """Leave out an optional step through its form."""
    world.click(person, "Skip", step)
    accepted(world.fill(person, "Skip", reason=reason))
    world.deliver()


def reach(world: World, step: StepKey, **fields: Any) -> None:
    """Start an enrollment and let its owner finish what a step needs, so that it is open and the card says so.

    What lies before is done by the use cases: people's forms for it have tests of their own.
    """
    enrollment = world.start(**fields)
    for before in prerequisites(USUAL, step):
        if world.app.enrollments.get(world.workspace, enrollment.id).step(before).state is State.OPEN:
            pass_by(world, enrollment.id, before)
    world.deliver()


def pass_by(world: World, enrollment_id: int, step: StepKey) -> None:
    """Finish a step without any form."""
    use, caller = world.app.enrollments, Caller(world.workspace, Actor(world.ana.id, is_admin=True))
    if step == StepKey.VALIDATE_WORKFLOWS:
        names = (w.name for w in use.get(world.workspace, enrollment_id).workflows)
        use.complete_act(caller, enrollment_id, StepKey.VALIDATE_WORKFLOWS, {"validated": frozenset(names)})
        return
    use.complete_act(caller, enrollment_id, step, COLLECTED.get(step, {}))
    if SPECS[step].wait:
        use.confirm(caller, enrollment_id, step)


def answer_to(world: World, delivery: Delivery) -> Message:
    """The message that only the person sees in answer to a command."""
    return world.slack.wait_for(lambda: (delivery.ephemerals or [None])[-1], 5, "the answer to a command")


def told(world: World, person: Person, delivery: Delivery) -> str:
    """What only this person was told in answer to a delivery: a message, or a notice in a form."""

    def look() -> str | None:
        if delivery.ephemerals:
            return delivery.ephemerals[-1].text
        view = person.view
        return view.shown if view is not None and view.callback_id == "notice" else None

    return world.slack.wait_for(look, 5, f"an answer to {person.name}")


def press_in_menu(person: Person, card: Message, label: str) -> Delivery:
    """Press an entry of a card's menu, or the button for it behind **More…**."""
    words = [
        option["text"]["text"] for block in card.blocks for option in block.get("accessory", {}).get("options", ())
    ]
    if label in words:
        return person.click(card, label)
    opened = person.click(card, "More…")
    if not opened.ok or person.wait_view().callback_id == "notice":
        return opened
    return person.click(person.wait_view("More"), label)
