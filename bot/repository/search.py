"""Search for enrollments by account ID, account name, channel or collected value."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws.preflight import Target
from bot.domain.aws_events import CONNECT
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id
from bot.domain.procedure import SPECS
from bot.domain.step_spec import StepKey
from bot.repository import tables as t
from bot.repository.enrollment_reader import load_many, load_readable
from bot.repository.outbox_columns import MessageKind

#: The condition for enrollments that are active or completed.
NOT_CANCELLED = t.enrollments.c.status != Status.CANCELLED.value


def live(connection: Connection, workspace: str) -> list[Enrollment]:
    """Every readable enrollment of a workspace that is not cancelled."""
    return load_readable(connection, workspace, NOT_CANCELLED)[0]


def with_value(connection: Connection, workspace: str, key: str, value: str) -> list[Enrollment]:
    """The enrollments in which a shared field has that value, as far as they can be read."""
    v = t.step_values.c
    having = sa.select(v.enrollment_id).where(v.key == key, v.value == value)
    return load_readable(connection, workspace, t.enrollments.c.id.in_(having))[0]


def of_round(connection: Connection, workspace: str, row_id: int) -> list[tuple[Enrollment, frozenset[StepKey]]]:
    """The readable active enrollments that a round or a direct message names, each with its steps.

    For a digest, all of its channel.
    """
    o, e = t.outbox.c, t.enrollments.c
    message = sa.select(o.kind, o.channel, o.payload).where(o.workspace == workspace, o.id == row_id)
    row = connection.execute(message).first()
    if row is None:
        return []
    active = e.status == Status.ACTIVE.value
    if row.kind == MessageKind.DIGEST.value:
        found = load_readable(connection, workspace, e.channel_id == row.channel, active)[0]
        return [(enrollment, frozenset(SPECS)) for enrollment in found]
    named: dict[int, set[StepKey]] = {}
    for number, key, *_ in row.payload.get("items", ()) if row.kind == MessageKind.DIRECT.value else ():
        named.setdefault(number, set()).add(key)
    merged = sa.select(o.enrollment_id, o.payload).where(o.workspace == workspace, o.merged_into == row_id)
    for one in connection.execute(merged).all():
        named.setdefault(one.enrollment_id, set()).add(one.payload["step"])
    found = load_readable(connection, workspace, e.id.in_(named), active)[0]
    return [(enrollment, frozenset(named[enrollment.id])) for enrollment in found]


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


def candidates(connection: Connection, workspace: str, account: str, channel_id: str) -> list[Enrollment]:
    """All enrollments that somebody may mean by `account` in a channel; `best_matches` chooses among them."""
    c = t.enrollments.c
    wanted = account.strip()
    if not wanted:
        return load_many(connection, workspace, c.channel_id == channel_id, NOT_CANCELLED)
    if (account_id := _account_id(wanted)) is not None:
        return load_many(connection, workspace, c.account_id == account_id)
    # Compared in Python: LOWER() depends on the database's locale, and often knows only ASCII.
    names = connection.execute(sa.select(c.id, c.account_name).where(c.workspace == workspace)).all()
    ids = [row.id for row in names if wanted.casefold() in row.account_name.casefold()]
    return load_many(connection, workspace, c.id.in_(ids)) if ids else []


def best_matches(found: list[Enrollment], account: str) -> list[Enrollment]:
    """The enrollments that somebody means by `account`, of those found.

    `account` is an account ID, or a name: an equal one, else those that begin with it, else those that contain it.
    If it is empty: the channel's only active enrollment, else all of the channel's. A cancelled enrollment is found
    by ID or name if no other one matches.
    """
    wanted = account.strip()
    if not wanted:
        active = [e for e in found if e.status is Status.ACTIVE]
        return active if len(active) == 1 else found
    if _account_id(wanted) is not None:
        return _not_cancelled(found) or found[-1:]
    for fits in (str.__eq__, str.startswith, str.__contains__):
        fitting = [e for e in found if fits(e.account_name.casefold(), wanted.casefold())]
        if fitting:
            return _not_cancelled(fitting) or fitting
    return []


def last_starts(connection: Connection, workspace: str, user: str, count: int) -> list[datetime]:
    """When a person started their last `count` enrollments, the newest first."""
    c = t.enrollments.c
    query = sa.select(c.started_at).where(c.workspace == workspace, c.started_by == user)
    return list(connection.execute(query.order_by(c.started_at.desc()).limit(count)).scalars())


def _account_id(wanted: str) -> str | None:
    try:
        return parse_account_id(wanted)
    except InvalidInput:
        return None


def _not_cancelled(enrollments: list[Enrollment]) -> list[Enrollment]:
    return [e for e in enrollments if e.status is not Status.CANCELLED]


def aws_target(connection: Connection, account_id: str) -> Target:
    """The target of an AWS check, from the account's newest enrollment that is not cancelled, in any workspace."""
    c = t.enrollments.c
    known = sa.select(c.id, c.external_id).where(c.account_id == account_id, NOT_CANCELLED)
    row = connection.execute(known.order_by(c.id.desc()).limit(1)).first()
    if row is None:
        return Target(account_id)
    v = t.step_values.c
    rows = connection.execute(sa.select(v.key, v.value).where(v.enrollment_id == row.id, v.step == CONNECT)).all()
    values = {found.key: found.value for found in rows}
    return Target(account_id, row.external_id, values.get("role_arn"), values.get("bucket"))
