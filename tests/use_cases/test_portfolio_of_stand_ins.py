"""A stand-in finds the enrollments of those who are away, in lists and look-ups, as long as they are away."""

from bot.domain.access import Actor
from bot.domain.portfolio import PortfolioQuery, Segment
from bot.use_cases import Portfolios
from tests.domain.building import OWNER, STRANGER
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk

WORKSPACE = "T0ECO"


def test_a_stand_in_is_asked_what_the_absent_owner_is_asked(desk: Desk) -> None:
    """The list of what needs them has it, and so do a search by name and the numbers of the hub."""
    desk.opened(StepKey.CREATE_SUBSETS)
    lists = Portfolios(desk.database, desk.clock)
    stand_in, stranger = Actor(STRANGER, stands_in_for=frozenset({OWNER})), Actor(STRANGER)

    found = {
        viewer: (
            [row.account_name for row in lists.page(WORKSPACE, PortfolioQuery(segment=Segment.NEEDS_ME), viewer).rows],
            desk.bot.seen_by(viewer).matching(WORKSPACE, "acme", "C0NOWHERE").total,
            lists.hub(WORKSPACE, viewer),
        )
        for viewer in (stand_in, stranger)
    }

    assert (["Acme"], 1, (1, 1)) == found[stand_in]
    assert ([], 0, (0, 0)) == found[stranger]
