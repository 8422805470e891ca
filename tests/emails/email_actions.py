"""Sends tickets by email as people do, and reads the thread lines and the metrics of emails."""

from __future__ import annotations

from bot.domain.access import Actor
from bot.localslack import Delivery, Person, View
from bot.use_cases import Caller
from tests.domain.building import edited
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted

ENABLE, WORKFLOWS = StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS


def open_form(world: World, person: Person | None = None, step: StepKey = ENABLE) -> View:
    """Press the button and return the form."""
    who = person or world.ana
    world.click(who, "Send by email", step)
    return who.wait_view("Send by email")


def send(world: World, person: Person | None = None, step: StepKey = ENABLE) -> Delivery:
    """Submit the form for a ticket; it is accepted."""
    open_form(world, person, step)
    return accepted((person or world.ana).submit())


def caller(world: World) -> Caller:
    """Ana, who owns the enrollment."""
    return Caller(world.workspace, Actor(world.ana.id))


def lines(world: World) -> list[str]:
    """The thread lines about emails."""
    return [message.text for message in world.thread() if "email" in message.text]


def outcomes(world: World) -> dict[str, float]:
    """How many emails had which outcome, as /metrics counts them."""
    prefix = 'eco_deliveries_total{kind="email",outcome="'
    found = [line.removeprefix(prefix) for line in world.app.metrics().splitlines() if line.startswith(prefix)]
    return {line.split('"')[0]: float(line.split()[-1]) for line in found}


def rename(world: World, name: str) -> None:
    """Change something that the card shows and no email contains."""
    enrollment = world.enrollment()
    world.app.enrollments.edit(caller(world), enrollment.id, edited(enrollment, account_name=name))
