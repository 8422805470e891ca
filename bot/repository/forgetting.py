"""Takes a person out of the database: their ID and addresses in every table, what they have chosen, what is theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from bot.domain.enrollment import EventKind, Status
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState
from bot.repository.tables import metadata

#: What takes the place of the person's ID: words that every message and export shows as they are.
SOMEBODY = "a former colleague"
#: What people choose for themselves goes with them.
_THEIRS = (t.absences, t.mutes, t.reminder_preferences, t.calendar_feeds)
#: Tables of what was chosen about steps and enrollments under way: the choice ends.
_ENDS = {t.steps: t.steps.c.assignee}


def owned(connection: Connection, user: str) -> list[str]:
    """The names of the active enrollments that a person owns."""
    e = t.enrollments.c
    query = sa.select(e.account_name).where(e.owner == user, e.status == Status.ACTIVE.value).order_by(e.id)
    return list(connection.execute(query).scalars())


def addresses(connection: Connection, user: str) -> list[str]:
    """The addresses to which answers to a person's tickets by email go."""
    e = t.events.c
    rows = connection.execute(sa.select(e.details).where(e.by == user, e.kind == EventKind.EMAILED.value)).scalars()
    return sorted({str(details["reply_to"]) for details in rows if details.get("reply_to")})


def forget(connection: Connection, user: str, also: Sequence[str]) -> dict[str, int]:
    """Replace a person's ID and the words in `also`; returns the number of changed rows, by table.

    Texts that somebody typed are changed only where they have the ID or one of these words.
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
    o = t.outbox.c
    never = sa.delete(t.outbox).where(o.channel == user, o.state != RowState.SENT.value)
    _count(counts, t.outbox, connection.execute(never).rowcount)
    for table, column in ((t.channel_leases, t.channel_leases.c.channel), (t.receipts, t.receipts.c.key)):
        held = sa.delete(table).where(column.contains(user, autoescape=True))
        _count(counts, table, connection.execute(held).rowcount)
    # Keys stay different from each other, also after somebody else was forgotten.
    key = sa.func.replace(o.key, user, sa.literal("former-").concat(sa.cast(o.id, sa.Text)))
    connection.execute(sa.update(t.outbox).where(o.key.contains(user, autoescape=True)).values(key=key))
    for table in metadata.sorted_tables:
        for column in table.c:
            if isinstance(column.type, sa.JSON):
                _count(counts, table, _replace_in_json(connection, table, column, (user, *also)))
            elif isinstance(column.type, sa.String):  # Text is one, too
                _count(counts, table, _replace_in_text(connection, column, (user, *also)))
    return counts


def _count(counts: dict[str, int], table: Table, rows: int) -> None:
    if rows:
        counts[table.name] = counts.get(table.name, 0) + rows


def _replace_in_text(connection: Connection, column: sa.Column[Any], words: Sequence[str]) -> int:
    holds = sa.or_(*(sa.cast(column, sa.Text).contains(word, autoescape=True) for word in words))
    value: sa.ColumnElement[str] = sa.cast(column, sa.Text)
    for word in _with_mentions(words):
        value = sa.func.replace(value, word, SOMEBODY)
    return connection.execute(sa.update(column.table).where(holds).values({column: value})).rowcount


def _replace_in_json(connection: Connection, table: Table, column: sa.Column[Any], words: Sequence[str]) -> int:
    """In Python: what JSON escapes is another text than the word."""
    keys = list(table.primary_key.columns)
    changed = 0
    for *key, value in connection.execute(sa.select(*keys, column).where(column.is_not(None))).all():
        text = json.dumps(value, ensure_ascii=False)
        new = text
        for word in _with_mentions(words):
            new = new.replace(json.dumps(word, ensure_ascii=False)[1:-1], SOMEBODY)
        if new != text:
            mine = sa.and_(*(each == part for each, part in zip(keys, key, strict=True)))
            connection.execute(sa.update(table).where(mine).values({column: json.loads(new)}))
            changed += 1
    return changed


def _with_mentions(words: Sequence[str]) -> list[str]:
    """The mention of the ID first: what takes its place is no mention."""
    return [f"<@{words[0]}>", *words]
