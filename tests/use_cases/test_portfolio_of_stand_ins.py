"""A stand-in finds the enrollments of those who are away, in lists and look-ups, as long as they are away."""

from bot.domain.access import Actor
from bot.domain.portfolio import PortfolioQuery, Segment
from bot.use_cases import Portfolios
from tests.domain.building import OWNER, STRANGER
from tests.support.steps import StepKey
from tests.use_cases.asking import ADMIN, Desk

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


def test_an_overview_has_what_a_stand_in_acts_for(desk: Desk) -> None:
    """Their own list and that of the absent owner; a look at somebody else's list has that one's alone."""
    desk.opened(StepKey.CREATE_SUBSETS)
    stand_in = Actor(STRANGER, stands_in_for=frozenset({OWNER}))
    use = desk.bot.seen_by(stand_in)

    found = {
        of: [each.account_name for each in use.overview(WORKSPACE, of=of).enrollments]
        for of in (STRANGER, OWNER, ADMIN)
    }

    assert {STRANGER: ["Acme"], OWNER: ["Acme"], ADMIN: []} == found
    assert [] == desk.bot.seen_by(Actor(STRANGER)).overview(WORKSPACE, of=STRANGER).enrollments
