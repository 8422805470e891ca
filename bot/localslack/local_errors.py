"""The exceptions of the local Slack: refusals of the bot's calls (SlackError) and of a person's (NotPossible)."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """A refused Web API call: Slack's error name and further fields of the answer."""

    def __init__(self, error: str, *, status: int = 200, retry_after: int | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def answer(self) -> dict[str, Any]:
        """The JSON body that Slack would send."""
        return {"ok": False, "error": self.error, **self.extra}


def invalid(error: str, problems: list[str]) -> SlackError:
    """A refusal with the list of faults, in both places where Slack's answers carry it."""
    return SlackError(
        error,
        errors=problems,
        response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
    )


class NotPossible(Exception):
    """Slack's own client would not let this person do that; the sentence says why."""


class Incomplete(NotPossible):
    """Slack's own client would not submit this form; `faults` has a sentence for each block_id."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults
