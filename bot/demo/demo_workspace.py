"""The demo's workspace: five people, their channels, and the app of manifest.yml."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from bot.localslack import LocalSlack, SeedChannel, SeedGroup, SeedPerson, WorkspaceSeed
from bot.localslack.time_machine import Clock
from bot.shipped_files import shipped_file

#: The channel in which `demo_enrollments.py` shows enrollments at every stage.
PORTFOLIO = "eco-portfolio"

#: Ana and Ben run enrollments, Chi is an admin, Dev takes no part, Eve works while the others sleep.
ECO_WORKSPACE = WorkspaceSeed(
    team_id="T0ECODEMO1",
    team_name="Eco Demo",
    team_domain="eco-demo",
    people=(
        SeedPerson("ana", "Ana Lima", "America/Sao_Paulo", note="FinOps"),
        SeedPerson("ben", "Ben Okafor", "Europe/London", note="FinOps"),
        SeedPerson("chi", "Chi Nguyen", "America/New_York", is_admin=True, note="admin"),
        SeedPerson("dev", "Dev Patel", "Asia/Kolkata", note="other team"),
        SeedPerson("eve", "Eve Sato", "Asia/Tokyo", note="Tokyo"),
    ),
    groups=(SeedGroup("eco-admins", "Eco admins", ("chi",), id="S0ECOADMIN"),),
    channels=(
        SeedChannel("eco-rollout", has_app=True, id="C0ROLLOUT1"),
        SeedChannel(PORTFOLIO, has_app=True, id="C0PORTFOL1"),
        SeedChannel("finops", id="C0FINOPS01"),
        SeedChannel("finance-private", members=("ana", "ben"), is_private=True, id="C0FINPRIV1"),
        SeedChannel("eco-private", members=("ana", "ben"), has_app=True, is_private=True, id="C0ECOPRIV1"),
        SeedChannel("old-project", is_archived=True, id="C0OLDPROJ1"),
    ),
    hint="Type `/eco enroll` to start an enrollment. Then act as somebody else, or jump ahead in time. "
    "Eight enrollments are already under way in <#C0PORTFOL1>.",
)


@cache
def manifest() -> dict[str, Any]:
    """The app's manifest, manifest.yml."""
    found: dict[str, Any] = yaml.safe_load(shipped_file("manifest.yml").read_text("utf-8"))
    return found


def start_slack(clock: Clock, **options: Any) -> LocalSlack:
    """Start a local Slack with the demo's workspace and app; `options` are those of `LocalSlack.start`."""
    return LocalSlack.start(clock, manifest=manifest(), workspace=ECO_WORKSPACE, **options)
