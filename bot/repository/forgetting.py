"""Takes a person out of the database: their ID and addresses in every table, what they have chosen, what is theirs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from bot.domain.enrollment import EventKind, Status
from bot.domain.inputs import search_key
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState
from bot.repository.tables import metadata

#: What takes the place of the person's ID: words that every message and export shows as they are.
SOMEBODY = "a former colleague"
#: What people choose for themselves goes with them.
_THEIRS = (t.absences, t.mutes, t.reminder_preferences, t.calendar_feeds)
#: Tables of what was chosen about steps and enrollments under way: the choice ends.
_ENDS = {t.steps: t.steps.c.assignee}
_i, _o = t.installations.c, t.outbox.c
#: Texts that nobody typed: words are not replaced in them. `name_key` follows the name of its enrollment.
_OF_PROGRAMS = (_i.bot_token, _i.refresh_token, _i.url, _o.lookup, t.enrollments.c.name_key)
#: The person's ID, and what else stands for them.
_Patterns = Sequence["re.Pattern[str]"]


def owned(connection: Connection, user: str) -> list[str]:
    """The names of the active enrollments that a person owns."""
    e = t.enrollments.c
    query = sa.select(e.account_name).where(e.owner == user, e.status == Status.ACTIVE.value).order_by(e.id)
    return list(connection.execute(query).scalars())


def addresses(connection: Connection, user: str) -> list[str]:
    """The addresses to which answers to a person's tickets by email go, also of emails that were not sent."""
    e = t.events.c
    rows = connection.execute(sa.select(e.details).where(e.by == user, e.kind == EventKind.EMAILED.value)).scalars()
    asked = connection.execute(sa.select(_o.payload).where(_o.kind == MessageKind.EMAIL.value)).scalars()
    emails = [payload["email"] for payload in asked if payload.get("by") == user and "email" in payload]
    return sorted({str(each["reply_to"]) for each in (*rows, *emails) if each.get("reply_to")})


def forget(connection: Connection, user: str, also: Sequence[str]) -> dict[str, int]:
    """Replace a person's ID and the words in `also`; returns the number of changed rows, by table.

    Texts that somebody typed are changed only where they have the ID or one of these words, each as a whole. Names of
    several words, and addresses, are found in small and in capital letters.
    """
    counts = dict[str, int]()
    for table in _THEIRS:
        mine = sa.or_(*(table.c[name] == user for name in ("user_id", "stand_in") if name in table.c))
        _count(counts, table, connection.execute(sa.delete(table).where(mine)).rowcount)
    for table, column in _ENDS.items():
        ended = sa.update(table).where(column == user).values({column: None})
        _count(counts, table, connection.execute(ended).rowcount)
    for table in (t.collaborators, t.party_people):
        listed = sa.delete(table).where(table.c.user_id == user)
        _count(counts, table, connection.execute(listed).rowcount)
    never = sa.delete(t.outbox).where(_o.channel == user, _o.state != RowState.SENT.value)
    _count(counts, t.outbox, connection.execute(never).rowcount)
    ids = [re.compile(rf"<@{user}(?:\|[^>]*)?>|(?<![A-Za-z0-9]){user}(?![A-Za-z0-9])")]
    _count(counts, t.channel_leases, connection.execute(_delete(t.channel_leases.c.channel, [user])).rowcount)
    keys = [key for key in connection.execute(_holding(t.receipts.c.key, user)).scalars() if ids[0].search(key)]
    _count(counts, t.receipts, connection.execute(_delete(t.receipts.c.key, keys)).rowcount)
    # Keys stay different from each other, also after somebody else was forgotten.
    for number, key in connection.execute(_holding(_o.key, user, _o.id)).all():
        renamed = sa.update(t.outbox).where(_o.id == number).values(key=ids[0].sub(f"former-{number}", key))
        connection.execute(renamed)
    everything = [*ids, *(_pattern(word) for word in sorted(also, key=len, reverse=True))]
    for table in metadata.sorted_tables:
        for column in table.c:
            is_typed = isinstance(column.type, sa.Text) and column not in set(_OF_PROGRAMS)
            if isinstance(column.type, sa.JSON) or (is_typed and also):
                _count(counts, table, _replace(connection, column, sa.select(column), ids, everything))
            elif isinstance(column.type, sa.String):  # Text is one, too
                _count(counts, table, _replace(connection, column, _holding(column, user), ids, ids))
    return counts


def _count(counts: dict[str, int], table: Table, rows: int) -> None:
    if rows:
        counts[table.name] = counts.get(table.name, 0) + rows


def _pattern(words: str) -> re.Pattern[str]:
    """Words as a whole, whatever spaces are between them; a single one as it is written, for “will” is not “Will”."""
    parts = unicodedata.normalize("NFC", words).split()
    found = r"\s+".join(map(re.escape, parts))
    return re.compile(rf"(?<!\w){found}(?!\w)", re.IGNORECASE if len(parts) > 1 or "@" in words else 0)


def _holding(column: sa.Column[Any], user: str, *more: sa.Column[Any]) -> sa.Select[Any]:
    """The values of a column that have the ID somewhere."""
    return sa.select(*more, column).where(column.contains(user, autoescape=True))


def _delete(column: sa.Column[Any], values: Sequence[str]) -> sa.Delete:
    return sa.delete(column.table).where(column.in_(values))


def _replace(
    connection: Connection, column: sa.Column[Any], query: sa.Select[Any], ids: _Patterns, everything: _Patterns
) -> int:
    """In Python: it knows where a word begins and ends, and what of JSON is a text."""
    table = column.table
    keys = list(table.primary_key.columns)
    changed = 0
    for *key, value in connection.execute(query.with_only_columns(*keys, column).where(column.is_not(None))).all():
        new = _replaced(value, ids, everything)
        if new != value:
            mine = sa.and_(*(each == part for each, part in zip(keys, key, strict=True)))
            values = {column.name: new}
            if column is t.enrollments.c.account_name:
                values["name_key"] = search_key(new)
            connection.execute(sa.update(table).where(mine).values(values))
            changed += 1
    return changed


def _replaced(value: Any, ids: _Patterns, everything: _Patterns) -> Any:
    """A text, or JSON with what its texts have; its names stay, but for an ID in them."""
    if isinstance(value, str):
        for pattern in everything:
            value = pattern.sub(SOMEBODY, value)
        return value
    if isinstance(value, dict):
        return {_replaced(name, ids, ids): _replaced(each, ids, everything) for name, each in value.items()}
    return [_replaced(each, ids, everything) for each in value] if isinstance(value, list) else value
