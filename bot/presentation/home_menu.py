"""The part of the home tab about oneself: who is away; buttons to be away, hand over, stay quiet, and take along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.domain.contacts import Absence, represented_by
from bot.language.spoken import gettext
from bot.presentation import blocks, texts
from bot.presentation.buttons import export_list_button

#: Action IDs of the buttons.
AWAY, BACK, HAND_OVER, NOTIFICATIONS = "away.open", "away.back", "handover.open", "quiet.open"
FEED, IMPORT = "calendar.feed", "bulk.open"
#: How many absences are named.
_MOST = 5


def build(
    user: str,
    absences: Mapping[str, Absence],
    people: Collection[str] = (),
    *,
    imports: bool = False,
    feeds: bool = False,
) -> list[blocks.Block]:
    """At most two blocks: a line for each absence that concerns the person, and the buttons.

    Args:
        absences: person -> their absence, of everybody who is away now.
        people: those of the enrollments that the home tab shows.
        imports: whether the person is offered to start enrollments from a file.
        feeds: whether calendar feeds can be had here.
    """
    stands_in = represented_by(user, absences)
    concerned = dict.fromkeys((user, *sorted(stands_in), *sorted(people)))
    shown = [absences[each] for each in concerned if each in absences]
    buttons = [
        _button("Hand over", HAND_OVER, "Hand over enrollments to somebody else"),
        _button("Notifications", NOTIFICATIONS, "How I remind you"),
    ]
    if user in absences:
        buttons.insert(0, blocks.button(gettext("I'm back"), BACK, "back", gettext("I'm back"), primary=True))
    else:
        buttons.insert(0, _button("I'm away", AWAY, "I'm away until a day"))
    buttons.append(export_list_button())
    if feeds:
        buttons.append(_button("Calendar feed", FEED, "A private feed for your own calendar"))
    if imports:
        buttons.append(_button("Start from a file", IMPORT, "Start enrollments from a file"))
    made = [blocks.actions(buttons)]
    if shown:
        lines = [texts.say("home/away", absence=absence, user=user) for absence in shown[:_MOST]]
        made.insert(0, blocks.context("\n".join(lines)))
    return made


def _button(words: str, action_id: str, spoken: str) -> dict[str, Any]:
    """A button that opens something; `words` and `spoken` are English."""
    return blocks.button(gettext(words), action_id, "open", gettext(spoken))
