"""The rows of a file from which enrollments are started: header names, values as the start form reads them, lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.errors import InvalidInput
from bot.domain.inputs import search_key, shorten
from bot.domain.list_columns import column_key
from bot.domain.list_entries import KINDS
from bot.domain.party_people import FIELD
from bot.domain.procedure import offered
from bot.domain.start_form import WAITING, StartValues, asked_fields, chosen_procedure, parse_values
from bot.domain.step_spec import Procedure
from bot.language.spoken import ENGLISH, speaking
from bot.list_files.cell_values import read_cell
from bot.list_files.delimited import DELIMITERS, read_delimited
from bot.list_files.entries import read_entries
from bot.list_files.reading import read_pasted
from bot.list_files.row_records import read_records
from bot.list_files.table import LineFault, Record, Table

#: How many enrollments one file starts.
MOST_ROWS = 500
#: The columns, by the names that people give them.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account_id": (
        *("account", "account id", "aws account", "aws account id", "aws management account id", "account number"),
        *("management account", "management account id", "payer account", "payer account id", "payer"),
    ),
    "account_name": ("name", "account name", "aws account name", "alias"),
    "spot_org_id": (
        *("spot organization id", "organization id", "organization", "organisation id", "organisation"),
        *("org id", "org", "spot org id", "spot organization", "spot org"),
    ),
    "owner": ("owner", "responsible", "owner email"),
    "collaborators": ("collaborators", "collaborator"),
    "channel": ("channel", "progress channel", "slack channel"),
    "procedure": ("procedure", "use case"),
    "position": ("step", "at step", "current step", "we are at", "already under way? we are at"),
    "waiting": ("waiting", "state"),
    "since": ("since", "since when", "step since", "date"),
    "subsets": ("subsets", "subset names"),
    "workflows": ("billing workflows", "workflows", "billing workflow names"),
    "pairs": ("pairs", "associations"),
    "customers": ("customers", "end customers"),
    "subset_accounts": ("aws accounts", "accounts", "accounts of the subsets", "subset accounts"),
}
_REQUIRED = ("account_id", "account_name")
_YES = ("yes", "y", "true", "1", "x", "waiting")
_NO = ("", "no", "n", "false", "0", "open")
#: A day of a spreadsheet comes with a midnight behind it.
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")

#: The table of a list's file by its name; None if a text names no file.
Beside = Callable[[str], Table | None]


@dataclass(frozen=True, slots=True)
class StartRow:
    """A row without faults of its own; people and channel are still words.

    Attributes:
        number: its line. line: the row as it was given, for people who correct it.
        lists: list of the enrollment -> its entries. party_people: key of a party -> who acts for it.
    """

    number: int
    line: str
    values: StartValues
    lists: Mapping[str, tuple[Any, ...]]
    owner: str
    collaborators: tuple[str, ...]
    party_people: Mapping[str, tuple[str, ...]]
    channel: str


@dataclass(frozen=True, slots=True)
class StartRows:
    """The good rows of a file, and what is wrong with the others, by line."""

    rows: tuple[StartRow, ...]
    faults: tuple[LineFault, ...]


def read_pasted_rows(text: str) -> Table:
    """The rows of a pasted text; its header says what separates the cells. Raises `InvalidInput` like `read_file`."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=header.count)
    table = read_delimited("Pasted rows", f"sep={delimiter}\n{text}")
    return Table("", tuple(replace(row, number=row.number - 1) for row in table.rows))


@speaking(ENGLISH)  # a preview is stored with its faults
def read_start_rows(table: Table, beside: Beside = lambda _: None) -> StartRows:
    """The rows of a table with a header.

    Args:
        beside: the list that a cell names as a file, where that is possible.

    Raises:
        InvalidInput: the table has no row, too many, or lacks a column.
    """
    records = read_records(table, _columns(), _REQUIRED)
    if not records:
        raise InvalidInput("There is no row under the header. Write one row an enrollment.")
    if len(records) > MOST_ROWS:
        raise InvalidInput(f"This has {len(records)} rows. Start at most {MOST_ROWS} at a time: split the file.")
    lines = {row.number: row.line or ", ".join(row.cells) for row in table.rows}
    rows, faults, seen = list[StartRow](), list[LineFault](), dict[str, int]()
    for record in records:
        line, wrong = lines.get(record.number, ""), dict[str, str]()
        row = _row(record, line, beside, wrong)
        account = row.values.account_id
        if account and account in seen:
            wrong["account_id"] = f"This account is on line {seen[account]} already."
        seen.setdefault(account, record.number)
        if wrong:
            faults.append(LineFault(record.number, line, " ".join(wrong.values())))
        else:
            rows.append(row)
    return StartRows(tuple(rows), tuple(faults))


def _columns() -> Mapping[str, Sequence[str]]:
    """All columns: those of every file, and what the offered procedures ask for in the start form besides."""
    found = {key: list(names) for key, names in COLUMNS.items()}
    taken = {column_key(name) for names in COLUMNS.values() for name in names}
    for procedure in offered():
        for key, names in _asked(procedure).items():
            found.setdefault(key, []).extend(name for name in names if column_key(name) not in taken)
            taken |= {column_key(name) for name in names}
    return found


def _asked(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """What the start form asks for a procedure alone, by the name of its field -> the names of the column."""
    parties = {f"{FIELD}{key}": (party.label, party.name, key) for key, party in procedure.parties.items()}
    return parties | {field.key: (field.label, field.key) for field, _ in asked_fields(procedure)}


def _row(record: Record, line: str, beside: Beside, wrong: dict[str, str]) -> StartRow:
    given, unread = dict[str, str](), dict[str, str]()
    for key, cell in record.values.items():
        try:
            given[key] = read_cell(cell)
        except InvalidInput as fault:
            unread[key] = str(fault)
    typed = {**given, "since": _MIDNIGHT.sub("", given.get("since", "")), "position": None}
    typed["procedure"] = _procedure(given, wrong)
    typed["position"] = _position(chosen_procedure(typed["procedure"]), given, wrong)
    if typed["position"] is None and "position" in wrong:
        del typed["since"]  # one fault is enough
    values = parse_values(typed, wrong)
    wrong |= unread
    own = values.values.get("spot_org_id")
    lists = {name: entries for name in KINDS if (entries := _list(given, name, own, beside, wrong))}
    procedure = chosen_procedure(typed["procedure"])
    for key, label in _unasked(procedure).items():
        if given.get(key):
            wrong[key] = f"The procedure {procedure.key} does not ask for “{label}”. Leave that cell empty."
    of_parties = {key: _people(given.get(f"{FIELD}{key}", "")) for key in procedure.parties}
    collaborators = _people(given.get("collaborators", ""))
    owner, channel = given.get("owner", ""), given.get("channel", "")
    return StartRow(record.number, line, values, lists, owner, collaborators, of_parties, channel)


def _unasked(procedure: Procedure) -> dict[str, str]:
    """What other procedures ask for, and this one does not: name of a field -> label."""
    asked = _asked(procedure)
    others = {key: names[0] for other in offered() for key, names in _asked(other).items()}
    return {key: label for key, label in others.items() if key not in asked}


def _people(cell: str) -> tuple[str, ...]:
    return tuple(words.strip() for words in re.split(r"[;,\n]", cell) if words.strip())


def _procedure(given: Mapping[str, str], wrong: dict[str, str]) -> str | None:
    """The key of the procedure that a cell names by key or title; None for the usual one."""
    if not (words := search_key(given.get("procedure", ""))):
        return None
    key = next((each.key for each in offered() if words in (search_key(each.key), search_key(each.title))), None)
    if key is None:
        known = ", ".join(each.key for each in offered())
        wrong["procedure"] = f"“{shorten(given['procedure'])}” is no procedure. Write one of these: {known}."
    return key


def _position(procedure: Procedure, given: Mapping[str, str], wrong: dict[str, str]) -> str | None:
    """The value of the start form's field: the key of a step, or of its wait; None at the beginning."""
    words, waits = given.get("position", ""), search_key(given.get("waiting", ""))
    step = search_key(words)
    if step.startswith("waiting:"):
        step, waits = step.removeprefix("waiting:").strip(), "waiting"
    if waits not in (*_YES, *_NO):
        wrong["waiting"] = f"“{shorten(given['waiting'])}” is neither yes nor no. Write whether the step's wait runs."
    if not step:
        if waits in _YES and "waiting" not in wrong:
            wrong["waiting"] = "Name the step that waits, or leave “waiting” empty."
        return None
    key = next((spec.key for spec in procedure.steps if step in (spec.key, search_key(spec.title))), None)
    if key is None:
        wrong["position"] = (
            f"“{shorten(words)}” is no step. Write it as its card does, for example {procedure.steps[-1].title}."
        )
        return None
    if key == procedure.steps[0].key and waits not in _YES and not given.get("since"):
        return None  # that is where every enrollment begins, today
    return f"{key}{WAITING}" if waits in _YES else key


def _list(
    given: Mapping[str, str], name: str, own: str | None, beside: Beside, wrong: dict[str, str]
) -> tuple[Any, ...]:
    """The entries of a list: one a line or separated by semicolons in the cell, or in the file that it names."""
    cell = given.get(name, "")
    if not cell:
        return ()
    try:
        table = beside(cell)
        of_file = f"{table.source}, " if table is not None else ""
        read = read_entries(table or read_pasted(re.sub(r"\s*;\s*", "\n", cell)), name, own)
    except InvalidInput as fault:
        wrong[name] = f"{KINDS[name].title}: {fault}"
        return ()
    if read.faults:
        first = read.faults[0]
        more = f" And {len(read.faults) - 1} more." if len(read.faults) > 1 else ""
        where = f"{of_file}line {first.number}" if of_file else f"entry {first.number}"
        wrong[name] = f"{KINDS[name].title}, {where}: {first.sentence}{more}"
        return ()
    return tuple(KINDS[name].recorded(entry) for _, entry in read.entries)
