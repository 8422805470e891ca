"""Nothing of one workspace is seen or changed from another: every listener, API route and command is tried.

Both workspaces have the same people, and whoever tries is an admin in their own. With tokens of their own they have
channels with the same IDs, too: only the team ID of the request tells that the enrollment is none of theirs. In an
organization they share the token.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace

import pytest
from slack_bolt import BoltContext

from bot.delivery import outbox
from bot.domain.errors import DomainError
from bot.handlers.request import Request
from bot.handlers.router import Router
from bot.handlers.services import Services
from bot.slack.file_download import SIGN_IN
from bot.slack.slack_errors import SlackFault
from tests.handlers.test_listener_rules import DRAWN_LATER, RULES, Rule, registered
from tests.installation.apart import ACCOUNT, MAIL, fill, leaks, of_acme
from tests.installation.isolation_cases import CASES, KINDS, Place, body_of
from tests.support.grid_workspaces import GRID, running_grid
from tests.support.listener_requests import About
from tests.support.two_workspaces import ACME, NORTH, Several, running_several
from tests.support.workflow_runs import install_steps


def place(several: Several) -> Place:
    """What a request of Northwind names of Acme's."""
    acme, north = several.world(ACME), several.world(NORTH)
    with several.app.database.read() as connection:
        digest = outbox.by_key(connection, ACME, "digest:test").id
    about = About(acme.enrollment().id, digest, acme.channel.id, north.chi.id)
    return Place(about, acme.card().ts)


@pytest.fixture(scope="module")
def of_shared(shared: Several) -> Place:
    """What a request names of Acme's in the process that these tests share: none of them may change it."""
    return place(shared)


#: Whoever may use these, the enrollment must be one of their workspace.
ABOUT_ONE = (Rule.SEES, Rule.CHANGES, Rule.OWNS, Rule.ADMINS, Rule.UPLOADED)
#: The first says that all is answered; the others name people, and no enrollment.
NAME_NONE = {"reminders.answer", "handover.others", "handover.from"}
#: Refusals of these are owed in the outbox, and shortcuts and commands look for an enrollment instead.
NOT_RAISED = {"function", "command", "shortcut"}


def test_every_registered_listener_is_tried() -> None:
    """A new listener has its cases here by itself; a new kind of listener, such as for options, needs them made."""
    found = {(kind, name) for kind, names in registered().listeners.items() for name in names}

    assert found == {(kind, name) for kind, name, _ in CASES}
    taking = {
        name
        for name, method in inspect.getmembers(Router, inspect.isfunction)
        if not name.startswith("_") and "listener" in inspect.signature(method).parameters
    }
    assert taking == KINDS == set(RULES)


@pytest.mark.parametrize(("kind", "name", "variant"), CASES)
def test_no_listener_shows_or_changes_what_is_of_another_workspace(
    shared: Several, of_shared: Place, kind: str, name: str, variant: str
) -> None:
    """Called by itself, with every answer that it would give: a refusal, or nothing of the other workspace."""
    north = shared.world(NORTH)
    app = north.app
    services = Services(app.enrollments, app.workspace, app.aws_checks, app.portfolios, app.ticket_emails)
    services = replace(services, plans=app.calendar.args[0].plans, bulk_starts=app.bulk_starts, workflow_steps=True)
    body = body_of(kind, name, variant, of_shared.at(kind, variant))
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

    # What a person typed is told back to them.
    typed = str(body.get("text") or "") + ("9876-5123-4567" if ACCOUNT in str(body.get("text")) else "")
    assert [] == [secret for secret in leaks(said) if secret not in typed]
    assert before == of_acme(shared.app.database)
    if RULES[kind][name] in ABOUT_ONE and name not in DRAWN_LATER | NAME_NONE and kind not in NOT_RAISED:
        assert refused, f"{name} takes an ID, and found something: {said}"


@contextmanager
def both(database_url: str, organization: str) -> Iterator[Several]:
    """Both workspaces, with tokens of their own or with that of their organization."""
    env = MAIL | {"ECO_WORKFLOW_STEPS": "yes"}
    running = running_grid(database_url, ACME, NORTH, **env) if organization else running_several(database_url, **env)
    with running as several:
        for slack in several.slacks.values():
            install_steps(slack)
        yield several


@pytest.mark.parametrize("organization", ["", GRID], ids=["own tokens", "one token"])
def test_no_request_of_another_workspace_gets_or_changes_anything(database_url: str, organization: str) -> None:
    """All of them over signed HTTP, one after the other, with everything that follows the acknowledgement."""
    with both(database_url, organization) as several:
        fill(several)
        acme, north = several.world(ACME), several.world(NORTH)
        before, said_before = of_acme(several.app.database), len(acme.slack.calls)
        sender, named = north.slack._server.sender, place(several)
        for kind, name, variant in CASES:
            if name in ("tokens_revoked", "app_uninstalled") and organization:
                continue  # of an organization: see test_organization.py
            body = body_of(kind, name, variant, named.at(kind, variant), shared=organization)
            kinds = {"command": "slash_commands", "function": "event_callback", "event": "event_callback"}
            assert north.slack._loop.run(sender.deliver(kinds.get(kind, str(body.get("type"))), body)).ok
        north.ana.open_home()
        assert north.app._after_ack.stop(60)
        north.app.dispatcher.run_once()

        assert before == of_acme(several.app.database)
        # What a person typed is told back to them; nothing else of it is known.
        calls = [call.args for call in (*north.slack.calls, *acme.slack.calls[said_before:])]
        answers = [delivery.response for delivery in north.slack.deliveries]
        assert [] == [
            secret for secret in leaks(calls, answers) if secret not in ("Zanzibar", ACCOUNT, "9876-5123-4567")
        ]
        assert "Zanzibar (" not in json.dumps([calls, answers], default=str)
        assert [] == [message.text for message in north.channel.messages]


def test_a_file_of_another_workspace_is_not_read(shared: Several) -> None:
    """Neither what it is called, nor what stands in it, also by whoever knows its ID and address."""
    acme, north = shared.world(ACME), shared.world(NORTH)
    acme.ana.post("eco-rollout", "Our list", files=[("zanzibar.csv", b"name\nZanzibar\n")])
    mine, theirs = acme.app.workspace.gateway, north.app.workspace.gateway
    [file] = [each for each in acme.slack.core.workspace.files if each not in north.slack.core.workspace.files]
    url = mine.file(file)["url_private_download"]
    assert b"Zanzibar" in mine.download(url, 1000)

    with pytest.raises(SlackFault, match="file_not_found"):
        theirs.file(file)
    with pytest.raises(SlackFault, match=SIGN_IN):
        theirs.download(url, 1000)
