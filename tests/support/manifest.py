"""The app's manifest, read once: what Slack grants a bot that was made from it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@cache
def manifest() -> dict[str, Any]:
    """The manifest as Slack would read it."""
    found = yaml.safe_load(MANIFEST.read_text())
    assert isinstance(found, dict)
    return found


def scopes() -> list[str]:
    """The bot scopes that an installed app has."""
    return list(manifest()["oauth_config"]["scopes"]["bot"])


#: What an operator adds to the manifest for steps of workflows.
STEPS = MANIFEST.parent / "docs" / "manifest-workflow-steps.yml"


@cache
def with_steps() -> dict[str, Any]:
    """The manifest with the custom steps for Workflow Builder, as docs/WORKFLOW_BUILDER.md has it put together."""
    added = yaml.safe_load(STEPS.read_text())
    whole = manifest()
    return {**whole, "settings": {**whole["settings"], **added["settings"]}, "functions": added["functions"]}
