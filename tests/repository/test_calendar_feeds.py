"""The dated steps of a feed are found by indexes, and no more of them than a calendar takes."""

from bot.domain import transitions
from bot.domain.calendar_entries import entries
from bot.repository import calendar_feeds
from bot.repository.database import Database
from tests.domain.building import COLLECTED, MATE, NOW, ORG, OWNER, POLICY
from tests.repository.keeping import keep, start
from tests.repository.statements import recorded
from tests.repository.test_plans import is_scan, plan
from tests.support.steps import StepKey

CONNECT = StepKey.CONNECT_ACCOUNT


def waiting(database: Database, number: int, **fields: object) -> None:
    """Start an enrollment and let it wait for its data."""
    started = start(database, account_id=f"{number:012}", spot_org_id=ORG, **fields)
    change = transitions.complete_act(started, CONNECT, OWNER, NOW, POLICY, COLLECTED.get(CONNECT, {}))
    keep(database, started, change)


def test_a_feed_reads_what_is_active_and_no_table_as_a_whole(database: Database) -> None:
    """Of everybody, or of one person: owner, collaborator, or somebody to whom a step is assigned."""
    waiting(database, 1, account_name="Ours")
    waiting(database, 2, account_name="Theirs", owner="U0OTHER", collaborators=())
    with recorded(database, "SELECT") as sent, database.read() as connection:
        seen = {who: calendar_feeds.dated_steps(connection, "T0ECO", who) for who in (None, OWNER, MATE, "U0OTHER")}
        own = [calendar_feeds.has_own(connection, "T0ECO", who) for who in (MATE, "U0NOBODY")]

    names = {who: sorted(step.dated.account_name for step in steps) for who, steps in seen.items()}
    assert {None: ["Ours", "Theirs"], OWNER: ["Ours"], MATE: ["Ours"], "U0OTHER": ["Theirs"]} == names
    assert [True, False] == own
    assert 2 == len(entries(step.dated for step in seen[None]))
    if database.is_sqlite:
        assert [] == [found for found in (plan(database, *one) for one in sent) if is_scan(found)]
