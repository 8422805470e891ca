"""The tables of procedures: operators' files, what lists need to know of each step, and the people of parties."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import list_table, metadata

#: The operator's procedures, as they were when an enrollment could begin with them; only ever added to.
procedures = Table(
    "procedures",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

#: The steps of every procedure; written when a process starts, read by lists. `turn` and `waits_for` are whose turn it
#: is while the step is open, and while it waits; `watched` is 1 for the step whose AWS side the bot looks at; `party`
#: is the key of the party that does the step.
procedure_steps = Table(
    "procedure_steps",
    metadata,
    Column("procedure", String(64), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("optional", Integer, nullable=False),
    Column("turn", Text, nullable=False),
    Column("waits_for", Text, nullable=False),
    Column("watched", Integer, nullable=False),
    Column("party", String(32), nullable=False, server_default="us"),
)

#: Who acts for the parties of an enrollment's procedure.
party_people = list_table(
    "party_people", Column("party", String(32), nullable=False), Column("user_id", String(32), nullable=False)
)
Index("ix_party_people_user", party_people.c.user_id, party_people.c.enrollment_id)
