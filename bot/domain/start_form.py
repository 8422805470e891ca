"""The start form: the values that somebody enters to start an enrollment, how they are read, and what they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.domain import lifecycle
from bot.domain.days import parse_day
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id, parse_name
from bot.domain.lifecycle import Position
from bot.domain.list_entries import KINDS
from bot.domain.party_people import PartyPerson
from bot.domain.procedure import USUAL, offered
from bot.domain.sentences import Row, sentence
from bot.domain.step_spec import AtStart, Field, Procedure, specs
from bot.domain.value_types import parse_text
from bot.language.spoken import gettext

#: The longest account name: it stands in headers, buttons and sentences.
MAX_ACCOUNT_NAME = 80
#: Follows the key of a step in the value of `position` where the step's wait runs.
WAITING = ":waiting"


@dataclass(frozen=True, slots=True)
class StartForm:
    """The start form; `values` holds the shared fields that it asks for, by key.

    Attributes:
        lists: list of the enrollment -> its entries; a file can bring them along.
        procedure: the reference of what the enrollment goes through. party_people: who acts for its parties.
    """

    account_id: str
    account_name: str
    channel_id: str
    owner: str
    owner_zone: str = "UTC"
    collaborators: tuple[str, ...] = ()
    position: Position | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)
    lists: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    procedure: str = USUAL.reference
    party_people: tuple[PartyPerson, ...] = ()

    def new_enrollment(self, workspace: str, by: str, now: datetime, external_id: str | None) -> Enrollment:
        """The enrollment that the form starts, before its steps are placed."""
        made = Enrollment(
            workspace=workspace,
            account_id=self.account_id,
            account_name=self.account_name,
            channel_id=self.channel_id,
            owner=self.owner,
            owner_zone=self.owner_zone,
            collaborators=lifecycle.others(self.owner, self.collaborators),
            party_people=self.party_people,
            started_at=now,
            started_by=by,
            external_id=external_id,
            procedure_reference=self.procedure,
        ).with_shared(self.values)
        for name, entries in self.lists.items():
            made = made.with_list(name, entries)
        return made

    def as_json(self) -> dict[str, Any]:
        """The form as JSON knows it."""
        plain = asdict(self)
        if self.position is not None and self.position.since is not None:
            plain["position"]["since"] = self.position.since.isoformat()
        return plain


def from_json(plain: Mapping[str, Any]) -> StartForm:
    """The form that `as_json` gave."""
    at = plain["position"]
    position = Position(at["key"], at["waiting"], parse_day(at["since"]) if at["since"] else None) if at else None
    lists = {name: tuple(_entry(name, entry) for entry in entries) for name, entries in plain["lists"].items()}
    people = tuple(plain["collaborators"])
    of_parties = tuple(PartyPerson(**each) for each in plain.get("party_people", ()))
    told = {"collaborators": people, "party_people": of_parties, "position": position, "lists": lists}
    return StartForm(**{**plain, **told})


def _entry(list_name: str, given: Any) -> Any:
    """An entry of a list, made of what `asdict` gave."""
    return given if isinstance(given, str) else KINDS[list_name].entry(**given)


@dataclass(frozen=True, slots=True)
class StartValues:
    """The values of a start form that are read without asking Slack."""

    account_id: str
    account_name: str
    values: Mapping[str, str | None]
    position: Position | None
    procedure: str

    def form(
        self,
        *,
        channel_id: str,
        owner: str,
        owner_zone: str,
        collaborators: tuple[str, ...],
        party_people: tuple[PartyPerson, ...],
        lists: Mapping[str, tuple[Any, ...]] = MappingProxyType({}),
    ) -> StartForm:
        """The form with these values, and with the channel and the people, whose IDs Slack has told."""
        return StartForm(
            account_id=self.account_id,
            account_name=self.account_name,
            channel_id=channel_id,
            owner=owner,
            owner_zone=owner_zone,
            collaborators=collaborators,
            position=self.position,
            values=self.values,
            lists=lists,
            procedure=self.procedure,
            party_people=party_people,
        )


def chosen_procedure(key: object) -> Procedure:
    """The procedure of that key among those that are offered; the usual one where it is none of them."""
    return next((each for each in offered() if each.key == key), offered()[0])


def asked_fields(procedure: Procedure) -> list[tuple[Field, AtStart]]:
    """The shared fields that the start form asks for, and how it asks."""
    return [(field, field.at_start) for _, field in procedure.shared.values() if field.at_start]


def parse_values(typed: Mapping[str, Any], faults: dict[str, str]) -> StartValues:
    """Read the typed values of a start form; each fault is added under its field's name.

    Args:
        typed: `procedure` holds the key of a procedure; `position` that of a step, with `WAITING` behind it where its
            wait runs; `since` a day.
    """

    def take(name: str, parse: Callable[[str], str]) -> str | None:
        try:
            return parse(typed.get(name) or "")
        except InvalidInput as fault:
            faults[name] = str(fault)
            return None

    procedure = chosen_procedure(typed.get("procedure"))
    account = take("account_id", parse_account_id)
    name = take("account_name", lambda raw: parse_name(raw, "the account name", MAX_ACCOUNT_NAME))
    values = {}
    for asked, _ in asked_fields(procedure):
        given = (typed.get(asked.key) or "").strip()
        values[asked.key] = take(asked.key, lambda raw, of=asked: parse_text(raw, of, account)) if given else None  # type: ignore[misc]
    return StartValues(account or "", name or "", values, _position(procedure, typed, faults), procedure.reference)


def _position(procedure: Procedure, typed: Mapping[str, Any], faults: dict[str, str]) -> Position | None:
    chosen, since = typed.get("position"), None
    try:
        since = parse_day(typed["since"]) if typed.get("since") else None
    except InvalidInput as fault:
        faults["since"] = str(fault)
    # A form that was drawn for another procedure may name a step that this one does not have.
    if chosen and chosen.removesuffix(WAITING) not in specs(procedure):
        faults["position"] = gettext("Choose one of the steps that are offered now.")
        return None
    if chosen:
        return Position(chosen.removesuffix(WAITING), waiting=chosen.endswith(WAITING), since=since)
    if since is not None:
        faults["since"] = gettext("Choose the step you are at, or leave the date empty.")
    return None


#: How many enrollments one person can start by hand within an hour.
STARTS_AN_HOUR = 20


def check_pace(started: Sequence[datetime], most: int, now: datetime) -> None:
    """Raise `InvalidInput` if a person has started `most` enrollments within an hour.

    Args:
        started: when they started enrollments, the newest first.
    """
    if len(started) < most or (left := started[most - 1] + timedelta(hours=1) - now) <= timedelta():
        return
    minutes = -(-left // timedelta(minutes=1))
    limit = "You can start one enrollment an hour." if most == 1 else "You can start {most} enrollments an hour."
    again = "Try again in a minute." if minutes == 1 else "Try again in {minutes} minutes."
    raise InvalidInput(Row([sentence(limit, most=most), sentence(again, minutes=minutes)]), field="account_id")
