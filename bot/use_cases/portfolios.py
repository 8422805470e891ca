"""Lists of enrollments: pages and counts of what somebody may see, and the numbers of the hub."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.delivery import outbox
from bot.domain.access import Actor
from bot.domain.enrollment import Enrollment
from bot.domain.portfolio import Portfolio, PortfolioQuery, Segment
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.repository import enrollment_reader, party_steps, portfolio_figures, portfolio_pages, sight
from bot.repository.database import Database
from bot.repository.portfolio_figures import Figures
from bot.repository.sight import Sight

#: How many rows a page has.
PAGE = 10


@dataclass(frozen=True, slots=True)
class PartySteps:
    """Steps that somebody does for a party: the first ones, each with its enrollment, and how many there are."""

    shown: tuple[tuple[Enrollment, StepKey], ...] = ()
    total: int = 0


class Portfolios:
    """Lists of enrollments; nothing loads more than a page. Slack is asked before the transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(self, workspace: str, query: PortfolioQuery, viewer: Actor, size: int = PAGE) -> Portfolio:
        """A page of what somebody may see; a page beyond the last one is the last one."""
        seen, now = self._sight(workspace, viewer), self._clock.now()
        with self._database.read() as connection:
            counts = portfolio_pages.counts(connection, seen, query, now)
            found = counts[query.segment]
            pages = max(1, -(-found // size))
            query = replace(query, page=max(1, min(query.page, pages)))
            rows = portfolio_pages.page(connection, seen, query, now, counts, size) if found else []
            cards = outbox.cards_of(connection, workspace, [row.id for row in rows])
        shown = tuple(replace(row, card=cards.get(row.id)) for row in rows)
        return Portfolio(shown, query.page, pages, found, counts)

    def counts(self, workspace: str, viewer: Actor, query: PortfolioQuery | None = None) -> dict[Segment, int]:
        """How many enrollments each segment has under the other filters of a query."""
        seen, now = self._sight(workspace, viewer), self._clock.now()
        with self._database.read() as connection:
            return portfolio_pages.counts(connection, seen, query or PortfolioQuery(), now)

    def hub(self, workspace: str, viewer: Actor) -> tuple[int, int]:
        """How many enrollments somebody owns or collaborates on, and how many they may see that are not cancelled."""
        seen = self._sight(workspace, viewer)
        with self._database.read() as connection:
            return portfolio_pages.hub(connection, seen)

    def steps_of_parties(self, workspace: str, viewer: Actor) -> PartySteps:
        """The steps under way that somebody does for a party, in enrollments that are not their own."""
        with self._database.read() as connection:
            users, now = sorted(viewer.acting_for), self._clock.now()
            found, total = party_steps.under_way(connection, workspace, users, now, PAGE)
            loaded = enrollment_reader.load_each(connection, workspace, sorted({number for number, _ in found}))
        readable = ((loaded.get(number), key) for number, key in found)
        return PartySteps(tuple((each, key) for each, key in readable if isinstance(each, Enrollment)), total)

    def figures(self, workspace: str) -> Figures:
        """Figures over all enrollments, for operators."""
        with self._database.read() as connection:
            return portfolio_figures.figures(connection, workspace, self._clock.now())

    def _sight(self, workspace: str, viewer: Actor) -> Sight:
        """What somebody may see: Slack is asked once for each channel that has enrollments."""
        users = sorted(viewer.acting_for)
        if viewer.is_admin:
            return Sight(workspace, users, None)
        with self._database.read() as connection:
            channels = sight.channels(connection, workspace)
        return Sight(workspace, users, [channel for channel in channels if viewer.sees_channel(channel)])
