"""What the bot says about absences, hand-overs and quiet reminders fits into Slack, whatever people typed."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.contacts import Absence
from bot.domain.enrollment import Reminder, ReminderKind, State
from bot.domain.portfolio import Portfolio, PortfolioQuery, Segment
from bot.localslack import limits
from bot.presentation import card, direct_messages, home, home_menu, rounds
from bot.presentation.notifications import Due
from tests.presentation.extremes import NAMES, NOW, enrollment
from tests.presentation.reading import check_message
from tests.support.steps import StepKey

AWAY = {
    f"U0PERSON{number:03}": Absence(f"U0PERSON{number:03}", "U0BEN00001", date(2027, 1, 4), NOW) for number in range(50)
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_fits_with_any_name(name: str) -> None:
    """A hundred enrollments handed over, two hundred direct reminders, a card of people who are all away."""
    items = [[number, name, "123456789012", "C0ROLLOUT1"] for number in range(100)]
    payload = {"about": "owners", "to": ["U0DEV00001"], "by": "U0ANA00001", "items": items, "row": 7}
    reminders = [
        Due(enrollment(name, State.DUE, number=number + 1), StepKey.CONNECT_ACCOUNT, _reminder(number % 9))
        for number in range(200)
    ]

    check_message(direct_messages.build(payload))
    check_message(rounds.direct(reminders, NOW, 7, str, {}))
    check_message(card.build(enrollment(name), NOW, away=tuple(AWAY.values())))


def test_the_home_tab_fits_with_many_who_are_away() -> None:
    """The lines are cut, the buttons stay."""
    menu = home_menu.build("U0BEN00001", AWAY, AWAY)
    nothing = Portfolio((), 1, 1, 0, dict.fromkeys(Segment, 0))

    made = home.build(home.Home(PortfolioQuery(), nothing, [], unreadable=["x"], menu=menu), NOW)
    limits.check_view({**made, "private_metadata": ""}, "home")
    assert ["actions"] == [block["type"] for block in home_menu.build("U0CHI00001", {})]


def _reminder(repeat: int) -> Reminder:
    return Reminder(repeat + 1, ReminderKind.LATEST, repeat, NOW)
