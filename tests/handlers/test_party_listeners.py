"""Every registered listener, asked by somebody who does the steps of a party and may use nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import DomainError, NotAllowed, NotAStarter, NotVisible
from bot.presentation.buttons import STEP_PREFIX
from tests.handlers.test_listener_rules import (
    DRAWN_LATER,
    REFUSING,
    RULES,
    TOLD_LATER,
    as_guest,
    digest_of,
    expect_refusal,
    registered,
)
from tests.support.any_procedure import start
from tests.support.bot_world import World, running
from tests.support.extracted import OWN, PARTY, PROCEDURE, THEIRS
from tests.support.outsiders import GUEST, add

#: What shows the people of a party their own steps, whatever else the enrollment has.
IN_PART = {"enrollment.open", "eco.list.open", "eco.choose", "reminders.answer"}


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world with an enrollment of which Gus, a guest, does the steps of the MSP, and may use nothing else."""
    file = tmp_path_factory.mktemp("parties") / "eco-bot.db"
    with running(f"sqlite:///{file}", ECO_SUPPORT_EMAIL="help@spot.example", ECO_TICKET_FROM="us@own.example") as world:
        add(world, GUEST, world.channel.name)
        start(world, world.ana, PROCEDURE, **{f"party.{PARTY.key}": ["gus"]})
        digest_of(world)
        yield world


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, rules in RULES.items()
        for name, rule in rules.items()
        if rule in REFUSING and name not in DRAWN_LATER | IN_PART and kind not in TOLD_LATER
    ],
)
def test_the_people_of_a_party_are_refused_what_is_not_theirs(parted: World, kind: str, name: str) -> None:
    """By each listener itself, for a step of ours and for the enrollment as a whole."""
    expect_refusal(parted, kind, name)


@pytest.mark.parametrize("name", sorted(IN_PART))
def test_the_people_of_a_party_are_shown_their_steps_alone(parted: World, name: str) -> None:
    """Where others see all of it: in the card's copy, and in the modal with what a message asks."""
    shown = str(registered().listeners["action"][name](as_guest(parted, "action", name)))

    assert PROCEDURE.spec(THEIRS[0]).title in shown
    for key in OWN:
        assert PROCEDURE.spec(key).title not in shown


@pytest.mark.parametrize("name", [name for name in RULES["action"] if name.startswith(STEP_PREFIX)])
def test_a_step_of_the_party_is_refused_for_its_state_at_most(parted: World, name: str) -> None:
    """Never for who asks; the step is open, and buttons of a wait, a list or a ticket are no buttons of it."""
    key = THEIRS[1] if name.removeprefix(STEP_PREFIX) in ("show_ticket", "follow_up") else THEIRS[0]
    request, refusal = as_guest(parted, "action", name, key), None

    try:
        registered().listeners["action"][name](request)
    except DomainError as refused:
        refusal = refused

    assert (name in NOT_OF_A_PARTY) is isinstance(refusal, NotAllowed | NotVisible | NotAStarter), refusal


#: Lists and extra tickets are for our own people, and reopening changes other steps, too.
NOT_OF_A_PARTY = {
    f"{STEP_PREFIX}{name}"
    for name in ("add_pairs", "add_customers", "add_accounts", "custom_workflow", "reopen", "send_email")
}
