"""Fixtures: a process with what one workspace has recorded, for the tests of isolation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.installation.apart import MAIL, fill
from tests.support.two_workspaces import Several, running_several


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    """Acme with an enrollment that has lists, a digest, a bulk start, a feed; Northwind with nothing."""
    file = tmp_path_factory.mktemp("apart") / "eco-bot.db"
    with running_several(f"sqlite:///{file}", **MAIL) as several:
        fill(several)
        yield several
