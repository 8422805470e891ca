"""Goes through any procedure by what it says of itself: which values it collects, whom it waits for, what it asks."""

from datetime import timedelta

from bot.domain import customer_users
from bot.domain.actions import ADD, Action, actions_for
from bot.domain.enrollment import Enrollment, State
from bot.domain.procedure import USUAL
from bot.domain.step_spec import OURS, Field, Procedure, StepSpec
from bot.localslack import Person
from tests.support.bot_world import ACCOUNT, MONDAY, World
from tests.support.walkthrough import accepted

#: Type of a field -> what a person types into it.
TYPED: dict[str, object] = {
    "line": "Dana at Spot",
    "ticket_numbers": "4711",
    "organization_id": "606079874885",
    "organization_ids": "606079874885, 606079874886",
    "organization_accounts": "606079874885 : 111111111111\n606079874886 : 222222222222, 333333333333",
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/Spot",
    "external_id": "spot-1",
    "bucket": "acme-cur",
    "account_id": "2109-8765-4321",
    "account_ids": "111111111111, 222222222222",
    "stack_name": "SpotEcoStack",
    "report_name": "spotinst-cur-report",
    "prefix": "spotinst_eco",
    "date": (MONDAY + timedelta(days=1)).date().isoformat(),
    "names": "Production\nTest",
    "validated_names": ["all"],
}
#: List in a ticket -> title of its form, and a line.
LINES = {
    "pairs": ("Pairs", "Production : Standard\nTest : Standard"),
    "customers": ("End customers", "Production : ops@customer.example : 700000000001"),
}


def typed(field: Field) -> object:
    """What a person types into a field."""
    if field.list_name == "workflows" and field.type == "names":
        return "Standard"
    return field.options[0] if field.options else TYPED[field.type]


def start(world: World, person: Person, procedure: Procedure, **fields: object) -> Enrollment:
    """Start an enrollment with what fits, as people do; `fields` are what else they enter."""
    person.command("/eco", "enroll", channel=world.channel.name)
    person.wait_view("Start an enrollment")
    if procedure.key != USUAL.key:
        drawn = len(world.slack.calls_of("views.update"))
        person.fill({"procedure": procedure.key})
        world.slack.wait_for(
            lambda: len(world.slack.calls_of("views.update")) > drawn or None, 5, "the form drawn anew"
        )
    person.fill({"account_id": ACCOUNT, "account_name": "Production", "owner": person.name, **fields})
    accepted(person.submit())
    world.deliver()
    return world.enrollment()


def finish_everything(world: World, person: Person, partner: Person | None = None) -> list[str]:
    """Do each step in turn, wait until its window is over, and answer; return what was done, in order.

    Args:
        partner: does the steps of parties; without one, the same person does all of them.
    """
    done = list[str]()
    while (spec := _next(world)) is not None:
        step = world.enrollment().step(spec.key)
        doer = partner if partner is not None and spec.party != OURS else person
        if step.state is State.OPEN:
            act(world, doer, spec)
            done.append(f"{spec.key}: done")
            continue
        assert step.latest is not None
        world.jump(seconds=max(0, (step.latest - world.clock.now()).total_seconds()) + 1)
        while not _asked(world, spec):
            world.jump_to_next()
        done.append(f"{spec.key}: asked")
        _confirm(world, doer, spec)
    return done


def act(world: World, person: Person, spec: StepSpec) -> None:
    """Finish the act of an open step through the buttons of its card."""
    enrollment = world.enrollment()
    if spec.list_in_ticket and not getattr(enrollment, spec.list_in_ticket):
        title, lines = LINES[spec.list_in_ticket]
        person.click(world.card(), ADD[spec.list_in_ticket].label, near=spec.title)
        accepted(world.fill(person, title, **{spec.list_in_ticket: lines}))
        world.deliver()
    label = (Action.MARK_SENT if spec.ticket else Action.MARK_DONE).label
    assert label in [each.label for each in actions_for(world.enrollment(), spec.key, world.clock.now())], spec.key
    person.click(world.card(), label, near=spec.title)
    fields = {field.key: typed(field) for field in spec.collects if not field.starts_wait}
    accepted(world.fill(person, label, **fields))
    world.deliver()


def _next(world: World) -> StepSpec | None:
    """An open step, else the one whose wait is over first."""
    enrollment = world.enrollment()
    under_way = [step for step in enrollment.steps if step.state in (State.OPEN, State.WAITING)]
    found = min(under_way, key=lambda step: (step.state is not State.OPEN, step.latest or MONDAY), default=None)
    return enrollment.spec(found.key) if found else None


def _asked(world: World, spec: StepSpec) -> bool:
    """Whether the question that ends a step's wait was asked in the channel."""
    assert spec.confirm is not None
    return any(spec.confirm in message.text for message in world.channel.messages if message.ts != world.card().ts)


def _confirm(world: World, person: Person, spec: StepSpec) -> None:
    enrollment, label = world.enrollment(), Action.ITS_READY.label
    without_users = spec.list_in_ticket == customer_users.LIST and customer_users.created(enrollment) < len(
        enrollment.customers
    )
    person.click(world.card(), label, near=spec.title)
    if without_users:  # it asks first
        accepted(world.fill(person, label))
    world.deliver()
