"""Whose turn it is in a step, in words: a person's, or that of a party with its people."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment, State
from bot.domain.inputs import capitalized
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext
from bot.presentation import texts

#: How many people of a party are named.
_MOST = 5


def words(
    enrollment: Enrollment, key: StepKey, state: State | None, assignee: str | None, *, brief: bool = False
) -> texts.Mrkdwn:
    """Whose turn it is while a step is open or due, as in "@Ana's turn" and "The MSP's turn (@Pat)".

    Args:
        assignee: of the step. brief: without the people of the party.
    """
    party = enrollment.procedure.told.parties.get(enrollment.spec(key).party)
    if party is None or assignee:
        return _turn(texts.mention(assignee or enrollment.owner))
    theirs = _turn(texts.escape(party.name))
    if state is State.DUE:  # either side knows the answer
        either = gettext("{person}'s or {theirs}")
        return texts.Mrkdwn(either.format(person=texts.mention(enrollment.owner), theirs=theirs))
    theirs = texts.Mrkdwn(capitalized(theirs))
    people = enrollment.people_of(party.key)
    if brief or not people:
        return texts.Mrkdwn(theirs)
    named = " ".join(map(texts.mention, people[:_MOST]))
    more = f" {gettext('and {count} more').format(count=len(people) - _MOST)}" if len(people) > _MOST else ""
    return texts.Mrkdwn(f"{theirs} ({named}{more})")


def _turn(whose: str) -> texts.Mrkdwn:
    return texts.Mrkdwn(gettext("{whose}'s turn").format(whose=whose))
