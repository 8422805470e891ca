"""Lists that people paste, one entry a line: names, `subset : billing workflow` pairs, end customers.

A fault names its line and quotes the value; all faults of a list are reported at once. Names may contain a colon: the
separator is ` : ` with spaces where a line has one, and a name in double quotes is taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.domain.enrollment import Customer, Enrollment, Pair
from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean_words, parse_email, parse_name, parse_org_id, shorten

T = TypeVar("T")

#: List that a ticket can carry -> one entry of it in sentences.
NOUNS = {"pairs": "pair", "customers": "end customer"}
#: The same for the lines of the ticket.
LINES = {"pairs": "pair", "customers": "line"}

#: How many faults of one list are spelled out; the rest is counted.
_FAULTS_SHOWN = 10

#: A colon, also the wide one of Chinese and Japanese keyboards.
_COLON = r"[:\uff1a]"
#: Typographic double quotes, which phones put in unasked.
_CURLY = r"[“”„«»\uff02]"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
#: A field that is quoted as a whole.
_FIELD = re.compile(rf"\s*{_QUOTED.pattern}(?=\s*(?:{_COLON}|$))")
_NEEDS_QUOTES = re.compile(rf'"|{_COLON}|{_CURLY}')

QUOTES_HINT = 'Put a name with a colon in double quotes: "Prod: EU" : Standard'


def parse_names(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Names, one a line, in the order given.

    Args:
        known: names that are recorded already and must not come again.

    Raises:
        InvalidInput: names every line with a fault: a repetition, a name that is too long, an empty list.
    """
    seen: dict[str, str] = dict.fromkeys(known, "already on the list")

    def one(number: int, text: str) -> str:
        name = _name(_unquoted(text), "the name")
        if name in seen:
            raise InvalidInput(f"“{shorten(name)}” is {seen[name]}.")
        seen[name] = f"on line {number} already"
        return name

    return _each(text, one, "Enter at least one name, one a line.")


def parse_pairs(text: str, known: Iterable[Pair] = ()) -> tuple[Pair, ...]:
    """`Subset : billing workflow` pairs, one a line.

    Args:
        known: pairs that are recorded already and must not come again.

    Raises:
        InvalidInput: names every line with a fault.
    """
    recorded = frozenset(known)
    seen: dict[str, tuple[Pair, int]] = {}

    def one(number: int, text: str) -> Pair:
        subset, workflow = _split(text, 2, "subset : billing workflow")
        pair = Pair(_name(subset, "the subset"), _name(workflow, "the billing workflow"))
        if pair in recorded:
            raise InvalidInput("this pair is already on the list.")
        if pair.subset in seen:
            other, before = seen[pair.subset]
            if other == pair:
                raise InvalidInput(f"repeats line {before}.")
            raise InvalidInput(
                f"“{shorten(pair.subset)}” has “{shorten(other.workflow)}” on line {before} already. "
                "A subset has one billing workflow."
            )
        seen[pair.subset] = (pair, number)
        return pair

    return _each(text, one, "Enter at least one pair, one a line.")


def parse_customers(text: str, own_org_id: str | None, known: Iterable[Customer] = ()) -> tuple[Customer, ...]:
    """`Subset : console email : Spot org ID` lines.

    Args:
        own_org_id: the enrollment's own organization, which no end customer can have.

    Raises:
        InvalidInput: names every line with a fault.
    """
    recorded = frozenset(known)
    seen: dict[Customer, int] = {}

    def one(number: int, text: str) -> Customer:
        subset, email, org = _split(text, 3, "subset : console email : Spot org ID")
        customer = Customer(_name(subset, "the subset"), parse_email(email), parse_org_id(org))
        if customer.spot_org_id == own_org_id:
            raise InvalidInput(f"{own_org_id} is your own Spot organization. Enter the one of the end customer.")
        if customer in recorded:
            raise InvalidInput("this end customer is already on the list.")
        if customer in seen:
            raise InvalidInput(f"repeats line {seen[customer]}.")
        seen[customer] = number
        return customer

    return _each(text, one, "Enter at least one end customer, one a line.")


def format_name(name: str) -> str:
    """The name as it has to be typed in a list: in quotes where it holds a colon or a quote."""
    return '"' + name.replace('"', '""') + '"' if _NEEDS_QUOTES.search(name) else name


def pair_lines(enrollment: Enrollment) -> tuple[str, ...]:
    """The recorded pairs, each as a person types it."""
    return tuple(f"{format_name(pair.subset)} : {format_name(pair.workflow)}" for pair in enrollment.pairs)


def _each(text: str, one: Callable[[int, str], T], when_empty: str) -> tuple[T, ...]:
    """Each line that is not empty, by `one` of its number (from 1) and its text; raises all their faults at once."""
    values, faults = [], []
    for number, line in enumerate(map(clean_words, text.splitlines()), 1):
        try:
            if line:
                values.append(one(number, line))
        except InvalidInput as fault:
            faults.append(f"Line {number}: {fault}")
    if not values and not faults:
        raise InvalidInput(when_empty)
    refuse(faults)
    return tuple(values)


def refuse(faults: Sequence[str]) -> None:
    """Raise `InvalidInput` if a list has faults: one a line, the first ten, then the number of the others."""
    if not faults:
        return
    more = len(faults) - _FAULTS_SHOWN
    rest = [f"And {more} more {'line' if more == 1 else 'lines'} with errors."] if more > 0 else []
    raise InvalidInput("\n".join([*faults[:_FAULTS_SHOWN], *rest]))


def _split(text: str, count: int, form: str) -> Sequence[str]:
    """The fields of a line; a colon inside double quotes does not separate."""
    parts: list[str] = []
    for separator in (rf"\s{_COLON}\s", _COLON):
        parts = _outside_quotes(text, separator)
        if len(parts) == count:
            return [_unquoted(part.strip()) for part in parts]
        if len(parts) > count:
            if count == 3:  # neither an email nor a number holds a colon: what is left is the name
                *_, before, last = re.finditer(_COLON, text)
                name, email, number = text[: before.start()], text[before.end() : last.start()], text[last.end() :]
                return [_unquoted(name.strip()), email.strip(), number.strip()]
            raise InvalidInput(f"“{shorten(text)}” has more than one “:”. {QUOTES_HINT}")
    missing = "has no “:”" if len(parts) == 1 else "has too few “:”"
    raise InvalidInput(f"“{shorten(text)}” {missing}. Write it as {form}.")


def _outside_quotes(text: str, separator: str) -> list[str]:
    """The text split at `separator`; quotes count where they enclose a whole field, elsewhere they are letters."""
    padded = f" {text} "  # so that an empty side next to " : " is seen
    straight, between = _straight(padded), re.compile(separator)
    parts, start, at = [], 0, 0
    while at < len(padded):
        # As typed first: typographic quotes inside straight ones are letters of the name.
        begins = at == start or re.match(_COLON, padded[at - 1])
        quoted = (_FIELD.match(padded, at) or _FIELD.match(straight, at)) if begins else None
        if quoted:
            at = quoted.end()
        elif found := between.match(padded, at):
            parts.append(padded[start:at])
            start = at = found.end()
        else:
            at += 1
    return [*parts, padded[start:]]


def _straight(text: str) -> str:
    """The text with plain quotes; one character for one."""
    return re.sub(_CURLY, '"', text)


def _unquoted(text: str) -> str:
    for form in (text, _straight(text)):
        if _QUOTED.fullmatch(form):
            return form[1:-1].replace('""', '"').strip()
    return text


def _name(text: str, what: str) -> str:
    if not text.strip():
        raise InvalidInput(f"{what} is empty.")
    try:
        return parse_name(text, what)
    except InvalidInput as fault:  # it stands behind “Line 3:”
        raise InvalidInput(f"{what}{str(fault)[len(what) :]}") from None
