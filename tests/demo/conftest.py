"""Fixtures: a clock that stands still until a test moves it."""

from tests.localslack.conftest import clock

__all__ = ["clock"]
