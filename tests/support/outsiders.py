"""People who are no full members: guests and a partner; and an app, somebody who left, somebody nobody knows."""

from __future__ import annotations

from bot.localslack import Person, SeedPerson
from tests.support.bot_world import World

GUEST = SeedPerson("gus", "Gus Guest", is_restricted=True)
SINGLE = SeedPerson("sia", "Sia Single", is_ultra_restricted=True)
PARTNER = SeedPerson("pat", "Pat Partner", team_id="T0PARTNER1")
APP = SeedPerson("helper", "Helper App", is_bot=True)
GONE = SeedPerson("gone", "Gone Person", deleted=True)
OUTSIDERS = (GUEST, SINGLE, PARTNER)
NOBODY = "U0NOBODY01"


def add(world: World, seed: SeedPerson, *channels: str) -> Person:
    """Add one of them to the workspace and to these channels."""
    return world.slack.person(world.slack.people.add(seed, *channels))
