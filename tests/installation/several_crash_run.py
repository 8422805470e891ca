"""Random runs of one process with three workspaces: faults of Slack, tokens that die, and kill -9, counted for each."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.localslack import LocalSlack, OAuthApp, TimeMachine
from bot.repository.database import Database
from tests.delivery.crash_harness import ForkServer, delivered, kill, let_leases_end, owe, wait_for_end
from tests.delivery.crash_results import Result, look
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import PeopleMeanwhile
from tests.support.two_workspaces import ACME, NORTH, SOUTH, serving, several_environment, slacks_of
from tests.support.wait_until import eventually
from tests.support.workflow_runs import install_steps, runs_of

TEAMS = (ACME, NORTH, SOUTH)
#: What Slack does to a call now and then; after "drop_after" and "not_json" it has carried it out.
FAULTS = ("drop_after", "drop_before", "not_json", "http_503", "ratelimited", "internal_error")
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")


def crash_run_of_several(
    forks: ForkServer, database_url: str, seed: int, *, enrollments: int = 4, kills: int = 3
) -> dict[str, Result]:
    """Deliver in three workspaces of one process that is killed at random; what each of them lost or repeated.

    Every life of the process meets faults of one workspace's Slack. Once, a token is revoked: that workspace gets all
    of it after it has installed the app again. People of a workspace change things meanwhile.

    Args:
        enrollments: of each workspace; six messages each, beside the digests of two channels.
    """
    rng, oauth = random.Random(seed), OAuthApp()
    digest = f"{datetime.now(UTC):%a %H:%M}".lower()  # this minute
    with slacks_of(TEAMS, TimeMachine(), oauth, pace=False) as slacks:
        settings = {"ECO_REMINDER_GAP": "0s", "ECO_REMINDER_HOURS": "always", "ECO_DIGEST": digest}
        settings |= {"ECO_WORKSPACES": "any", "ECO_TICK": "1s"}
        _install(database_url, slacks, oauth, TEAMS, settings)
        database = Database(database_url)
        for team, slack in slacks.items():
            install_steps(slack)
            owe(database_url, team, runs_of(slack, *["start_enrollment"] * enrollments), digest)
        environ = several_environment(slacks[ACME], oauth, database_url, 1, **settings)
        people = {team: PeopleMeanwhile(database, team, rng) for team in TEAMS}
        edits, answered = dict.fromkeys(TEAMS, 0), {team: set[str]() for team in TEAMS}
        dying = rng.randrange(kills)
        process = 0
        try:
            for number in range(kills):
                process = forks.fork(environ, rng.choice((1, 4)), rng.choice(("", *POINTS)), rng.randint(1, 25))
                team, troubled = rng.choice(TEAMS), slacks[rng.choice(TEAMS)]
                for _ in range(3):
                    troubled.faults.add(rng.choice(METHODS), rng.choice(FAULTS), retry_after=1)
                edits[team] += people[team].change()
                answered[team] |= {people[team].answer()}
                if number == dying:
                    troubled.installs.revoke()
                wait_for_end(process, rng.uniform(0.2, 0.8))
                kill(process)
                troubled.faults.clear()
                let_leases_end(database, *slacks.values())
                if number == dying:
                    _install(database_url, slacks, oauth, (troubled.team_id,), settings)
            process = forks.fork(environ)
            eventually(lambda: delivered(database), 120)
            return {team: look(slacks[team], database, seed, kills, edits[team], answered[team]) for team in TEAMS}
        finally:
            if process:
                kill(process)
            database.close()


def _install(
    database_url: str, slacks: dict[str, LocalSlack], oauth: OAuthApp, teams: Iterable[str], settings: dict[str, str]
) -> None:
    """Install the app in workspaces, by a process that sends nothing."""
    with serving(database_url, slacks, oauth, TimeMachine(), **settings) as several:
        for team in teams:
            assert several.install(team).status == 200
