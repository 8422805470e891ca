"""The arguments of a Web API call, decoded from a query, a form or JSON, and read by type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .local_errors import SlackError
from .workspace_model import Json

#: Arguments that carry JSON inside a form.
JSON_ARGUMENTS = frozenset({"blocks", "view", "metadata", "attachments", "files", "outputs"})


class Arguments:
    """Decoded arguments; a fault in one is Slack's answer."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: Json = {name: decode(name, value) for name, value in values.items()}

    def text(self, name: str) -> str:
        """A text; empty when it is missing."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A text that must be there."""
        value = self.text(name)
        if value:
            return value
        if error == "invalid_arguments":
            raise SlackError(
                error,
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        raise SlackError(error)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, in any of the ways clients write one."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return value in (True, 1) or str(value).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments") from None

    def items(self, name: str, error: str) -> list[Json] | None:
        """A list of objects (blocks, files); None when it is missing."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise SlackError(error)
        return value

    def object(self, name: str, error: str) -> Json | None:
        """One object (a view, metadata); None when it is missing."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise SlackError(error)
        return value


def decode(name: str, value: Any) -> Any:
    """Parse JSON inside a form value; invalid JSON is left as it is, and refused where it is used."""
    if name in JSON_ARGUMENTS and isinstance(value, str) and value:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value
