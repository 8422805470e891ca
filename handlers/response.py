"""`Response`: the answer of a listener: what is acknowledged, and what the person is shown after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Response:
    """The acknowledgement of a request, and the views and messages to show after it.

    Attributes:
        ack: the body of the acknowledgement: for a submitted form, a `response_action`.
        view: a modal to open. in_place: a view to show instead of the one on which the person pressed something.
        message: a message that only the person sees; with `replace_original`, in place of the one they acted on.
        refresh_home: render the person's home tab again; home_state: with another filter or page than it shows.
        refresh_card: render the card (or what there is to answer) again in the modal with this ID.
        refresh_copy: render the ephemeral copy of the card again through this response_url.
        then: work that goes on after the acknowledgement, such as reading a file; it tells the person what comes of it.
    """

    ack: dict[str, Any] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    in_place: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    replace_original: bool = False
    refresh_home: bool = False
    home_state: dict[str, Any] | None = None
    refresh_card: str | None = None
    refresh_copy: str | None = None
    then: Callable[[], None] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to show after the acknowledgement."""
        refreshes = self.refresh_home or self.refresh_card or self.refresh_copy
        return bool(self.view or self.in_place or self.message or refreshes or self.then)


def show_text(text: str) -> Response:
    """Show a text to the person alone."""
    return Response(message={"text": text})


def field_errors(errors: dict[str, str]) -> Response:
    """Keep the form open, with an error at each of these fields."""
    return Response(ack={"response_action": "errors", "errors": errors})


def replace_view(view: dict[str, Any]) -> Response:
    """Replace the form by another view."""
    return Response(ack={"response_action": "update", "view": view})
