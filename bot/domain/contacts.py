"""Who is asked about an enrollment: its people or their stand-ins, more of them the longer nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from bot.domain.enrollment import Enrollment, State, Step
from bot.domain.errors import InvalidInput
from bot.domain.schedule import start_of
from bot.domain.sentences import sentence

#: Unanswered reminders of a step after which its collaborators, and after which the admins are mentioned, too.
ASK_COLLABORATORS, ASK_ADMINS = 3, 6
#: How long somebody can be away at most.
_LONGEST = timedelta(days=366)


class Reminding(StrEnum):
    """How somebody wants to be reminded."""

    CHANNEL = "channel"  # a mention in the channel
    DIRECT = "direct"  # a direct message instead
    DAILY = "daily"  # one direct message a day at most


@dataclass(frozen=True, slots=True)
class Preference:
    """What a person chose for themselves; `muted` are the IDs of enrollments whose reminders do not mention them."""

    reminding: Reminding = Reminding.CHANNEL
    muted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away: `until` is the day on which they are back, `ends_at` its first moment in their time zone."""

    user: str
    stand_in: str
    until: date
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Availability:
    """What decides, beside an enrollment, who is asked about it.

    Attributes:
        absences: person -> their absence, of everybody who is away now.
        preference: what a person chose. is_active: whether their account is not deactivated. admins: user IDs.
    """

    absences: Mapping[str, Absence]
    preference: Callable[[str], Preference]
    is_active: Callable[[str], bool]
    admins: Callable[[], Sequence[str]]

    def acting(self, users: Iterable[str]) -> tuple[str, ...]:
        """Those who act for these people now: themselves, or their stand-ins; without those who have left Slack."""
        found = (stand_in_of(user, self.absences) for user in users)
        return tuple(dict.fromkeys(user for user in found if user is not None and self.is_active(user)))

    def has_left(self, user: str) -> bool:
        """Whether somebody cannot answer any more, and nobody stands in for them."""
        return user not in self.absences and not self.is_active(user)

    def reachable_admins(self) -> tuple[str, ...]:
        """The admins who are not away; if all of them are, all who have not left Slack."""
        active = tuple(user for user in self.admins() if self.is_active(user))
        return tuple(user for user in active if user not in self.absences) or active


@dataclass(frozen=True, slots=True)
class Asked:
    """The people who are asked about an enrollment.

    Attributes:
        people: all of them. mentioned: those that the channel's message mentions.
        direct: those who get a direct message instead. The others have muted the enrollment.
        absences: of those who would be asked, but are away.
        owner_left, assignee_left: the account of the owner, or of the step's assignee, is deactivated, so that somebody
            else is asked.
    """

    people: tuple[str, ...]
    mentioned: tuple[str, ...]
    direct: tuple[str, ...] = ()
    absences: tuple[Absence, ...] = ()
    owner_left: bool = False
    assignee_left: bool = False

    @property
    def unmentioned(self) -> tuple[str, ...]:
        """The people whom the channel's message only names."""
        return tuple(user for user in self.people if user not in self.mentioned)

    def hears(self, user: str) -> bool:
        """Whether a person is asked and has not muted the enrollment."""
        return user in self.mentioned or user in self.direct

    def with_those_of(self, other: Asked) -> Asked:
        """Both together, as one message asks about several steps."""
        mentioned = _unique(self.mentioned, other.mentioned)
        return Asked(
            _unique(self.people, other.people),
            mentioned,
            tuple(user for user in _unique(self.direct, other.direct) if user not in mentioned),
            tuple(dict.fromkeys((*self.absences, *other.absences))),
            self.owner_left or other.owner_left,
            self.assignee_left or other.assignee_left,
        )


def whom_to_ask(enrollment: Enrollment, step: Step | None, unanswered: int, around: Availability) -> Asked:
    """The people to ask about an enrollment, or about one step of it.

    They are the step's assignee, else the people of its party, else the owner, else the collaborators, else the admins:
    the first of these of whom anybody can be reached. Once the party has acted, the owner is asked together with its
    people. Whoever is away is represented by their stand-in.

    Args:
        unanswered: how many reminders of the step nobody has answered: after three of them the collaborators are asked,
            too, after six the admins.
    """
    assignee = (step.assignee,) if step is not None and step.assignee else ()
    theirs = enrollment.people_of(enrollment.spec(step.key).party) if step is not None else ()
    acts, answers = (theirs, ()) if step is not None and step.state is State.OPEN else ((), theirs)
    people, considered = tuple[str, ...](), tuple[str, ...]()
    for group in (assignee, acts, (enrollment.owner, *answers), enrollment.collaborators):
        considered = _unique(considered, group)
        if people := around.acting(group):
            break
    people = people or around.reachable_admins()
    if unanswered >= ASK_COLLABORATORS:
        considered = _unique(considered, enrollment.people)
        people = _unique(people, around.acting(considered))
    if unanswered >= ASK_ADMINS:
        people = _unique(people, around.reachable_admins())
    chosen = {user: around.preference(user) for user in people}
    heard = tuple(user for user in people if enrollment.id not in chosen[user].muted)
    return Asked(
        people,
        tuple(user for user in heard if chosen[user].reminding is Reminding.CHANNEL),
        tuple(user for user in heard if chosen[user].reminding is not Reminding.CHANNEL),
        tuple(around.absences[user] for user in considered if user in around.absences),
        around.has_left(enrollment.owner) and not around.acting(assignee or acts),
        any(map(around.has_left, assignee)),
    )


def _unique(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(user for group in groups for user in group))


def stand_in_of(user: str, absences: Mapping[str, Absence]) -> str | None:
    """Who acts for somebody now: themselves, or the stand-in of whom nobody stands in; None if they form a circle."""
    seen = {user}
    while user in absences:
        user = absences[user].stand_in
        if user in seen:
            return None
        seen.add(user)
    return user


def represented_by(user: str, absences: Mapping[str, Absence]) -> frozenset[str]:
    """Everybody for whom a person stands in, also through a stand-in who is away."""
    of: dict[str, list[str]] = {}
    for absence in absences.values():
        of.setdefault(absence.stand_in, []).append(absence.user)
    found: set[str] = set()
    left = [user]
    while left:
        new = [each for each in of.get(left.pop(), ()) if each != user and each not in found]
        found.update(new)
        left += new
    return frozenset(found)


def plan_absence(
    user: str, stand_in: str, until: date, zone: tzinfo, absences: Mapping[str, Absence], now: datetime
) -> Absence:
    """The absence of a person from now on.

    Args:
        zone: of the person. absences: of everybody who is away now.

    Raises:
        InvalidInput: the day is not to come or too far away, or the stand-ins would form a circle.
    """
    today = now.astimezone(zone).date()
    if until <= today:
        raise InvalidInput(sentence("Choose a day after today: the day you're back."), "until")
    if until - today > _LONGEST:
        raise InvalidInput(sentence("Choose a day within a year."), "until")
    if stand_in == user:
        raise InvalidInput(sentence("Choose somebody else: you can't stand in for yourself."), "stand_in")
    others = {name: absence for name, absence in absences.items() if name != user}
    if stand_in_of(stand_in, others) in (user, None):
        words = "{person} is away, too, and has you as the stand-in. Choose somebody else."
        if others[stand_in].stand_in != user:
            words = "{person} is away, too, and the stand-ins lead back to you. Choose somebody else."
        raise InvalidInput(sentence(words, person=f"<@{stand_in}>"), "stand_in", ids=[stand_in])
    return Absence(user, stand_in, until, start_of(until, now, zone))
