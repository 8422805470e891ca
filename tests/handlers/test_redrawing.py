"""Drawing a view again until it shows what there is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handlers.redrawing import redraw


def test_a_view_that_stays_is_sent_once() -> None:
    """The look after the drawing finds the same view."""
    sent: list[dict[str, Any]] = []

    redraw(lambda: {"shows": 1}, sent.append)

    assert sent == [{"shows": 1}]


def test_a_change_while_it_is_drawn_is_drawn_too() -> None:
    """What was stored between rendering and arriving is seen afterwards."""
    stored, sent = ["first"], list[dict[str, Any]]()

    def send(view: dict[str, Any]) -> None:
        sent.append(view)
        if len(sent) == 1:
            stored.append("second")

    redraw(lambda: {"shows": list(stored)}, send)

    assert sent == [{"shows": ["first"]}, {"shows": ["first", "second"]}]


def test_a_view_that_never_stays_is_given_up_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """A view that differs each time is drawn five times."""
    sent: list[dict[str, Any]] = []

    with caplog.at_level("INFO"):
        redraw(lambda: {"shows": len(sent)}, sent.append)

    assert len(sent) == 5
    assert "changed 5 times" in caplog.text
