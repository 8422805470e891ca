"""The weekly digest of a channel: from its value to a message within Slack's limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.domain.contacts import Asked
from bot.domain.digest_contents import Digest, Done, Forecast, Needed, Waiting
from bot.domain.enrollment import Enrollment, Status, Step
from bot.domain.inputs import format_account_id, shorten
from bot.domain.schedule import day_words
from bot.presentation import card, texts
from bot.presentation.blocks import Block, header, section
from bot.presentation.card import Message
from bot.presentation.notifications import pack

#: Characters of the blocks' JSON for lines, and of the text. Slack refuses blocks of more than 12,000 characters.
BLOCKS, TEXT = 10_500, 3_800
#: The parts of the digest in order, each with the percentage of the room that is its own if the others need theirs.
_SHARES = {
    **{"round": 100, "late": 100, "direct": 100},
    **{"needed": 50, "broken": 10, "waiting": 17, "done": 11, "forecast": 12},
}
#: How many people are mentioned for whose enrollments there is no room.
MOST_MENTIONS = 40
#: Characters that the line with the count takes, and one mention.
_MORE, _MENTION = 110, 16
#: How much of a note, and of why a step is blocked, stands in a line.
_LONGEST = 80

NameOf = Callable[[str], str]
#: Enrollment ID -> the address of its card.
Links = Mapping[int, str]
NO_LINKS: Links = MappingProxyType({})
NO_NOTES: Mapping[str, str] = MappingProxyType({})
Label = Callable[[Enrollment], str]
#: Whom a message asks about a step of an enrollment.
WhomOf = Callable[[Enrollment, Step], Asked]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the digest: entries, of which the first ones are shown, and the people of each entry."""

    name: str
    entries: tuple[str, ...]
    people: tuple[tuple[str, ...], ...] = ()


def build(
    digest: Digest,
    name_of: NameOf,
    links: Links = NO_LINKS,
    *,
    foot: Sequence[Block] = (),
    asked: WhomOf | None = None,
) -> Message:
    """The digest as a message: the most urgent first; what there is no room for is counted.

    Args:
        name_of: the name of a user, for those who are not mentioned.
        links: enrollment ID -> the address of its card.
        foot: blocks below it, such as buttons; at most 1,000 characters of JSON.
        asked: which people to mention, and for whom they stand in; without it, all who are asked are mentioned.
    """
    title = texts.say("digest/title")
    blocks: list[Block] = [header(title)]
    for lines in within(_parts(digest, name_of, links, asked), BLOCKS, json_length, MOST_MENTIONS):
        blocks += [section(packed) for packed in pack(lines)]
    said = [title, *("\n".join(lines) for lines in within(_parts(digest, name_of, NO_LINKS, asked), TEXT, _length, 0))]
    return Message("\n\n".join(said), [*blocks, *foot])


def _parts(digest: Digest, name_of: NameOf, links: Links, asked: WhomOf | None) -> list[Part]:
    told: tuple[Needed | Waiting | Done | Forecast, ...]
    told = (*digest.needed, *digest.waiting, *digest.done, *digest.forecasts)
    label = labels([*digest.broken, *(each.enrollment for each in told)], links)
    parts = [
        needed_part(digest.needed, digest.at, label, name_of, asked=asked),
        Part("broken", tuple(texts.say("digest/broken", label=label(each), enrollment=each) for each in digest.broken)),
        Part("waiting", tuple(_waiting(wait, digest.at, label, name_of) for wait in digest.waiting)),
        Part("done", tuple(_done(done, label, name_of) for done in digest.done)),
        Part("forecast", tuple(_forecast(each, label) for each in digest.forecasts)),
    ]
    return [part for part in parts if part.entries]


def needed_part(
    needed: Iterable[Needed],
    now: datetime,
    label: Label,
    name_of: NameOf,
    name: str = "needed",
    notes: Mapping[str, str] = NO_NOTES,
    asked: WhomOf | None = None,
    *,
    whom: bool = True,
) -> Part:
    """One entry for each enrollment; the first of the same people begins with them, mentioned once in the message.

    Args:
        name: the part's name. notes: `<enrollment ID>:<step>` -> what to add about a step.
        asked: which people to mention. whom: whether to name the people at all.
    """
    entries, people = [], []
    mentioned: set[str] = set()
    above: tuple[tuple[str, ...], ...] | None = None
    for each in needed:
        owner = each.enrollment.owner
        told = _asked(each, asked)
        steps = []
        for why, step in each.steps:
            gone = step.assignee if _of_step(each, step, asked).assignee_left else None
            said = (_details(step, name_of, gone), notes.get(f"{each.enrollment.id}:{step.key}", ""))
            note = texts.Mrkdwn("; ".join(texts.escape(words) for words in said if words))
            steps.append((why.name.lower(), step, card.marks(each.enrollment, step, now), note))
        entry = texts.say(
            "digest/needed",
            label=label(each.enrollment),
            enrollment=each.enrollment,
            zone=each.enrollment.zone,
            steps=steps,
            left_slack=name_of(owner) if told.owner_left else "",
            absent=[(name_of(absence.user), absence.until) for absence in told.absences],
        )
        if whom and (each.people, told.mentioned) != above:
            again = mentioned.union(told.unmentioned)
            names = [texts.escape(name_of(u)) if u in again else texts.mention(u) for u in each.people]
            entry = f"{texts.say('digest/whom', people=names)}\n{entry}"
            mentioned.update(told.mentioned)
        above = (each.people, told.mentioned)
        entries.append(entry)
        people.append(told.mentioned)
    return Part(name, tuple(entries), tuple(people))


def _asked(needed: Needed, asked: WhomOf | None) -> Asked:
    """Whom the message asks about all steps of an entry."""
    found = [_of_step(needed, step, asked) for _, step in needed.steps]
    whole = found[0]
    for other in found[1:]:
        whole = whole.with_those_of(other)
    return whole


def _of_step(needed: Needed, step: Step, asked: WhomOf | None) -> Asked:
    if asked is not None:
        return asked(needed.enrollment, step)
    left = {user for user in (step.assignee, needed.enrollment.owner) if user and user not in needed.people}
    by_assignee = step.assignee is not None and step.assignee not in left
    return Asked(
        needed.people,
        needed.people,
        owner_left=needed.enrollment.owner in left and not by_assignee,
        assignee_left=step.assignee in left,
    )


def _waiting(waiting: Waiting, now: datetime, label: Label, name_of: NameOf) -> str:
    step = waiting.step
    assignee = texts.escape(name_of(step.assignee)) if step.assignee else ""
    return texts.say(
        "digest/waiting",
        label=label(waiting.enrollment),
        enrollment=waiting.enrollment,
        step=step,
        spec=waiting.enrollment.spec(step.key),
        marks=card.marks(waiting.enrollment, step, now, assignee),
        note=_details(step, name_of, None),
    )


def _details(step: Step, name_of: NameOf, gone: str | None) -> texts.Mrkdwn:
    """Why a step is blocked, and the last note on it.

    Args:
        gone: its assignee, if they have left Slack.
    """
    if not (step.blocked_why or step.note or gone):
        return texts.Mrkdwn("")
    said = texts.say(
        "digest/details",
        step=step,
        why=shorten(step.blocked_why or "", _LONGEST),
        note=shorten(step.note or "", _LONGEST),
        noted_by=name_of(step.noted_by) if step.noted_by else "",
        gone=name_of(gone) if gone else "",
    )
    return texts.Mrkdwn(said)


def _done(done: Done, label: Label, name_of: NameOf) -> str:
    steps = [(step, name_of(step.finished_by) if step.finished_by else "") for step in done.steps]
    completed = done.enrollment.status is Status.COMPLETED
    return texts.say(
        "digest/done", label=label(done.enrollment), enrollment=done.enrollment, completed=completed, steps=steps
    )


def _forecast(forecast: Forecast, label: Label) -> str:
    days = {"first": day_words(forecast.first), "last": day_words(forecast.last)}
    named, optional = label(forecast.enrollment), forecast.only_optional
    return texts.say("digest/forecast", label=named, only_optional=optional, past=forecast.past, **days)


def labels(enrollments: Iterable[Enrollment], links: Links) -> Label:
    """Names enrollments: by their accounts' names, with the account ID where two have the same, linked to the card."""
    count = Counter({each.account_id: each.account_name for each in enrollments}.values())

    def label(enrollment: Enrollment) -> str:
        name = enrollment.account_name
        words = name if count[name] == 1 else f"{name} ({format_account_id(enrollment.account_id)})"
        return texts.link(words, links[enrollment.id]) if enrollment.id in links else words

    return label


def within(parts: Sequence[Part], room: int, size_of: Callable[[str], int], most_mentions: int) -> list[list[str]]:
    """The lines of each part: its heading, the entries for which there is room, and a count of the others."""
    sizes = [sum(map(size_of, part.entries)) for part in parts]
    own = [min(size, room * _SHARES[part.name] // 100) for part, size in zip(parts, sizes, strict=True)]
    spare = room - sum(own)
    found = []
    for part, size, reserved in zip(parts, sizes, own, strict=True):
        more = min(size - reserved, spare)
        spare -= more
        kept = part.entries
        if size > reserved + more:
            mentions = min(most_mentions, len(_not_mentioned(part, 0)))
            kept = _first(part.entries, reserved + more - _MORE - mentions * _MENTION, size_of)
        lines = [texts.say("digest/heading", section=part.name), *kept]
        if left := len(part.entries) - len(kept):
            people = _not_mentioned(part, len(kept))[:most_mentions]
            lines.append(texts.say("digest/more", section=part.name, count=left, people=people, shown=bool(kept)))
        found.append(lines)
    return found


def _first(entries: Sequence[str], room: int, size_of: Callable[[str], int]) -> tuple[str, ...]:
    """The first entries, as many as there is room for."""
    kept = []
    for entry in entries:
        room -= size_of(entry)
        if room < 0:
            break
        kept.append(entry)
    return tuple(kept)


def _not_mentioned(part: Part, shown: int) -> list[str]:
    """Mentions of the people whose entries are not shown, without those who are mentioned above."""
    above = {user for people in part.people[:shown] for user in people}
    below = dict.fromkeys(user for people in part.people[shown:] for user in people)
    return [texts.mention(user) for user in below if user not in above]


def json_length(line: str) -> int:
    """Characters of a line in the blocks' JSON, with the end of the line and its part of the block around it."""
    return len(json.dumps(line)) + 6


def _length(line: str) -> int:
    return len(line) + 1
