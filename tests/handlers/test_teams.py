"""Which workspace a payload is for, and which one its person belongs to, by the kind of payload."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handlers.teams import team_of_app, team_of_person

OURS, THEIRS, GRID = "T0OURS", "T0THEIRS", "E0GRID"

PAYLOADS: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    ("a command", {"command": "/eco", "team_id": OURS, "enterprise_id": GRID}, OURS, OURS),
    (
        "a form in a shared channel: team and enterprise are the person's",
        {"type": "view_submission", "team": {"id": THEIRS}, "enterprise": {"id": "E0THEIRS"},
         "user": {"id": "U1", "team_id": THEIRS}, "view": {"app_installed_team_id": OURS}},
        OURS, THEIRS,
    ),
    (
        "a button in a shared channel: team is the app's",
        {"type": "block_actions", "team": {"id": OURS, "enterprise_id": GRID}, "enterprise": {"id": GRID},
         "user": {"id": "U1", "team_id": THEIRS}},
        OURS, THEIRS,
    ),
    (
        "a form of another installation of the app, filled by one of us in a shared channel",
        {"type": "view_submission", "team": {"id": OURS}, "user": {"id": "U1", "team_id": OURS},
         "view": {"app_installed_team_id": THEIRS}},
        THEIRS, OURS,
    ),
    (
        "a shortcut of an organization-wide installation",
        {"type": "shortcut", "team": None, "enterprise": {"id": GRID}, "user": {"id": "U1", "team_id": OURS}},
        OURS, OURS,
    ),
    (
        "an event in a shared channel: team_id is where it came from",
        {"type": "event_callback", "team_id": THEIRS, "context_team_id": OURS,
         "authorizations": [{"team_id": OURS, "enterprise_id": GRID}], "event": {"type": "x", "user_team": THEIRS}},
        OURS, THEIRS,
    ),
    (
        "an event without authorizations",
        {"type": "event_callback", "team_id": THEIRS, "context_team_id": OURS, "event": {"type": "x"}},
        OURS, None,
    ),
    (
        "the end of the token",
        {"type": "event_callback", "team_id": OURS, "event": {"type": "tokens_revoked"}},
        OURS, None,
    ),
    ("a payload without any team", {"type": "shortcut", "user": {"id": "U1"}}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "app", "person"), [case[1:] for case in PAYLOADS], ids=[case[0] for case in PAYLOADS])
def test_teams_are_read_where_this_kind_of_payload_has_them(
    body: dict[str, Any], app: str | None, person: str | None
) -> None:
    """The app's team decides whose request it is, the person's whether they belong to us."""
    assert (app, person) == (team_of_app(body), team_of_person(body))
