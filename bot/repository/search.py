"""Finding enrollments: by account, by name, by channel, by organization."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws.preflight import Target
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id
from bot.repository import tables as t
from bot.repository.enrollment_reader import load_many, load_readable

#: Those that were not cancelled.
NOT_CANCELLED = t.enrollments.c.status != Status.CANCELLED.value


def live(connection: Connection, workspace: str) -> list[Enrollment]:
    """Every enrollment of the workspace that was not cancelled and that can be read."""
    return load_readable(connection, workspace, NOT_CANCELLED)[0]


def of_organization(connection: Connection, workspace: str, org_id: str) -> list[Enrollment]:
    """Those with that Spot organization ID, as far as they can be read."""
    return load_readable(connection, workspace, t.enrollments.c.spot_org_id == org_id)[0]


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
    known = sa.select(c.external_id, c.role_arn, c.bucket).where(c.account_id == account_id, NOT_CANCELLED)
    row = connection.execute(known.order_by(c.id.desc()).limit(1)).first()
    return Target(account_id, row.external_id, row.role_arn, row.bucket) if row else Target(account_id)


def _newest(found: list[Enrollment]) -> list[Enrollment]:
    """One account's enrollments come down to the one that was not cancelled, else to the last one."""
    alive = [e for e in found if e.status is not Status.CANCELLED]
    return alive or found[-1:]
