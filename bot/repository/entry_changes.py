"""Follows one entry of a list through the audit: what it says by now, after others have edited it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.list_changes import LINES, without_mark
from bot.domain.list_entries import KINDS, line_key
from bot.domain.lists import split_line
from bot.repository import tables as t


def key_now(connection: Connection, enrollment_id: int, list_name: str, key: str, version: int) -> str:
    """The key of an entry that had the key `key` at a version; the same one where nobody has edited it since.

    An entry that was removed keeps its last key, which the list lacks: another one in its place is not the same.
    """
    e = t.events.c
    since = sa.select(e.before, e.after, e.details).where(e.enrollment_id == enrollment_id, e.version > version)
    for row in connection.execute(since.order_by(e.number)):
        gone, came = (_lines(each, list_name) for each in (row.before, row.after))
        line = next((each for each in gone if line_key(each) == key), None)
        if line is not None and line not in came:
            key = line_key(_edited(list_name, line, gone, came, row.details))
    return key


def _lines(values: Mapping[str, Any], list_name: str) -> list[str]:
    found = values.get(f"{list_name}{LINES}", ())
    return [without_mark(line) for line in found] if list_name == "workflows" else list(found)


def _edited(list_name: str, line: str, gone: Sequence[str], came: Sequence[str], details: Mapping[str, Any]) -> str:
    """The line that took the place of one that went; the same line where none did."""
    if "renamed" in details:  # in all lists that use the name
        return came[gone.index(line)] if len(gone) == len(came) else line
    if not details.get("changed"):
        return line
    if len(gone) == len(came) == 1:
        return came[0]
    known = _keys(list_name, line)
    return next((each for each in came if _keys(list_name, each) == known), line)


def _keys(list_name: str, line: str) -> list[str]:
    """What an entry is recognized by, as its line has it."""
    kind = KINDS[list_name]
    values = dict(zip(kind.fields, split_line(line, list_name), strict=True))
    return [values[name] for name in kind.keys]
