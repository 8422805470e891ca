"""Tickets that carried lists: the lines of tickets that went out count as sent, those of done steps as confirmed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, of_enrollment, primary_key

revision = "0017"
down_revision = "0016"

#: List -> its step, its table, and the columns of a line as the ticket has them.
_LISTS = {
    "pairs": ("associate_workflows", "associations", ("subset", "workflow")),
    "customers": ("associate_customers", "end_customers", ("subset", "email", "spot_org_id")),
}


def upgrade() -> None:
    """Create the table, and fill it from what was sent so far."""
    made = op.create_table(
        "list_tickets",
        identifier("enrollment_id"),
        sa.Column("list_name", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        moment("sent_at", nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_by", sa.String(length=32), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("follow_up", sa.Boolean(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        moment("confirmed_at"),
        of_enrollment("list_tickets"),
        primary_key("list_tickets", "enrollment_id", "list_name", "number"),
    )
    connection = op.get_bind()
    for list_name, (step, table, columns) in _LISTS.items():
        for row in connection.execute(_sent_steps(step)).all():
            listed = connection.execute(_entries(table, columns), {"of_id": row.enrollment_id}).all()
            lines = [list(line) for line in listed]
            if row.text is not None:
                lines = _lines_sent(row.text, lines, len(columns))
            if lines:
                values = {"enrollment_id": row.enrollment_id, "list_name": list_name, "number": 1, "ticket": row.ticket}
                values |= {"sent_at": row.acted_at or row.finished_at or row.since, "sent_on": row.acted_on}
                values |= {"sent_by": row.acted_by, "follow_up": False, "added": lines, "removed": []}
                values["confirmed_at"] = row.finished_at if row.state == "done" else None
                connection.execute(sa.insert(made).values(**values))


def _sent_steps(step: str) -> sa.Select[Any]:
    """The steps whose ticket went out, with its number and its text as far as that was kept."""
    steps = sa.table(
        "steps",
        *(sa.column(name) for name in ("enrollment_id", "key", "state", "acted_by")),
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("since", "acted_at", "finished_at")),
        sa.column("acted_on", sa.Date()),
    )
    values = sa.table("step_values", *(sa.column(name) for name in ("enrollment_id", "step", "key", "value")))
    events = sa.table("events", *(sa.column(name) for name in ("enrollment_id", "number", "step")))
    kept = sa.table("sent_tickets", *(sa.column(name) for name in ("enrollment_id", "number", "text")))
    number = sa.select(values.c.value).where(
        values.c.enrollment_id == steps.c.enrollment_id, values.c.step == step, values.c.key == "ticket_number"
    )
    same = sa.and_(events.c.enrollment_id == kept.c.enrollment_id, events.c.number == kept.c.number)
    text = (
        sa.select(kept.c.text)
        .select_from(kept.join(events, same))
        .where(kept.c.enrollment_id == steps.c.enrollment_id, events.c.step == step)
        .order_by(kept.c.number.desc())
        .limit(1)
    )
    went_out = sa.or_(steps.c.state == "done", steps.c.state == "waiting", steps.c.acted_at.is_not(None))
    return sa.select(
        *steps.c,
        number.correlate(steps).scalar_subquery().label("ticket"),
        text.correlate(steps).scalar_subquery().label("text"),
    ).where(steps.c.key == step, went_out)


def _entries(table: str, columns: tuple[str, ...]) -> sa.Select[Any]:
    entries = sa.table(table, *(sa.column(name) for name in ("enrollment_id", "position", *columns)))
    of_it = entries.c.enrollment_id == sa.bindparam("of_id")
    return sa.select(*(entries.c[name] for name in columns)).where(of_it).order_by(entries.c.position)


def _lines_sent(text: str, listed: list[list[str]], count: int) -> list[list[str]]:
    """The lines of the list that are in the ticket's text, and those of the text that have left the list since."""
    written = text.splitlines()
    there = set(written)
    found = [line for line in listed if " : ".join(line) in there]
    known = {" : ".join(line) for line in found}
    body = written[written.index("") + 1 :] if "" in written else []
    for each in body:
        cells = each.split(" : ")
        if len(cells) == count and each not in known and not each.startswith("Subject: "):
            found.append(cells)
            known.add(each)
    return found
