"""Searches for enrollments: by account, by name, by channel, by a collected value."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws.preflight import Target
from bot.domain.aws_events import CONNECT
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id
from bot.domain.procedure import SPECS
from bot.repository import tables as t
from bot.repository.enrollment_reader import load_many, load_readable

#: Those that were not cancelled.
NOT_CANCELLED = t.enrollments.c.status != Status.CANCELLED.value


def live(connection: Connection, workspace: str) -> list[Enrollment]:
    """Every enrollment of the workspace that was not cancelled and that can be read."""
    return load_readable(connection, workspace, NOT_CANCELLED)[0]


def with_value(connection: Connection, workspace: str, key: str, value: str) -> list[Enrollment]:
    """The enrollments in which a shared field has that value, as far as they can be read."""
    v = t.step_values.c
    having = sa.select(v.enrollment_id).where(v.key == key, v.value == value)
    return load_readable(connection, workspace, t.enrollments.c.id.in_(having))[0]


def with_missing_steps(connection: Connection) -> list[tuple[str, int]]:
    """(workspace, ID) of the active enrollments that were stored before the procedure had all of its steps."""
    e, s = t.enrollments.c, t.steps.c
    known = sa.and_(s.enrollment_id == e.id, s.key.in_(SPECS))
    query = (
        sa.select(e.workspace, e.id)
        .select_from(t.enrollments.outerjoin(t.steps, known))
        .where(e.status == Status.ACTIVE.value)
        .group_by(e.workspace, e.id)
        .having(sa.func.count(s.key) < len(SPECS))
        .order_by(e.id)
    )
    return [(row.workspace, row.id) for row in connection.execute(query)]


def matching(connection: Connection, workspace: str, account: str, channel_id: str) -> list[Enrollment]:
    """What a person may mean by `account` in that channel.

    An account ID or an exact name is clear; else every name that begins with, then that contains the words. With
    nothing given: the channel's own, active ones before others. Cancelled enrollments are found by ID or name only.
    """
    c = t.enrollments.c
    wanted = account.strip()
    if not wanted:
        here = load_many(connection, workspace, c.channel_id == channel_id, NOT_CANCELLED)
        active = [e for e in here if e.status is Status.ACTIVE]
        return active if len(active) == 1 else here
    try:
        return _newest(load_many(connection, workspace, c.account_id == parse_account_id(wanted)))
    except InvalidInput:
        pass  # it is a name
    # Compared here: what the databases call lower case depends on how they were set up, and often is ASCII only.
    names = connection.execute(sa.select(c.id, c.account_name).where(c.workspace == workspace)).all()
    low = wanted.casefold()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        ids = [row.id for row in names if fits(row.account_name.casefold(), low)]
        if ids:
            found = load_many(connection, workspace, c.id.in_(ids))
            return [e for e in found if e.status is not Status.CANCELLED] or found
    return []


def aws_target(connection: Connection, account_id: str) -> Target:
    """What the account's last enrollment that was not cancelled, in whatever workspace, knows for a look at AWS."""
    c = t.enrollments.c
    known = sa.select(c.id, c.external_id).where(c.account_id == account_id, NOT_CANCELLED)
    row = connection.execute(known.order_by(c.id.desc()).limit(1)).first()
    if row is None:
        return Target(account_id)
    v = t.step_values.c
    rows = connection.execute(sa.select(v.key, v.value).where(v.enrollment_id == row.id, v.step == CONNECT)).all()
    values = {found.key: found.value for found in rows}
    return Target(account_id, row.external_id, values.get("role_arn"), values.get("bucket"))


def _newest(found: list[Enrollment]) -> list[Enrollment]:
    """One account's enrollments come down to the one that was not cancelled, else to the last one."""
    alive = [e for e in found if e.status is not Status.CANCELLED]
    return alive or found[-1:]
