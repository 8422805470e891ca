"""What one workspace records and another must not see, for the tests of isolation."""

from __future__ import annotations

import json
from typing import Any

from bot.delivery import outbox
from bot.domain.access import Actor
from bot.domain.bulk_progress import Preview
from bot.repository import bulk_rows, calendar_feeds, language_choices
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import Caller
from tests.repository.keeping import rows
from tests.support.steps import StepKey
from tests.support.two_workspaces import ACME, NORTH, Several
from tests.support.walkthrough import add_line, reach

#: Words that stand in the enrollment of Acme alone; nothing that Northwind gets may have one of them.
ACCOUNT, ORG = "987651234567", "700000009999"
SECRETS = ("Zanzibar", "zanzibar", ACCOUNT, "9876-5123-4567", ORG)
MAIL = {"ECO_SUPPORT_EMAIL": "help@spot.example", "ECO_TICKET_FROM": "us@own.example"}


def fill(several: Several) -> None:
    """Let Acme record what Northwind must not see."""
    acme = several.world(ACME)
    reach(
        acme,
        StepKey.ASSOCIATE_CUSTOMERS,
        account_id=ACCOUNT,
        spot_org_id=ORG,
        account_name="Zanzibar",
        collaborators=["ben"],
    )
    add_line(acme, acme.ana, StepKey.ASSOCIATE_CUSTOMERS)
    caller = Caller(ACME, Actor(acme.ana.id, is_admin=True))
    acme.app.enrollments.complete_act(caller, acme.enrollment().id, StepKey.FULL_ECO, {})
    far = acme.clock.now().replace(year=2036)
    with several.app.database.write() as connection:
        outbox.owe(connection, ACME, "digest:test", MessageKind.DIGEST, acme.channel.id, far)
        calendar_feeds.put(connection, ACME, acme.ana.id, "f" * 43, acme.clock.now())
        language_choices.save(connection, ACME, acme.channel.id, "en", acme.ana.id, acme.clock.now())
        bulk_rows.add(connection, ACME, acme.chi.id, "zanzibar.csv", [], Preview(), acme.clock.now())
    acme.deliver()


def of_acme(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row that is not of Northwind alone: what no request of Northwind may change."""
    found = {}
    for table in t.metadata.sorted_tables:
        everything = rows(database, table)
        found[table.name] = [row for row in everything if row.get("workspace") != NORTH]
    return found


def leaks(*said: object) -> list[str]:
    """The words of Acme in what Northwind got."""
    text = json.dumps(said, default=str, ensure_ascii=False)
    return [secret for secret in SECRETS if secret in text]
