"""The statements that load enrollments, built once, and the columns and lists that they read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table

from bot.domain.enrollment import BillingWorkflow, Customer, Pair, State, Step, SubsetAccount
from bot.domain.party_people import PartyPerson
from bot.repository import portfolio_columns
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState

#: Column of `enrollments` -> the field of an enrollment.
ENROLLMENT_COLUMNS = {
    name: name for c in t.enrollments.c if (name := c.name) not in ("id", "version", *portfolio_columns.OF_ENROLLMENT)
}
ENROLLMENT_COLUMNS["landed_at"] = "first_file_at"
ENROLLMENT_COLUMNS["procedure"] = "procedure_reference"
#: The fields of a step that are columns of the same name.
STEP = tuple(f.name for f in fields(Step) if f.name not in ("key", "reminder", "values"))
#: Enrollment field -> (table, columns, what makes an entry of them): the lists, each stored in the order given.
LISTS: dict[str, tuple[Table, tuple[str, ...], Callable[..., Any]]] = {
    "collaborators": (t.collaborators, ("user_id",), str),
    "party_people": (t.party_people, ("party", "user_id"), PartyPerson),
    "subsets": (t.subsets, ("name",), str),
    "workflows": (
        t.billing_workflows,
        ("name", "validated"),
        lambda name, validated: BillingWorkflow(name, bool(validated)),
    ),
    "pairs": (t.associations, ("subset", "workflow"), Pair),
    "customers": (t.end_customers, ("subset", "email", "spot_org_id"), Customer),
    "subset_accounts": (t.subset_accounts, ("subset", "account_id"), SubsetAccount),
    "with_users": (t.customer_users, ("spot_org_id",), str),
}

#: The part of the lists' query that holds the values of steps.
VALUES = "values"

#: How many steps of an enrollment are stored: fewer than the procedure has where it has grown.
_STEP_COUNT = (
    sa.select(sa.func.count())
    .select_from(t.steps)
    .where(t.steps.c.enrollment_id == t.enrollments.c.id)
    .correlate(t.enrollments)
    .scalar_subquery()
    .label("step_count")
)
#: How many tickets have carried its lists: most have none, and they are not read.
_TICKET_COUNT = (
    sa.select(sa.func.count())
    .select_from(t.list_tickets)
    .where(t.list_tickets.c.enrollment_id == t.enrollments.c.id)
    .correlate(t.enrollments)
    .scalar_subquery()
    .label("ticket_count")
)
STORED_STEPS = sa.select(t.steps.c.key).where(t.steps.c.enrollment_id == sa.bindparam("of_id"))

#: The condition for the rows of a table that are wanted.
Wanted = Callable[[sa.FromClause], sa.ColumnElement[bool]]

#: The row of a step's last planned reminder: its latest number, neither sent nor dropped. A step that is over has none:
#: its last one may be on its way. Without `in_`, which is rendered anew each time.
_REMINDER = sa.and_(
    sa.or_(t.steps.c.state == State.OPEN.value, t.steps.c.state == State.WAITING.value),
    t.outbox.c.workspace == sa.bindparam("workspace"),
    t.outbox.c.key
    == sa.literal("reminder:")
    .concat(sa.cast(t.steps.c.enrollment_id, sa.Text))
    .concat(":")
    .concat(t.steps.c.key)
    .concat(":")
    .concat(sa.cast(t.steps.c.reminders, sa.Text)),
    sa.or_(*(t.outbox.c.state == state.value for state in (RowState.OWED, RowState.MERGED, RowState.FAILED))),
)


def _steps_query(wanted: Wanted) -> sa.Select[Any]:
    c = t.steps.c
    touched = [c[name].is_not(None) for name in STEP if c[name].nullable]
    return (
        sa.select(c.enrollment_id, c.key, *(c[name] for name in STEP), t.outbox.c.payload, t.outbox.c.owed_at)
        .select_from(t.steps.outerjoin(t.outbox, _REMINDER))
        .where(wanted(t.steps), sa.or_(c.state != State.LOCKED.value, c.reminders != 0, *touched))
    )


def _lists_query(wanted: Wanted, *, first_entries: bool = False) -> sa.Select[Any]:
    parts = [_list_query(name, table, columns) for name, (table, columns, _) in LISTS.items()]
    if first_entries:  # a page of twenty enrollments may have 12,000 entries, and needs to know who may see them
        parts = [
            part if name in ("collaborators", "party_people") else part.where(part.selected_columns.position == 0)
            for name, part in zip(LISTS, parts, strict=True)
        ]
    v = t.step_values.c
    kind, position = sa.literal(VALUES).label("list"), sa.literal(0).label("position")
    parts.append(sa.select(kind, v.enrollment_id, position, v.step, v.key, v.value))
    lists = sa.union_all(*parts).subquery("lists")
    return sa.select(lists).where(wanted(lists)).order_by(lists.c.list, lists.c.enrollment_id, lists.c.position)


def _as_text(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    if isinstance(column.type, sa.Boolean):
        return sa.case((column, "yes"), else_="")
    return sa.cast(column, sa.Text)


def _list_query(name: str, table: Table, columns: Sequence[str]) -> sa.Select[Any]:
    """The rows of one list, in the shape that all lists share."""
    values = [_as_text(table.c[column]) for column in columns] + [sa.cast(sa.null(), sa.Text)] * (3 - len(columns))
    named = [value.label(label) for value, label in zip(values, ("first", "second", "third"), strict=True)]
    return sa.select(sa.literal(name).label("list"), table.c.enrollment_id, table.c.position, *named)


# Built once: an enrollment is loaded with every request, and building a statement takes longer than carrying it out.
_e = t.enrollments.c
_BY_ID = _e.id.in_(sa.bindparam("ids", expanding=True))
_HEAD = (*(_e[column] for column in ("id", "version", *ENROLLMENT_COLUMNS)), _STEP_COUNT, _TICKET_COUNT)
HEADS = sa.select(*_HEAD).where(_e.workspace == sa.bindparam("workspace"))
HEAD_OF = HEADS.where(_e.id == sa.bindparam("of_id"))
LOCK_HEAD = HEAD_OF.with_for_update(of=t.enrollments)
HEADS_OF = HEADS.where(_BY_ID)
VERSIONS = sa.select(_e.id, _e.version).where(_BY_ID)
LOCK_VERSIONS = VERSIONS.order_by(_e.id).with_for_update(skip_locked=True)
OF_ONE, OF_SEVERAL = (
    (_steps_query(wanted), _lists_query(wanted), _lists_query(wanted, first_entries=True))
    for wanted in (
        lambda table: table.c.enrollment_id == sa.bindparam("of_id"),
        # Rendered anew for every number of them, which takes as long again.
        lambda table: table.c.enrollment_id.in_(sa.bindparam("ids", expanding=True)),
    )
)
