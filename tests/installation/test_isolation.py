"""Nothing of one workspace is seen or changed from another: every listener, API route and command is tried.

Both workspaces have the same people and channels with the same IDs, and whoever tries is an admin in their own. Only
the team ID of the request tells that the enrollment is none of theirs.
"""

from __future__ import annotations

import json
from contextvars import copy_context
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import BoltContext

from bot.delivery import outbox
from bot.domain.errors import DomainError
from bot.handlers.request import Request, Services
from tests.handlers.test_listener_rules import DRAWN_LATER, RULES, Rule, registered
from tests.installation.apart import ACCOUNT, MAIL, fill, leaks, of_acme
from tests.support.bot_world import World
from tests.support.listener_requests import About, request_body
from tests.support.two_workspaces import ACME, NORTH, Several, running_several


def about(several: Several, world: World, step: str) -> About:
    """What a request of Northwind names of Acme's."""
    acme = several.world(ACME)
    with several.app.database.read() as connection:
        digest = outbox.by_key(connection, ACME, "digest:test").id
    return About(acme.enrollment().id, digest, world.channel.id, world.chi.id, step)


def of_northwind(body: dict[str, Any]) -> dict[str, Any]:
    """The same body as it comes through Northwind's installation."""
    team = {"id": NORTH, "domain": "northwind"}
    body = {**body, "team": team, "team_id": NORTH, "api_app_id": "A0ECOAPP01"}
    body["user"] = {**body["user"], "team_id": NORTH, "username": "chi", "name": "chi"}
    if "view" in body:
        body["view"] = {**body["view"], "app_installed_team_id": NORTH, "hash": "h", "id": "V1"}
    return body


#: Whoever may use these, the enrollment must be one of their workspace.
ABOUT_ONE = (Rule.SEES, Rule.CHANGES, Rule.OWNS, Rule.ADMINS, Rule.UPLOADED)
#: The first says that all is answered; the others name people, and no enrollment.
NAME_NONE = {"reminders.answer", "handover.others", "handover.from"}
LISTENERS = [
    (kind, name, step)
    for kind, rules in RULES.items()
    if kind in ("action", "submission")
    for name in rules
    for step in ("connect_account", "associate_customers")
]


@pytest.mark.parametrize(("kind", "name", "step"), LISTENERS)
def test_no_listener_shows_or_changes_what_is_of_another_workspace(
    shared: Several, kind: str, name: str, step: str
) -> None:
    """Called by itself, with every answer that it would give: a refusal, or nothing of the other workspace."""
    north = shared.world(NORTH)
    app = north.app
    services = Services(app.enrollments, app.workspace, app.aws_checks, app.portfolios, app.ticket_emails)
    services = replace(services, plans=app.calendar.args[0].plans, bulk_starts=app.bulk_starts)
    body = of_northwind(request_body(kind, name, about(shared, north, step)))
    before = of_acme(shared.app.database)

    refused = False
    try:
        listener = registered().listeners[kind][name]
        request = Request(services, body, BoltContext({"user_id": north.chi.id}))
        said: object = copy_context().run(listener, request)  # what the log is about ends with it
    except DomainError as refusal:
        said, refused = str(refusal), True
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as unfit:
        said = repr(unfit)  # the made-up form lacks something that this listener reads first

    assert [] == leaks(said)
    assert before == of_acme(shared.app.database)
    if RULES[kind][name] in ABOUT_ONE and name not in DRAWN_LATER | NAME_NONE:
        assert refused, f"{name} takes an ID, and found something: {said}"


def test_no_request_of_another_workspace_gets_or_changes_anything(database_url: str) -> None:
    """All of them over signed HTTP, one after the other, with everything that follows the acknowledgement."""
    with running_several(database_url, **MAIL) as several:
        fill(several)
        north = several.world(NORTH)
        before = of_acme(several.app.database)
        sender = north.slack._server.sender
        for kind, name, step in LISTENERS:
            body = of_northwind(request_body(kind, name, about(several, north, step)))
            if "view" in body:
                body["view"]["callback_id"] = name
            north.slack._loop.run(sender.deliver(str(body["type"]), body))
        north.ana.open_home()
        for words in ("list", "status", f"status {ACCOUNT}", "list Zanzibar", f"ticket {ACCOUNT}", "pairs Zanzibar"):
            north.chi.command("/eco", words)
        assert north.app._after_ack.stop(30)

        assert before == of_acme(several.app.database)
        # What a person typed is told back to them; nothing else of it is known.
        calls = [call.args for call in north.slack.calls]
        answers = [delivery.response for delivery in north.slack.deliveries]
        assert [] == [
            secret for secret in leaks(calls, answers) if secret not in ("Zanzibar", ACCOUNT, "9876-5123-4567")
        ]
        assert "Zanzibar (" not in json.dumps([calls, answers], default=str)
        assert [] == [message.text for message in north.channel.messages]
