"""Reads from Slack's payloads which workspace a request is for, who makes it, and which workspace they belong to.

In a channel that is shared with another organization the two differ, and each kind of payload has them elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack import view_marks

#: Where `SeveralWorkspaces` notes the workspace of a message that was pressed, in the body of the request.
ROUTED = "eco_workspace"


def team_of_app(body: Mapping[str, Any]) -> str | None:
    """The ID of the workspace through whose installation of the app a request comes; None if the payload has none.

    A form's `team` is the person's, its view tells the app's; a button's `team` is the app's. Where a whole
    organization has installed the app, payloads name it (`E…`) or nothing in those places: then the mark of our own
    view tells, or the workspace in which the person acts.
    """
    if body.get("type") == "event_callback":
        installations = [each.get("team_id") for each in body.get("authorizations") or ()]
        return _workspace(*installations, body.get("context_team_id"), body.get("team_id"))
    if "command" in body:
        return _workspace(body.get("team_id"))
    view = body.get("view") or {}
    mark = (view_marks.team_of(view) if view else None) if is_shared(body) else None
    app, shown = view.get("app_installed_team_id"), view.get("team_id") if is_shared(body) else None
    return _workspace(body.get(ROUTED), mark, app, _id(body.get("team")), shown, _of_user(body))


def is_shared(body: Mapping[str, Any]) -> bool:
    """Whether a command or interaction comes through the installation of a whole organization."""
    return body.get("is_enterprise_install") in (True, "true")


def organization_of(body: Mapping[str, Any]) -> str | None:
    """The ID of the organization that an event is about; None if it names none."""
    inner = body.get("event") or {}
    installations = [each.get("enterprise_id") for each in body.get("authorizations") or ()]
    return _first(body.get("enterprise_id"), inner.get("enterprise_id"), *installations)


def team_of_person(body: Mapping[str, Any]) -> str | None:
    """The ID of a workspace, or Enterprise organization, of the person; None if the payload has none."""
    if body.get("type") == "event_callback":
        return _first((body.get("event") or {}).get("user_team"))
    if "command" in body:
        return _first(body.get("team_id"))
    return _first(_of_user(body), _id(body.get("team")))


def runner_of(body: Mapping[str, Any]) -> str | None:
    """The ID of whoever runs the workflow in which the app is a step; "" if nobody does, None for another request.

    Only the object counts that Slack fills in itself: into an input of IDs, builders can put any person.
    """
    event = body.get("event") or {}
    if body.get("type") != "event_callback" or event.get("type") != "function_executed":
        return None
    person = (event.get("inputs") or {}).get("person")
    return str(person.get("id") or "") if isinstance(person, Mapping) else ""


def _of_user(body: Mapping[str, Any]) -> object:
    return (body.get("user") or {}).get("team_id")


def _id(team: object) -> object:
    return team.get("id") if isinstance(team, Mapping) else team


def _workspace(*found: object) -> str | None:
    """The first ID of a workspace; else the first one, of an organization."""
    ids = [str(team) for team in found if team]
    return next((team for team in ids if not team.startswith("E")), ids[0] if ids else None)


def _first(*found: object) -> str | None:
    return next((str(team) for team in found if team), None)
