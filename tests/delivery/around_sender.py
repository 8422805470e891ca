"""A sender that runs something before and after the real call, for messages that meet something on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.slack_sender import SlackSender
from bot.repository.outbox_columns import MessageKind


class Around:
    """A sender that runs `before` and `after` around the real call, for every message or those of some kinds."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        before: Callable[[OutboundMessage], object] = lambda message: None,
        after: Callable[[OutboundMessage], object] = lambda message: None,
        kinds: Sequence[str] = (),
    ) -> None:
        self._real: SlackSender = dispatcher.sender
        self._before, self._after, self._kinds = before, after, kinds
        self.sent: list[str] = []
        # Without a sender of their own, the dispatcher gives completions to the one of all other messages.
        self._completions, dispatcher.completions = dispatcher.completions, None
        dispatcher.sender = self  # type: ignore[assignment]  # all that the dispatcher calls is `send`

    def send(self, message: OutboundMessage) -> Settlement:
        """Send the message, with what happens before and after that."""
        of_interest = not self._kinds or message.row.kind.value in self._kinds
        if of_interest:
            self._before(message)
        is_completion = message.row.kind is MessageKind.COMPLETION and self._completions is not None
        settlement = self._completions(message.row) if is_completion else self._real.send(message)  # type: ignore[misc]
        if of_interest:
            self.sent.append(message.row.key)
            self._after(message)
        return settlement


def once(act: Callable[[], object]) -> Callable[[object], None]:
    """Something that is done the first time only."""
    left = [act]

    def run(_: object) -> None:
        if left:
            left.pop()()

    return run
