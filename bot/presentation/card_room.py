"""Room on a card: how many steps fit below its head, and the line that counts the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bot.domain.enrollment import Enrollment
from bot.language.spoken import ngettext, number_words
from bot.presentation import blocks
from bot.presentation.buttons import enrollment_button

T = TypeVar("T")

#: Blocks that Slack takes in a message and in a modal.
IN_MESSAGE, IN_MODAL = 50, 100


def fitting(steps: Sequence[T], others: int, room: int) -> Sequence[T]:
    """The first steps that fit: each takes two blocks, its words and its buttons.

    Args:
        others: the blocks of everything else. room: `IN_MESSAGE` or `IN_MODAL`.
    """
    if others + 2 * len(steps) <= room:
        return steps
    return steps[: (room - others - 1) // 2]


def left_out(enrollment: Enrollment, count: int) -> list[blocks.Block]:
    """How many steps do not fit, with the button that opens the whole card; nothing for none."""
    if not count:
        return []
    said = ngettext("And {count} more step. *Open* shows it.", "And {count} more steps. *Open* shows all.", count)
    words = said.format(count=number_words(count))
    return [blocks.section(words, block_id="more_steps", accessory=enrollment_button(enrollment, "open"))]
