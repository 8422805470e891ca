"""Slack's rate limit on posting: about one message a second in a channel, with a small burst."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 5.0
BURST = 6


@dataclass
class Pace:
    """Counts posts by channel, by the workspace's clock."""

    posts: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admit(self, channel: str, now: float) -> bool:
        """Whether one more message may be posted now; counts it if so."""
        recent = self.posts[channel]
        # A clock that was moved back would leave posts in the future, which must not block for days.
        while recent and not 0 <= now - recent[0] < WINDOW_SECONDS:
            recent.popleft()
        if len(recent) >= BURST:
            return False
        recent.append(now)
        return True
