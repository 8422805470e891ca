"""Fixtures: the bot with tickets by email, and the mail services that they go to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.bot_world import World, running
from tests.support.mail_services import ON, SENDER, SUPPORT, Moto, OddSes, aws_environment, moto, odd_ses


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[OddSes]:
    """A mail service whose faults a test sets."""
    with odd_ses() as service:
        use(monkeypatch, service.url)
        yield service


@pytest.fixture
def moto_ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    """moto's SES, in which sender and support are verified."""
    with moto() as server:
        use(monkeypatch, server.url)
        server.verify(SENDER, SUPPORT)
        yield server


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let AWS be at that address."""
    for name, value in aws_environment(url).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot with tickets by email, on SQLite."""
    with running(sqlite_url, **ON) as started:
        yield started


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The same once on SQLite and once on PostgreSQL."""
    with running(database_url, **ON) as started:
        yield started
