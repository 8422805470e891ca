"""The messages of channels and people, of made-up enrollments, by the renderers that the bot itself uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.bulk_progress import BulkStart, BulkState, Outcome, Preview
from bot.domain.contacts import Asked
from bot.domain.digest_contents import Digest, Forecast, compose
from bot.domain.enrollment import Enrollment, EventKind, Reminder, ReminderKind, State, Status, Step
from bot.domain.forecast import Forecast as Finish
from bot.domain.forecast import forecast
from bot.domain.policy import Policy
from bot.domain.procedure import BUILT_IN, USUAL
from bot.domain.subset_coverage import KnownAccounts, SubsetCoverage
from bot.presentation import (
    answered,
    blocks,
    bulk_messages,
    card,
    digest,
    direct_messages,
    notifications,
    party_card,
    rounds,
    timeline_picture,
)
from bot.presentation.card import Ending, Message
from bot.presentation.notifications import Due, Seen
from bot.template_check.sample_enrollments import (
    AWAY,
    CHANNEL,
    DAY,
    MATE,
    NOW,
    OTHER,
    OWNER,
    TODAY,
    Words,
    enrollment,
    enrollments,
)
from bot.template_check.sample_reports import DELIVERIES, MEMBERS

_ASKED = (
    Asked((OWNER,), (OWNER,)),
    Asked((OWNER, MATE), (OWNER,), absences=(AWAY,), owner_left=True, assignee_left=True),
    Asked((), ()),
    Asked((OWNER, MATE), (OWNER, MATE), absences=(AWAY, AWAY)),
)
_POLICY = Policy()


def messages(words: Words) -> Iterator[Message]:
    """Each kind of message, of enrollments in every state."""
    for made in enrollments(words):
        yield from _cards(made, words)
        yield from _reminders(made)
    for made in (enrollment(USUAL, state, words, full=full) for state in State for full in (True, False)):
        yield from _together(made)
    yield from _together(enrollment(next(each for each in BUILT_IN if each.parties), State.DUE, words, full=True))
    yield from _answered(enrollment(USUAL, State.OPEN, words), words)
    yield _of_many(enrollment(USUAL, State.WAITING, words, full=True))
    yield from _direct(words)
    yield from _bulk(words)


def _cards(made: Enrollment, words: Words) -> Iterator[Message]:
    spread = SubsetCoverage(KnownAccounts(MEMBERS, all_read=True), {"111111111111": ("A",)})
    expected = forecast(made, NOW, _POLICY)
    for each in _forecasts(expected) if made.procedure is USUAL else (None, expected):
        ended = Ending(MATE, words.sentence) if each else None
        yield card.build(made, NOW, by_email=True, ended=ended, forecast=each, away=[AWAY], covered=spread)
    yield card.build(made, NOW)
    yield party_card.build(made, [step.key for step in made.steps], NOW)
    yield notifications.retired(made)
    picture = timeline_picture.build(made, NOW, expected, MATE, "timeline.png")
    yield Message(picture.comment)
    yield Message(picture.instead)


def _forecasts(made: Finish | None) -> Iterator[Finish | None]:
    """A forecast in each of the ways in which it is told."""
    if made is not None:
        for first in (replace(made, past=7), replace(made, only_optional=True)):
            yield first
            yield replace(first, last=first.first, by_window=False, past=0)
            yield replace(first, last=first.first)
    yield made


def _reminders(made: Enrollment) -> Iterator[Message]:
    seen = [None, *(Seen(NOW, each) for each in DELIVERIES)]
    for number, step in enumerate(made.steps):
        for kind in ReminderKind:
            if _fits(kind, step, made):
                asked = _asked_about(made, step)
                due = Due(made, step.key, Reminder(3, kind, 4 * (number % 2), NOW), seen[number % len(seen)])
                yield notifications.reminder(due, NOW, asked.mentioned, by_email=True, asked=asked, name_of=_name)


def _fits(kind: ReminderKind, step: Step, made: Enrollment) -> bool:
    """Whether a step in its state can be due for that reason."""
    state = step.state_at(NOW)
    if kind is ReminderKind.TARGET:
        return step.target is not None and state in (State.OPEN, State.WAITING)
    if kind is ReminderKind.OPEN:
        return state is State.OPEN
    return state in (State.WAITING, State.DUE) and made.spec(step.key).wait is not None


def _together(made: Enrollment) -> Iterator[Message]:
    """Rounds and digests."""
    items = [
        Due(made, step.key, Reminder(number, ReminderKind.LATEST, number, NOW), Seen(NOW, DELIVERIES[number % 4]))
        for number, step in enumerate(made.steps)
        if step.state_at(NOW) in (State.OPEN, State.WAITING, State.DUE)
    ]
    for late in (False, True) if items else ():
        yield rounds.build(items, NOW, 1, _asked_about, _name, {}, late=late)
        yield rounds.direct(items, NOW, 1, _name, {made.id: "https://example.com"})
    over = replace(made, status=Status.COMPLETED, ended_at=NOW) if made.finished == len(made.steps) else made
    contents = compose([over], NOW, _POLICY, lambda *_: (OWNER,))
    if contents:
        yield digest.build(contents, _name, asked=_asked_about)
    days = ((TODAY, TODAY, False), (TODAY, TODAY + DAY, False), (TODAY, TODAY, True))
    ahead = tuple(Forecast(made, first, last, optional, 7) for first, last, optional in days)
    yield digest.build(Digest(NOW, broken=(made,) if made.aws_broken_at else (), forecasts=ahead), _name)


def _of_many(made: Enrollment) -> Message:
    """A digest that has no room for all of its enrollments."""
    many = tuple(replace(made, id=number, account_name=f"{number} {made.account_name}") for number in range(100, 160))
    return digest.build(compose(many, NOW, _POLICY, lambda *_: (OWNER,)), _name)


def _answered(made: Enrollment, words: Words) -> Iterator[Message]:
    """Reminders after answers: all of one message, some of it, and more than it shows."""
    key = made.steps[0].key
    kinds = ("confirmed", "skipped", "cancelled", "moved", "reopened", "emailed", "planned", "corrected", "taken_back")
    answers = [
        answered.Answer(made, key, EventKind(kind), MATE, NOW, TODAY, words.sentence)
        for kind in (*kinds, "step_done", "still_waiting", "postponed", "target_set")
    ]
    asks = Message("Open?", [blocks.section("Open?"), blocks.actions([blocks.button("Answer", "a", "1", "Answer")])])
    for given in (answers, answers * 10, []):
        for again in (2, 0):
            yield answered.build(given, asks, again)
    for again in (0, 1):
        yield answered.build(answers, None, again)
    yield answered.build([], asks, 1)


def _asked_about(_: Enrollment, step: Step) -> Asked:
    asked = _ASKED[len(step.key) % len(_ASKED)]
    return replace(asked, assignee_left=asked.assignee_left and step.assignee is not None)


def _name(user: str) -> str:
    return f"Name of {user}"


def _direct(words: Words) -> Iterator[Message]:
    about = {"by": MATE, "name": words.name, "account_id": "123456789012", "channel_id": CHANNEL, "enrollment": 1}
    key = USUAL.steps[0].key
    items = [[1, words.name, "123456789012", CHANNEL]] * 3
    payloads: list[dict[str, object]] = [
        {"about": "owner", **about},
        {"about": "owners", "by": MATE, "items": items, "row": 1},
        {"about": "declined", **about},
        {"about": "party", **about, "parties": ["the MSP"]},
        {"about": "assigned", **about, "step": key, "target": TODAY.isoformat(), "note": words.sentence},
        {"about": "assigned", **about, "step": key, "target": None, "note": ""},
        {"about": "organization", **about, "value": "606079874885", "first": words.name, "held": True},
        {"about": "organization", **about, "value": "606079874885", "first": words.name, "held": False},
        {"about": "stand_in", "by": MATE, "until": TODAY.isoformat()},
        {"channel": CHANNEL, "reason": "is_archived", "names": [words.name]},
        {"channel": CHANNEL, "reason": "restricted_action", "names": [words.name]},
        {"refused": "some_word", "channel": CHANNEL, "names": [words.name]},
    ]
    yield from (direct_messages.build({"to": [OTHER], **payload}) for payload in payloads)
    yield direct_messages.deleted({"name": words.name, "by": MATE})
    yield direct_messages.deleted({"name": words.name, "by": MATE, "kept": "52 weeks"})


def _bulk(words: Words) -> Iterator[Message]:
    preview = Preview(2, 1, ((3, words.sentence),), 1, ((4, words.name, words.sentence),), {OWNER: 2}, {CHANNEL: 2})
    for state in BulkState:
        for source, number in ((words.name, 3), ("", 0)):
            counts = dict.fromkeys(Outcome, number)
            refused = ((5, words.name, words.sentence),) if number else ()
            shown = preview if number else replace(preview, faulty=1, already=2)
            yield bulk_messages.build(
                BulkStart(1, "T0ECO", OWNER, source, state, shown, counts, words.sentence, refused)
            )
    counts = {Outcome.LEFT: 1, Outcome.STARTED: 1}
    yield bulk_messages.build(BulkStart(1, "T0ECO", OWNER, "", BulkState.STOPPED, preview, counts))
