"""What people do with tickets by email, and what can be seen of it."""

from __future__ import annotations

from bot.domain.access import Actor
from bot.domain.procedure import StepKey
from bot.localslack import Delivery, Person, View
from bot.use_cases import Caller
from tests.support.play import accepted
from tests.support.world import World
from tests.use_cases.asking import edited

ENABLE, WORKFLOWS = StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS


class Everything(frozenset[str]):
    """Confirms whatever it is asked."""

    def issuperset(self, other: object) -> bool:
        return True


def open_form(world: World, person: Person | None = None, step: StepKey = ENABLE) -> View:
    """Press the button and see the form."""
    who = person or world.ana
    world.click(who, "Send by email", step)
    return who.wait_view("Send by email")


def send(world: World, person: Person | None = None, step: StepKey = ENABLE) -> Delivery:
    """Have the ticket sent: the form is accepted."""
    open_form(world, person, step)
    return accepted((person or world.ana).submit())


def caller(world: World) -> Caller:
    """Ana, who owns it."""
    return Caller(world.workspace, Actor(world.ana.id))


def lines(world: World) -> list[str]:
    """What was told about emails."""
    return [message.text for message in world.thread() if "email" in message.text]


def outcomes(world: World) -> dict[str, float]:
    """How often emails came to what, as /metrics counts it."""
    prefix = 'eco_deliveries_total{kind="email",outcome="'
    found = [line.removeprefix(prefix) for line in world.app.metrics().splitlines() if line.startswith(prefix)]
    return {line.split('"')[0]: float(line.split()[-1]) for line in found}


def rename(world: World, name: str) -> None:
    """Something that the card shows changes, and its owner's email stays as it is."""
    enrollment = world.enrollment()
    world.app.enrollments.edit(caller(world), enrollment.id, edited(enrollment, account_name=name))
