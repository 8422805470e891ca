"""What people chose about their reminders, as delivery reads it: for all people of some enrollments at once."""

from bot.domain.contacts import Preference, Reminding
from bot.repository import people_settings
from bot.repository.database import Database
from tests.repository.keeping import start


def test_what_people_chose_is_read_for_some_enrollments_at_once(database: Database) -> None:
    """How they want to be reminded, and which of these enrollments they muted; who chose nothing is left out."""
    first, second = (start(database, account_id=account).id for account in ("000000000001", "000000000002"))
    with database.write() as connection:
        people_settings.save_reminding(connection, "T0ECO", "U0DIRECT", Reminding.DIRECT)
        people_settings.save_reminding(connection, "T0OTHER", "U0ELSEWHERE", Reminding.DAILY)
        people_settings.mute(connection, "U0DIRECT", {first, second}, ())
        people_settings.mute(connection, "U0MATE", {first}, ())
        people_settings.mute(connection, "U0OTHERS", {second}, ())

    with database.read() as connection:
        chosen = people_settings.preferences(connection, "T0ECO", [first])
        of_none = people_settings.preferences(connection, "T0ECO", [])

    muted = frozenset({first})
    assert {
        "U0DIRECT": Preference(Reminding.DIRECT, muted),
        "U0MATE": Preference(Reminding.CHANNEL, muted),
    } == chosen
    assert {"U0DIRECT": Preference(Reminding.DIRECT)} == of_none
