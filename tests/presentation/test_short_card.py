"""The card is short: what is next first, the rest on a line each, and an end that says what came of it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.enrollment import Enrollment, Pair, State, Status
from bot.presentation import card
from tests.presentation.extremes import NOW, enrollment, step
from tests.presentation.reading import buttons, lines_of, mrkdwn
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE


def test_locked_steps_stand_together_on_one_line() -> None:
    """The next three by name, the others counted; none says what it waits for."""
    (line,) = [line for line in lines_of(card.build(enrollment(state=State.LOCKED), NOW)) if ":lock:" in line]

    assert line == (
        ":lock: Later: Sign up with Spot, Connect the management account, "
        "Full Eco: strategy call and ramp-up (optional) and 6 more"
    )
    assert "after:" not in str(card.build(enrollment(state=State.LOCKED), NOW).blocks)


def test_what_is_next_stands_before_what_is_finished_and_what_comes_later() -> None:
    """Due steps first, then open ones, then waits."""
    said = "\n".join(lines_of(card.build(halfway(), NOW)))

    order = [
        "*Enable the Subsets feature* — due",
        "*Create billing workflows* — open",
        "*Full Eco: strategy call and ramp-up* (optional) — waiting",
        "Sign up with Spot — done",
        "Later: Create subsets",
    ]
    assert order == sorted(order, key=said.index)


def test_a_turn_names_the_person() -> None:
    """The owner acts; where AWS or Spot do, the card says until when."""
    lines = lines_of(card.build(halfway(), NOW))

    assert any("*Create billing workflows* — open. <@U0OWNER00001>'s turn. " in line for line in lines)
    assert any("(optional) — waiting for Spot. Ready between <!date^" in line for line in lines)
    assert any(" — due since <!date^" in line and "<@U0OWNER00001>'s turn: Is the" in line for line in lines)


@pytest.mark.parametrize(("finished", "most"), [(1, 15), (5, 25)], ids=["at the start", "with five steps done"])
def test_a_card_is_short_on_a_phone(finished: int, most: int) -> None:
    """About 42 characters fit beside the picture at 390 pixels; rows of buttons count as lines."""
    made = enrollment(state=State.LOCKED)
    for spec in PROCEDURE[:finished]:
        made = replace(made, steps=tuple(step(s.key, State.DONE) if s.key == spec.key else s for s in made.steps))
    for spec in PROCEDURE[finished:]:
        if made.is_unlocked(spec.key):
            made = made.with_step(spec.key, state=State.OPEN)

    assert lines_on_a_phone(card.build(made, NOW).blocks or []) <= most


def lines_on_a_phone(blocks: list[dict[str, Any]]) -> int:
    """An estimate of the lines that blocks take, with dates, mentions and links as they are shown."""
    lines = 0
    for block in blocks:
        if block["type"] == "actions":
            lines += 1
        for text in [block["text"]["text"]] if block["type"] == "header" else mrkdwn(block):
            plain = re.sub(r"<(?:https?:|!date)[^|>]*\|([^>]*)>|<@[A-Z0-9]+>", r"\1", text).replace("*", "")
            plain = re.sub(r":[a-z_]+:", "##", plain).replace(" at 10:00 AM UTC", "")
            width = 50 if block["type"] == "context" else 42
            lines += sum(len(textwrap.wrap(line, width)) for line in plain.splitlines())
    return lines


def halfway() -> Enrollment:
    """An enrollment with steps in many states."""
    states = {
        StepKey.SIGN_UP: State.DONE,
        StepKey.CONNECT_ACCOUNT: State.DONE,
        StepKey.FULL_ECO: State.WAITING,
        StepKey.ENABLE_SUBSETS: State.DUE,
        StepKey.CREATE_WORKFLOWS: State.OPEN,
    }
    made = enrollment(state=State.LOCKED)
    return replace(made, steps=tuple(step(key, states.get(key, State.LOCKED)) for key in StepKey)).with_shared(
        {"spot_org_id": "606079874885"}
    )


@pytest.mark.parametrize("state", [State.LOCKED, State.OPEN, State.WAITING, State.DUE])
def test_a_cancelled_card_says_who_cancelled_and_why(state: State) -> None:
    """It offers **Resume** and its history, and has no rows for steps that nobody works on."""
    made = replace(enrollment(number=42, state=state), status=Status.CANCELLED, ended_at=NOW)

    built = card.build(made, NOW, ended=card.Ending("U0BEN00001", "no <budget>"))

    assert ["Resume", "History"] == [button["text"]["text"] for button in buttons(built.blocks)]
    said = "\n".join(mrkdwn(built.blocks))
    assert re.search(r"— cancelled <!date[^>]*> by <@U0BEN00001>: no &lt;budget&gt;", said)
    assert "cancelled by <@U0BEN00001>: no &lt;budget&gt;" in built.text
    assert ":lock: Not finished: Sign up with Spot, " in said
    assert f"— {state.value}" not in said
    assert "turn" not in said


def test_a_completed_card_says_what_came_of_it_and_how_long_each_part_took() -> None:
    """Collected values, and the days from the end of the step before to its own."""
    made = replace(halfway(), status=Status.COMPLETED, ended_at=NOW, pairs=(Pair("A", "B"),))
    made = replace(made, steps=tuple(step(key, State.DONE) for key in StepKey), subsets=("A", "C"))
    for key, days in ((StepKey.SIGN_UP, 9), (StepKey.CONNECT_ACCOUNT, 6), (StepKey.ENABLE_SUBSETS, 5)):
        made = made.with_step(key, finished_at=NOW - timedelta(days=days))
    made = made.with_shared({"spot_org_id": "606079874885"})

    lines = {
        line[19:].partition(" — ")[0]: line
        for line in lines_of(card.build(made, NOW))
        if line.startswith(":white_check_mark: ")
    }

    assert "; took" not in lines["Sign up with Spot"], "it was there before the start"
    assert lines["Sign up with Spot"].endswith("; organization 606079874885")
    assert lines["Connect the management account"].endswith("; took 3 days")
    assert "; took 1 day; " in lines["Enable the Subsets feature"]
    assert lines["Create subsets"].endswith("; took 5 days; 2 subsets")
    assert lines["Associate billing workflows"].endswith("; 1 pair")
