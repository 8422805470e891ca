"""Batches whose transactions fail, as when the database is away."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.delivery.batch import Batch, Batches, Result
from tests.support.bot_world import World


class FailingBatches:
    """Batches whose transactions fail while `error` is set.

    Attributes:
        failed: how many results each failed transaction was to store. done: how many transactions have succeeded.
    """

    def __init__(
        self, real: Batches, error: BaseException | None, only_results: bool = False, times: int | None = None
    ) -> None:
        self.database, self._real = real.database, real
        self._only_results, self._times = only_results, times
        self.error = error
        self.failed: list[int] = []
        self.done = 0

    def settle_and_claim(self, workspace: str, results: Sequence[Result], room: int) -> Batch:
        """Fail, or store the results and claim messages."""
        if self.error is not None and (results or not self._only_results):
            self.failed.append(len(results))
            error = self.error
            if len(self.failed) == self._times:
                self.error = None
            raise error
        batch = self._real.settle_and_claim(workspace, results, room)
        self.done += 1
        return batch


def away() -> sa.exc.OperationalError:
    """What SQLAlchemy raises when the database goes away."""
    return sa.exc.OperationalError("UPDATE", {}, Exception("server closed the connection"))


def let_fail(
    world: World, error: BaseException, *, only_results: bool = False, times: int | None = None
) -> FailingBatches:
    """Let the transactions of the world's dispatcher fail, or only those that store results, or only some `times`."""
    failing = FailingBatches(world.app.dispatcher.batches, error, only_results, times)
    world.app.dispatcher.batches = failing  # type: ignore[assignment]  # all that the dispatcher uses
    return failing
