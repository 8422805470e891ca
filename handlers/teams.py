"""Reads from Slack's payloads which workspace a request is for, who makes it, and which workspace they belong to.

In a channel that is shared with another organization the two differ, and each kind of payload has them elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def team_of_app(body: Mapping[str, Any]) -> str | None:
    """The ID of the workspace through whose installation of the app a request comes; None if the payload has none.

    A form's `team` is the person's, its view tells the app's; a button's `team` is the app's.
    """
    if body.get("type") == "event_callback":
        installations = [each.get("team_id") for each in body.get("authorizations") or ()]
        return _first(*installations, body.get("context_team_id"), body.get("team_id"))
    if "command" in body:
        return _first(body.get("team_id"))
    view = body.get("view") or {}
    return _first(view.get("app_installed_team_id"), _id(body.get("team")), _of_user(body))


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


def _first(*found: object) -> str | None:
    return next((str(team) for team in found if team), None)
