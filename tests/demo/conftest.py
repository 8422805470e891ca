"""Fixtures: a clock that stands still."""

from __future__ import annotations

import pytest

from bot.localslack import TimeMachine
from tests.localslack.conftest import START


@pytest.fixture
def clock() -> TimeMachine:
    """A clock that stands still until a test moves it."""
    return TimeMachine(frozen_at=START)
