"""A reminder message after answers fits into Slack, however many there are."""

import json

import pytest

from bot.domain.enrollment import EventKind, Reminder, ReminderKind, State
from bot.presentation import answered, rounds
from bot.presentation.answered import Answer
from bot.presentation.notifications import Due
from tests.presentation.extremes import NAMES, NOW, enrollment
from tests.presentation.reading import buttons, check_message, mrkdwn, owner_of
from tests.support.steps import StepKey

KEY = StepKey.CONNECT_ACCOUNT


def answer(number: int, name: str, kind: EventKind = EventKind.CONFIRMED) -> Answer:
    """Ana's answer about an enrollment."""
    return Answer(enrollment(name, State.DUE, number=number), KEY, kind, "U0ANA", NOW)


@pytest.mark.parametrize(("done", "still"), [(1, 0), (200, 0), (1, 200), (100, 100), (4, 1)])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_fits(name: str, done: int, still: int) -> None:
    """The answers for which there is no room are counted truthfully; the button stays last."""
    items = [
        Due(enrollment(name, State.DUE, number=1000 + n), KEY, Reminder(1, ReminderKind.LATEST, 0, NOW))
        for n in range(still)
    ]
    asks = rounds.build(items, NOW, 7, owner_of, str, {}) if items else None

    message = answered.build([answer(n, name) for n in range(1, done + 1)], asks, 0)

    check_message(message)
    assert len(json.dumps(message.blocks, separators=(",", ":"))) < 12_000
    shown = "\n".join(mrkdwn(message.blocks)).count("Confirmed by")
    left = f"And {done - shown} more answered." if shown else f"{done} question"
    assert shown == done or left in message.text
    assert [rounds.ANSWER] * bool(items) == [button["action_id"] for button in buttons(message.blocks)][-1:]


WORDS = {
    EventKind.CONFIRMED: "Confirmed by <@U0ANA>, <!date^",
    EventKind.SKIPPED: "Skipped by <@U0ANA>, <!date^",
    EventKind.CANCELLED: "Cancelled by <@U0ANA>, <!date^",
    EventKind.REOPENED: "Reopened by <@U0ANA>, <!date^",
    EventKind.MOVED: "Moved to another procedure by <@U0ANA>, <!date^",
    EventKind.EMAILED: "Ticket sent by <@U0ANA>, <!date^",
    EventKind.STEP_DONE: "Done by <@U0ANA>, <!date^",
    EventKind.WAIT_STARTED: "Done by <@U0ANA>, <!date^",
    EventKind.TAKEN_BACK: "Taken back by <@U0ANA>, <!date^",
    EventKind.CORRECTED: "Corrected by <@U0ANA>, <!date^",
    EventKind.STILL_WAITING: "<@U0ANA>: still waiting.",
}


@pytest.mark.parametrize(("kind", "words"), WORDS.items(), ids=str)
def test_each_answer_has_its_words(kind: EventKind, words: str) -> None:
    """Typed names are escaped."""
    message = answered.build([answer(1, "One & only", kind)], None, 0)

    assert message.text.startswith(f"• *One &amp; only*: Connect the management account. {words}")
    assert [] == list(buttons(message.blocks))


def test_a_message_whose_questions_are_all_asked_again_keeps_its_words() -> None:
    """Without buttons, and with the place where they are now."""
    items = [
        Due(enrollment(f"Acme {n}", State.DUE, number=n), KEY, Reminder(1, ReminderKind.LATEST, 0, NOW)) for n in (1, 2)
    ]
    asked = rounds.build(items, NOW, 7, owner_of, str, {})

    message = answered.build([], answered.without_buttons(asked), 2)

    assert f"{asked.text}\nAsked again below." == message.text
    assert [] == list(buttons(message.blocks))
