"""The page's controls outside of Slack itself: time, faults, channels, and crashes to put away."""

from __future__ import annotations

from collections.abc import Callable

from ..core import Core
from ..local_errors import NotPossible
from ..workspace_model import Conversation, Json
from .page_state import PageState

#: The faults of the page's switch. What else the book of faults knows is for tests.
KINDS = ("ratelimited", "http_500", "drop_after")


class PageControls:
    """Carries out the page's controls on the server's loop."""

    def __init__(self, core: Core, state: PageState) -> None:
        self.core, self.state = core, state
        self._controls: dict[str, Callable[[Json], None]] = {
            "jump": lambda order: state.jump(str(order["to"])),
            "fault": self._fault,
            "late": self._late,
            "no_faults": lambda order: self._no_faults(),
            "archive": lambda order: self._archive(order, True),
            "unarchive": lambda order: self._archive(order, False),
            "remove_bot": lambda order: self._member(order, False),
            "invite_bot": lambda order: self._member(order, True),
            "dismiss_crash": lambda order: state.dismiss(int(order["number"])),
        }

    def knows(self, name: str) -> bool:
        """Whether there is such a control."""
        return name in self._controls

    def carry_out(self, name: str, order: Json) -> Json:
        """Carry out one control; a refusal is an answer, not an exception."""
        try:
            self._controls[name](order)
        except NotPossible as refusal:
            return {"refused": str(refusal)}
        self.core.workspace.changed()
        return {}

    def _fault(self, order: Json) -> None:
        kind, times = str(order["kind"]), int(order["times"])
        if kind not in KINDS or not 1 <= times <= 1000:
            raise NotPossible("Choose one of the faults in the list, and 1 to 1,000 times.")
        self.core.faults.add(str(order["method"]), kind, times=times, retry_after=order.get("retry_after"))

    def _late(self, order: Json) -> None:
        self.core.late_deliveries += int(order["times"])

    def _no_faults(self) -> None:
        self.core.faults.clear()
        self.core.late_deliveries = 0

    def _archive(self, order: Json, archived: bool) -> None:
        self._channel(order).is_archived = archived

    def _member(self, order: Json, member: bool) -> None:
        members, bot = self._channel(order).members, self.core.bot_user_id
        if member and bot not in members:
            members.append(bot)
        elif not member and bot in members:
            members.remove(bot)

    def _channel(self, order: Json) -> Conversation:
        channel = self.core.workspace.conversation(str(order["channel"]))
        if channel is None or channel.is_im:
            raise NotPossible("That channel doesn't exist.")
        return channel
