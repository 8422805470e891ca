"""The whole state as JSON-ready data, and as text for a failed test."""

from __future__ import annotations

import copy
from dataclasses import asdict

from .core import Core
from .transcript import transcript
from .workspace_model import Json


def snapshot(core: Core) -> Json:
    """Everything that is in the workspace; the contents of files are left out."""
    workspace = core.workspace
    return {
        "version": workspace.version,
        "now": workspace.now().isoformat(),
        "team": {"id": workspace.team_id, "name": workspace.team_name, "domain": workspace.team_domain},
        "users": [asdict(user) for user in workspace.users.values()],
        "groups": [asdict(group) for group in workspace.groups.values()],
        "conversations": [asdict(conversation) for conversation in workspace.conversations.values()],
        "messages": {
            channel: [asdict(message) for message in messages.values()]
            for channel, messages in workspace.messages.items()
        },
        "ephemerals": [asdict(message) for message in workspace.ephemerals],
        "views": {view_id: asdict(view) for view_id, view in workspace.views.items()},
        "stacks": copy.deepcopy(workspace.stacks),
        "homes": dict(workspace.homes),
        "files": [asdict(file) | {"content": None} for file in workspace.files.values()],
    }


def dump(core: Core) -> str:
    """All that was said, and the last calls and deliveries."""
    workspace, recorder = core.workspace, core.recorder
    spoken_in = [c.id for c in workspace.conversations.values() if workspace.messages.get(c.id)]
    lines = [transcript(core, channel_id) for channel_id in spoken_in]
    lines += [f"only for {m.only_for}: {m.text}" for m in workspace.ephemerals[-10:]]
    lines += [f"call {c.method}: {c.response.get('error') or c.status}" for c in recorder.calls[-20:]]
    lines += [f"delivery {d.kind}: {d.error or d.status}" for d in recorder.deliveries[-10:]]
    return "\n".join(lines) or "(nothing)"
