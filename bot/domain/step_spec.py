"""The shape of a procedure: steps, the fields that they collect, and the windows of their waits, all of it data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from bot.domain.aws.check_sets import check_set
from bot.language.spoken import ENGLISH, current

#: The key of a step, as it stands in the database, in buttons and in events.
StepKey = str
#: The key of a wait, as operators write it in ECO_WAITS.
WaitKey = str

#: The value of `StepSpec.party` for the steps that the enrollment's own people do.
OURS = "us"


@dataclass(frozen=True, slots=True)
class Window:
    """How long a wait takes.

    Attributes:
        latest: when it should be over, counted from the act.
        earliest: when it may be over; None where the source gives one figure only.
        promised: False where nobody promised anything: the bot asks after `latest`, counted in working days of 24 h.
        approximate: the source says "approximately".
        business: it is counted in business hours: the reminder hours, in the owner's time zone.
    """

    latest: timedelta
    earliest: timedelta | None = None
    promised: bool = True
    approximate: bool = False
    business: bool = False


@dataclass(frozen=True, slots=True)
class AtStart:
    """How the start form asks for a field; an enrollment that is started with it has its step done.

    Attributes:
        hint: under the field in the start form. placeholder: in the empty field there.
        missing: the fault for a team that is past the step and leaves the field empty.
    """

    hint: str
    placeholder: str
    missing: str


@dataclass(frozen=True, slots=True)
class Field:
    """One value that finishing a step's act collects.

    Attributes:
        key: names the value in the database and in forms; unique among the fields of a step, and among all shared ones.
        type: a name in `value_types.TYPES`, which says how a value is read, checked and stored.
        label: over the field in forms. noun: the value in sentences, for lists one entry of it ("billing workflow").
        hint, placeholder: under, and in, the field of the step's form.
        optional: the act can be finished without it. longest: characters of a line.
        fewest: how many entries a value that is a list needs. options: what a choice offers.
        shared: the value belongs to the enrollment: **Edit** shows it and `Enrollment.value(key)` finds it.
        at_start: how the start form asks for a shared field; None where it does not.
        starts_wait: the wait is counted from this date instead of from the act.
        list_name: the list of the enrollment that the field fills, for the types that fill one.
        from_check: the attribute of the last **Check AWS** report that is offered for it.
        when_open, when_waiting, when_done: how the card tells the value in these states, `{}` in its place; "" where it
            does not.
        in_thread: the same for the thread; "" where the value is not told.
        in_calendar: how a calendar names the day that the field holds; its label where this is "".
    """

    key: str
    type: str
    label: str
    noun: str
    hint: str | None = None
    placeholder: str | None = None
    optional: bool = False
    longest: int | None = None
    fewest: int | None = None
    options: tuple[str, ...] = ()
    shared: bool = False
    at_start: AtStart | None = None
    starts_wait: bool = False
    list_name: str | None = None
    from_check: str | None = None
    when_open: str = ""
    when_waiting: str = ""
    when_done: str = ""
    in_thread: str = ""
    in_calendar: str = ""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step of a procedure.

    Attributes:
        title: as the card shows it. instruction: what a person does.
        optional: it can be skipped. collects: the values that finishing the act asks for, in the form's order.
        ticket: the name of the ticket that is sent to support; its text is templates/tickets/<name>.txt.j2.
        extra_ticket: the name of a ticket that people may send besides; sending it changes nothing about the step.
        ticket_needs: the keys of shared fields that the ticket's text names.
        list_in_ticket: the list that the ticket carries, a name in `list_entries.KINDS`.
        extra_list: another list that people may keep with the step; being done does not require it.
        wait: the key of the wait that the act starts; waiting_on: whose turn it is in that wait.
        acted: what we did before the wait, told to support after "we"; the thread says it of a step without a ticket.
        expected: what we expect by the end of the wait, told to support after "We expected".
        confirm: the question that a person answers after the wait; None where the act alone finishes the step.
        requires: the steps that must be done or skipped before this one opens.
        follows: whether its wait begins as soon as it opens, because nobody has to act for it.
        party: the key of the party that does it; `OURS` where we do.
        links: (words, URL) to the vendor's pages.
        checks: what **Check AWS** looks at for the step, a name in `aws.check_sets.CHECK_SETS`; "" for nothing.
        checks_again: whether **Check AWS** is offered again while the step waits, since what it checks may change then.
        costs: whether the costs of AWS's accounts are offered beside it, to be compared with what the step looks at.
        for_existing: whether enrollments that were under way before the procedure had the step get it, open or locked
            by what it requires; the others, and enrollments that are over, count it as skipped.
    """

    key: StepKey
    title: str
    instruction: str
    optional: bool = False
    collects: tuple[Field, ...] = ()
    ticket: str | None = None
    extra_ticket: str | None = None
    ticket_needs: tuple[str, ...] = ()
    list_in_ticket: str | None = None
    extra_list: str | None = None
    wait: WaitKey | None = None
    waiting_on: str = ""
    acted: str = ""
    expected: str = ""
    confirm: str | None = None
    requires: tuple[StepKey, ...] = ()
    follows: bool = False
    party: str = OURS
    links: Sequence[tuple[str, str]] = ()
    checks: str = ""
    checks_again: bool = False
    costs: bool = False
    for_existing: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody beside us who does steps of a procedure, with people of their own.

    `name` is for sentences, such as "the MSP"; `label` stands over the field for its people.
    """

    key: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class TicketSpec:
    """What a procedure says of a ticket beside its text.

    Attributes:
        to: to whom it is sent, in sentences. subject: what it is about; "" where that is the step's title.
        checklist: whether the vendor publishes no wording, so that the text says what the message has to contain.
        text, follow_up: templates of the text and of a list's follow-up; "" where they stand in templates/tickets/.
    """

    to: str = "Spot support"
    subject: str = ""
    checklist: bool = False
    text: str = ""
    follow_up: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Procedure:
    """A procedure: its steps in an order in which each stands after those that it requires, and its waits.

    Attributes:
        key: names it in settings and commands: the name of its file. title: names it for people.
        fits: what is true for the teams that it fits, as they say it; the start form offers it.
        account: what sort of account is enrolled.
        parties: who does steps beside us, by key. tickets: what is said of tickets, by name; not of all.
        source: the text of an operator's file; "" for the bot's own.
        languages: the same procedure in other languages, by their codes.
        version: tells the versions of an operator's file apart; "" for the bot's own, of which there is one.
    """

    key: str
    title: str
    fits: str
    steps: tuple[StepSpec, ...]
    waits: Mapping[WaitKey, Window]
    parties: Mapping[str, Party] = field(default_factory=dict)
    tickets: Mapping[str, TicketSpec] = field(default_factory=dict)
    account: str = "AWS management account"
    version: str = ""
    source: str = ""
    languages: dict[str, Procedure] = field(default_factory=dict, init=False, repr=False)

    @property
    def told(self) -> Procedure:
        """The same procedure in the language that is spoken now; in English where it has no translation.

        Only its phrases differ. What people are told comes from here, and everything else from the procedure itself.
        """
        language = current()
        return self if language == ENGLISH else self.languages.get(language, self)

    @property
    def reference(self) -> str:
        """What an enrollment keeps of it, in the database."""
        return f"{self.key}@{self.version}" if self.version else self.key

    def spec(self, key: StepKey) -> StepSpec:
        """The step of that key.

        Raises:
            KeyError: it has no such step.
        """
        return specs(self)[key]

    @property
    def shared(self) -> Mapping[str, tuple[StepKey, Field]]:
        """Key -> (step, field) of every field whose value belongs to the enrollment."""
        return _shared(self)

    @property
    def ticket_lists(self) -> Mapping[str, StepKey]:
        """Name of a list -> the step whose ticket carries it."""
        return _ticket_lists(self)

    def ticket(self, name: str | None) -> TicketSpec:
        """What it says of a ticket."""
        return self.tickets.get(name or "", _PLAIN_TICKET)

    def turn(self, key: StepKey, ours: str) -> str:
        """Whose turn it is while a step is open: the name of its party; `ours` where it is ours."""
        party = self.told.parties.get(self.spec(key).party)
        return party.name if party else ours

    @property
    def watched_step(self) -> StepKey | None:
        """The step whose AWS side the bot looks at every hour; None where there is none."""
        return next((spec.key for spec in self.steps if check_set(spec.checks).watched), None)

    def checks_from(self, key: StepKey | None) -> str:
        """The set of checks that **Check AWS** of a step uses: its own, else the watched step's; "" for none."""
        sets = (self.spec(each).checks for each in (key, self.watched_step) if each is not None)
        return next(filter(None, sets), "")

    @property
    def reads_accounts(self) -> bool:
        """Whether **Check AWS** of the watched step reads the accounts of the organization."""
        return check_set(self.checks_from(None)).reads_accounts

    def step_with(self, list_name: str) -> StepKey | None:
        """The step whose ticket carries a list, whose form fills it, or that has it besides; None without one."""
        for spec in self.steps:
            fills = any(each.list_name == list_name and each.type == "names" for each in spec.collects)
            if fills or list_name in (spec.list_in_ticket, spec.extra_list):
                return spec.key
        return None


_PLAIN_TICKET = TicketSpec()


@cache
def specs(procedure: Procedure) -> Mapping[StepKey, StepSpec]:
    """Key -> step."""
    return MappingProxyType({spec.key: spec for spec in procedure.steps})


@cache
def _shared(procedure: Procedure) -> Mapping[str, tuple[StepKey, Field]]:
    found = {each.key: (spec.key, each) for spec in procedure.steps for each in spec.collects if each.shared}
    return MappingProxyType(found)


@cache
def _ticket_lists(procedure: Procedure) -> Mapping[str, StepKey]:
    return MappingProxyType({spec.list_in_ticket: spec.key for spec in procedure.steps if spec.list_in_ticket})
