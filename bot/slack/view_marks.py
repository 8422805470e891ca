"""Marks a view with its workspace, where several workspaces share the token of their organization.

What Slack tells of a press in a view is the organization then, and a workspace of the person, who may have several.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NAME = "team"


def mark(view: Mapping[str, Any], team: str) -> dict[str, Any]:
    """A copy of a view that says which workspace it is of."""
    metadata = {**json.loads(view.get("private_metadata") or "{}"), _NAME: team}
    return {**view, "private_metadata": json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)}


def team_of(view: Mapping[str, Any]) -> str | None:
    """The workspace with which a view was marked; None for another one."""
    try:
        metadata = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return None
    return str(metadata[_NAME]) if isinstance(metadata, dict) and metadata.get(_NAME) else None
