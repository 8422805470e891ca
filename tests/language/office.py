"""Everything that people can ask the bot for, on one database, and how enrollments come to where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from bot.delivery import outbox
from bot.domain.contacts import Absence
from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import NeedsConfirmation
from bot.domain.lifecycle import Position
from bot.domain.list_entries import entry_key
from bot.domain.procedure import BUILT_IN
from bot.domain.ticket_emails import Email, Route
from bot.repository import last_changes, people_settings
from bot.repository.outbox_columns import MessageKind
from bot.repository.past_durations import PastDurations
from bot.use_cases import BulkStarts, CalendarFeeds, Caller, OwnedEnrollments, Plans, TicketEmails
from tests.domain.building import DAY, MATE, NOW, ORG, OWNER, POLICY, edited
from tests.support.steps import StepKey as K
from tests.use_cases.asking import WORKSPACE, Desk, caller, form

TODAY = NOW.date()
NAME = "Zzname"
SEVERAL = next(each for each in BUILT_IN if each.key == "aws-several-organizations")
EXTRACT = next(each for each in BUILT_IN if each.key == "aws-msp-extract")
MAIL = Email("us@own.example", "help@spot.example", "ana@own.example", NAME, NAME)
TWO_PAIRS = (Pair("Prod", "Standard"), Pair("Test", "Reseller"))
CUSTOMERS = (Customer("Prod", "a@b.example", "909090"), Customer("Test", "c@d.example", "808080"))


@dataclass
class Office:
    """Everything that people can ask the bot for, on one database."""

    desk: Desk
    use: OwnedEnrollments = field(init=False)
    emails: TicketEmails = field(init=False)
    plans: Plans = field(init=False)
    bulk: BulkStarts = field(init=False)

    def __post_init__(self) -> None:
        database, clock = self.desk.database, self.desk.clock
        self.use = OwnedEnrollments(database, clock, POLICY, draw_id=lambda: "eco-own-id")
        self.emails = TicketEmails(database, clock, Route(MAIL.sender, MAIL.to), lambda: None)
        feeds = CalendarFeeds(database, clock, None, lambda: "")
        self.plans = Plans(database, clock, POLICY, PastDurations(database, clock), lambda: None, feeds)
        self.bulk = BulkStarts(database, self.use, POLICY, clock)

    def start(self, **fields: Any) -> int:
        """Start an enrollment as its owner."""
        return self.use.start(caller(), form(**{"account_name": NAME, "spot_org_id": ORG} | fields)).id

    def at(self, key: str, *, waiting: bool = False, **fields: Any) -> int:
        """An enrollment of a team that stands at that step, or in its wait."""
        return self.start(position=Position(key, waiting), **fields)

    def act(self, number: int, key: str, who: str = OWNER, on: date | None = None, **values: Any) -> int:
        """Finish the act of a step."""
        self.use.complete_act(caller(who), number, key, values, on)
        return number

    def listed(self) -> int:
        """An enrollment with recorded names, whose steps are done, two pairs and two customers."""
        number = self.at(K.CREATE_SUBSETS)
        self.act(number, K.CREATE_SUBSETS, names=("Prod", "Test"))
        self.act(number, K.CREATE_WORKFLOWS, names=("Standard", "Reseller"))
        self.use.change_pairs(caller(), number, TWO_PAIRS, frozenset())
        return self.use.change_customers(caller(), number, CUSTOMERS, frozenset()).id

    def entry(self, number: int, list_name: str, entry: Any, **given: str) -> None:
        """Change an entry of a list, whatever has to be confirmed."""
        sure(lambda who: self.use.change_entry(who, number, list_name, entry_key(entry), given))

    def edit(self, number: int, **changed: Any) -> None:
        """Edit an enrollment."""
        self.use.edit(caller(), number, edited(self.use.get(WORKSPACE, number), **changed))

    def details(self, number: int, key: str, **given: str | None) -> None:
        """Change the details of a step."""
        none = dict.fromkeys(("assignee", "target", "blocked_by", "blocked_why", "note"))
        self.use.change_details(caller(), number, key, none | given)

    def undo(self, number: int, who: str = OWNER) -> None:
        """Undo the last change."""
        last = self.use.history(WORKSPACE, number)
        self.use.undo(caller(who), number, len(last))

    def goes_out(self, number: int, kind: MessageKind, **payload: Any) -> None:
        """A ticket is sent by email or as a file."""
        self.desk.clock.turn(timedelta(seconds=1))
        row = {"step": K.ASSOCIATE_WORKFLOWS, **payload}
        with self.desk.database.write() as connection:
            now = self.desk.clock.now()
            outbox.owe(connection, WORKSPACE, "later", kind, "C", now, enrollment_id=number, payload=row)

    def forget_changes(self) -> None:
        """Let what could be undone expire."""
        self.desk.clock.turn(timedelta(minutes=11))
        with self.desk.database.write() as connection:
            last_changes.delete_expired(connection, self.desk.clock.now())

    def away(self, user: str, stand_in: str) -> None:
        """Somebody is away."""
        with self.desk.database.write() as connection:
            absence = Absence(user, stand_in, TODAY + 9 * DAY, NOW + 9 * DAY)
            people_settings.begin_absence(connection, WORKSPACE, absence, NOW)

    def leave(self, stand_in: str, days: int) -> None:
        """The owner is away for some days."""
        self.use.leave(caller(), stand_in, TODAY + days * DAY, UTC)

    def send(self, number: int, who: str = OWNER) -> None:
        """Send the ticket for subsets by email."""
        self.emails.send(caller(who), self.use.get(WORKSPACE, number), K.ENABLE_SUBSETS, MAIL)


def sure(change: Callable[[Caller], Any], who: str = OWNER) -> Any:
    """Ask for a change, and confirm what is asked."""
    try:
        return change(caller(who))
    except NeedsConfirmation as question:
        return change(caller(who, confirmed=question.warnings))


def cancelled(o: Office) -> int:
    """A cancelled enrollment."""
    return o.use.cancel(caller(), o.start(), NAME).id


def skipped(o: Office) -> int:
    """An enrollment with a step that was skipped."""
    return o.use.skip(caller(), o.at(K.FULL_ECO), K.FULL_ECO, NAME).id


def confirmed(o: Office) -> int:
    """An enrollment with a wait that somebody has confirmed."""
    number = o.act(o.at(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT)
    return o.use.confirm(caller(MATE), number, K.CONNECT_ACCOUNT).id


def moved(o: Office) -> int:
    """An enrollment that was moved to another procedure."""
    return o.use.move(caller(), o.start(), SEVERAL).id


def emailed(o: Office) -> int:
    """An enrollment whose ticket is on its way."""
    number = o.at(K.ENABLE_SUBSETS)
    o.send(number)
    return number


def outdated(o: Office) -> None:
    """Send an email that was written before somebody changed the enrollment."""
    number = o.at(K.ENABLE_SUBSETS)
    seen = o.use.get(WORKSPACE, number)
    o.edit(number, account_name="Other")
    o.emails.send(caller(), seen, K.ENABLE_SUBSETS, MAIL)
