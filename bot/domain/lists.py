"""Entries of lists: names, `subset : billing workflow` pairs, end customers, AWS accounts. What each must be.

Names may contain a colon: the separator is ` : ` with spaces where a line has one, and a name in double quotes is taken
as it stands. bot/list_files reads whole texts and files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.domain.enrollment import Customer, Enrollment, Pair, SubsetAccount
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id, parse_email, parse_name, parse_org_id, shorten
from bot.domain.list_columns import COLUMNS, is_column_name
from bot.domain.several_inputs import org_ids
from bot.language.spoken import ENGLISH, speaking

#: List that a ticket can carry -> one of its lines there.
LINES = {"pairs": "pair", "customers": "line"}

#: How many faults of one list are spelled out; the rest is counted.
_FAULTS_SHOWN = 10
#: The longest line that is taken apart: two names of 200 characters in quotes have less.
_LONGEST_LINE = 2_000

#: A colon, also the wide one of Chinese and Japanese keyboards.
_COLON = r"[:\uff1a]"
#: Typographic double quotes, which phones put in unasked.
_CURLY = r"[“”„«»\uff02]"
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
#: A field that is quoted as a whole.
_FIELD = re.compile(rf"\s*{_QUOTED.pattern}(?=\s*(?:{_COLON}|$))")
#: What makes a line an item of a list, and no part of a name.
BULLET = re.compile(r"\A\s*(?:[-*\u2013\u2014]\s+|[•◦‣▪▫●○■□]\ufe0e?\s*)(?=[^\s:\uff1a])")
NUMBERING = re.compile(r"\A\s*(?:\(?[0-9]{1,4}[.)]|\(?[A-Za-z]\))\s+(?=[^\s:\uff1a])")
_TRAILING = ",;\uff0c\uff1b"
#: A semicolon that belongs to the word before it.
_ENTITY = re.compile(r"&#?\w+;$")
_NEEDS_QUOTES = re.compile(rf'"|{_COLON}|{_CURLY}|{BULLET.pattern}|{NUMBERING.pattern}|[{_TRAILING}]$')

#: The lists whose lines begin with their only name.
_ONE_NAME = frozenset({"customers", "subset_accounts"})
QUOTES_HINT = 'Put a name with a colon in double quotes: "Prod: EU" : Standard'


def entry_reader(
    list_name: str, own_org_id: str | None = None, known: Iterable[Any] = ()
) -> Callable[[int, Sequence[str]], Any]:
    """A function that makes an entry of a line's number and fields, and raises `InvalidInput` where there is none.

    It remembers the lines that it has read: an entry may not come twice.

    Args:
        own_org_id: the enrollment's own organization, or several as `org_ids` reads them: no end customer can have one.
        known: entries that are recorded already and must not come again.
    """
    recorded = frozenset(known)
    match list_name:
        case "pairs":
            return _pair_reader(recorded)
        case "customers":
            return _customer_reader(own_org_id, recorded)
        case "subset_accounts":
            return _account_reader(recorded)
    return _name_reader(recorded)


def _name_reader(recorded: frozenset[str]) -> Callable[[int, Sequence[str]], str]:
    seen: dict[str, int] = {}

    def read(number: int, fields: Sequence[str]) -> str:
        name = _name(fields[0], "the name")
        if name in recorded:
            raise InvalidInput(f"“{shorten(name)}” is already on the list.")
        if name in seen:
            raise InvalidInput(f"“{shorten(name)}” is on line {seen[name]} already.")
        seen[name] = number
        return name

    return read


def _pair_reader(recorded: frozenset[Pair]) -> Callable[[int, Sequence[str]], Pair]:
    seen: dict[str, tuple[Pair, int]] = {}

    def read(number: int, fields: Sequence[str]) -> Pair:
        subset, workflow = fields
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

    return read


def _customer_reader(own_org_id: str | None, recorded: frozenset[Customer]) -> Callable[[int, Sequence[str]], Customer]:
    seen, own = dict[Customer, int](), org_ids(own_org_id)

    def read(number: int, fields: Sequence[str]) -> Customer:
        subset, email, org = fields
        customer = Customer(_name(subset, "the subset"), parse_email(email), parse_org_id(org))
        if customer.spot_org_id in own:
            ours = f"{customer.spot_org_id} is your own Spot organization."
            raise InvalidInput(f"{ours} Enter the one of the end customer.")
        if customer in recorded:
            raise InvalidInput("this end customer is already on the list.")
        if customer in seen:
            raise InvalidInput(f"repeats line {seen[customer]}.")
        seen[customer] = number
        return customer

    return read


def _account_reader(recorded: frozenset[SubsetAccount]) -> Callable[[int, Sequence[str]], SubsetAccount]:
    seen: dict[SubsetAccount, int] = {}

    def read(number: int, fields: Sequence[str]) -> SubsetAccount:
        subset, account = fields
        if not account.strip():
            raise InvalidInput("the AWS account is empty.")
        entry = SubsetAccount(_name(subset, "the subset"), parse_account_id(account))
        if entry in recorded:
            raise InvalidInput("this AWS account is already on the list.")
        if entry in seen:
            raise InvalidInput(f"repeats line {seen[entry]}.")
        seen[entry] = number
        return entry

    return read


def format_name(name: str) -> str:
    """The name as it has to be typed in a list: in quotes where a part of it would be taken for something else."""
    if _NEEDS_QUOTES.search(name) or is_column_name(name):
        return '"' + name.replace('"', '""') + '"'
    return name


def pair_lines(enrollment: Enrollment) -> tuple[str, ...]:
    """The recorded pairs, each as a person types it."""
    return tuple(f"{format_name(pair.subset)} : {format_name(pair.workflow)}" for pair in enrollment.pairs)


def entry_of(line: str, list_name: str) -> Pair | Customer:
    """The pair or customer that a recorded line tells of, as `entry_line` has written it."""
    make: Callable[..., Pair | Customer] = Pair if list_name == "pairs" else Customer
    return make(*split_line(line, list_name))


def refuse(faults: Sequence[str]) -> None:
    """Raise `InvalidInput` if a list has faults: one a line, the first ten, then the number of the others."""
    if not faults:
        return
    more = len(faults) - _FAULTS_SHOWN
    rest = [f"And {more} more {'line' if more == 1 else 'lines'} with errors."] if more > 0 else []
    raise InvalidInput("\n".join([*faults[:_FAULTS_SHOWN], *rest]))


def without_trailing_marks(text: str) -> str:
    """A line without the commas and semicolons that join it to the next one."""
    return text if _ENTITY.search(text) else text.rstrip(f"{_TRAILING} \t\xa0")


def has_colon(line: str) -> bool:
    """Whether a colon outside quotes separates fields of the line."""
    return len(line) <= _LONGEST_LINE and len(_outside_quotes(line, _COLON)) > 1


def split_line(text: str, list_name: str) -> Sequence[str]:
    """The fields of a line; a colon inside double quotes does not separate.

    Raises:
        InvalidInput: it has too few or too many.
    """
    form, count = " : ".join(COLUMNS[list_name]), len(COLUMNS[list_name])
    if len(text) > _LONGEST_LINE:
        raise InvalidInput(f"“{shorten(text)}” has {len(text):,} characters, which is too long. Write it as {form}.")
    if count == 1:
        return [unquoted(text)]
    parts: list[str] = []
    for separator in (rf"\s{_COLON}\s", _COLON):
        parts = _outside_quotes(text, separator)
        if len(parts) == count:
            return [unquoted(part.strip()) for part in parts]
        if len(parts) > count:
            if list_name in _ONE_NAME:  # neither an email nor a number holds a colon: what is left is the name
                colons = [*re.finditer(_COLON, text)][1 - count :]
                ends = [*(colon.start() for colon in colons[1:]), len(text)]
                name = unquoted(text[: colons[0].start()].strip())
                return [name, *(text[colon.end() : end].strip() for colon, end in zip(colons, ends, strict=True))]
            raise InvalidInput(f"“{shorten(text)}” has more than one “:”. {QUOTES_HINT}")
    missing = "has no “:”" if len(parts) == 1 else "has too few “:”"
    raise InvalidInput(f"“{shorten(text)}” {missing}. Write it as {form}.")


def _outside_quotes(text: str, separator: str) -> list[str]:
    """The text split at `separator`; quotes count where they enclose a whole field, elsewhere they are letters."""
    padded = f" {text} "  # so that an empty side next to " : " is seen
    plain, between = straight(padded), re.compile(separator)
    if '"' not in plain:
        return between.split(padded)
    parts, start, at = [], 0, 0
    while at < len(padded):
        # As typed first: typographic quotes inside straight ones are letters of the name.
        begins = at == start or re.match(_COLON, padded[at - 1])
        quoted = (_FIELD.match(padded, at) or _FIELD.match(plain, at)) if begins else None
        if quoted:
            at = quoted.end()
        elif found := between.match(padded, at):
            parts.append(padded[start:at])
            start = at = found.end()
        else:
            at += 1
    return [*parts, padded[start:]]


def straight(text: str) -> str:
    """The text with plain quotes; one character for one."""
    return re.sub(_CURLY, '"', text)


def unquoted(text: str) -> str:
    """A field without the quotes that enclose it."""
    for form in (text, straight(text)):
        if _QUOTED.fullmatch(form):
            return form[1:-1].replace('""', '"').strip()
    return text


@speaking(ENGLISH)  # the sentence is cut behind its first words
def _name(text: str, what: str) -> str:
    if not text.strip():
        raise InvalidInput(f"{what} is empty.")
    try:
        return parse_name(text, what)
    except InvalidInput as fault:  # it stands behind “Line 3:”
        raise InvalidInput(f"{what}{str(fault)[len(what) :]}") from None
