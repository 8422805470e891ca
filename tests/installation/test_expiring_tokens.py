"""Tokens that expire: refreshed in time, by one process; a failure is told and tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.installation.token_keys import TokenKeys
from bot.localslack import Call, Message, OAuthApp, TimeMachine
from bot.repository import installations
from tests.support.bot_world import MONDAY
from tests.support.two_workspaces import (
    ACME,
    KEY,
    NEW_KEY,
    Several,
    readyz,
    running_several,
    serving,
    two_processes,
    two_slacks,
)
from tests.support.wait_until import eventually


def token(several: Several, team: str) -> str:
    """The stored token of a workspace."""
    stored = several.stored(team)
    assert stored is not None
    assert stored.tokens is not None
    return TokenKeys([KEY]).decrypt(stored.tokens.bot)


def tend(several: Several, until: Callable[[], object]) -> None:
    """Look after the token, as the workspace's clock does, until something is so."""

    def once() -> object:
        several.app.workspaces._keep_token(ACME)
        several.app.workspaces.follow()
        return until()

    eventually(once)


def refreshes(several: Several) -> list[Call]:
    """Slack's answers to refreshes."""
    return [call for call in several.slacks[ACME].calls_of("oauth.v2.access") if call.args.get("grant_type")]


def test_a_token_is_refreshed_before_it_expires(database_url: str) -> None:
    """Once, although two processes look after it; both use the new one; the old one is over."""
    clock, oauth = TimeMachine(frozen_at=MONDAY), OAuthApp(rotates=True)
    with two_processes(database_url, clock, oauth) as (_, first, second):
        second.install(ACME)
        first.app.workspaces.follow()
        old = token(second, ACME)
        clock.jump(timedelta(hours=10, minutes=1))

        for each in (first, second, first):
            tend(each, lambda: token(second, ACME) != old)

        new = token(second, ACME)
        assert 1 == len(refreshes(second))
        clock.jump(timedelta(hours=2))
        for each in (first, second):
            assert new == each.app.workspaces.applications[ACME].workspace.token
        second.world(ACME).start()
        assert "Production" in second.world(ACME).card().text


def test_a_refresh_that_fails_is_told_and_tried_again(database_url: str) -> None:
    """Slack is away for a while, and then refuses the refresh token: each is told, with the end of the token."""
    with running_several(database_url, rotates=True, installed=False, ECO_TICK="1m") as several:
        several.install(ACME)
        several.slacks[ACME].faults.add("oauth.v2.access", "http_503")
        several.clock.jump(timedelta(hours=10, minutes=1))
        told = f"Acme ({ACME}): The token is not refreshed (http_503). It ends on 2026-11-23 22:00 UTC."
        tend(several, lambda: any(line.startswith(told) for line in readyz(several)[1]))
        assert readyz(several)[0] == 200
        several.app.workspaces._keep_token(ACME)
        assert 1 == len(refreshes(several)), "not before a minute is over"

        several.slacks[ACME].faults.add("oauth.v2.access", "invalid_refresh_token")
        several.clock.jump(timedelta(minutes=2))
        tend(several, lambda: "invalid_refresh_token" in str(readyz(several)[1]))
        several.clock.jump(timedelta(minutes=59))
        several.app.workspaces._keep_token(ACME)
        assert 2 == len(refreshes(several)), "not before an hour is over"

        several.clock.jump(timedelta(minutes=2))
        tend(several, lambda: readyz(several) == (200, ["ready"]))
        assert 3 == len(refreshes(several))


def test_a_process_that_was_down_for_days_refreshes_first(database_url: str) -> None:
    """The token has expired: what was refused meanwhile is sent with the new one, once."""
    clock, oauth = TimeMachine(frozen_at=MONDAY), OAuthApp(rotates=True)
    with two_slacks(clock, oauth) as slacks:
        with serving(database_url, slacks, oauth, clock) as before:
            before.install(ACME)
            before.world(ACME).start(position="connect_account:waiting", since="2026-11-23")
        clock.jump(timedelta(days=3))
        with serving(database_url, slacks, oauth, clock, ECO_TICK="1m", ECO_REMINDER_HOURS="always") as after:
            acme = after.world(ACME)
            acme.app.dispatcher.run_once()
            after.app.workspaces._asked_at.clear()
            tend(after, lambda: acme.app.dispatcher.stopped is None)
            assert 1 == len(refreshes(after))

            def said() -> list[Message]:
                acme.jump(seconds=6)  # the hourly work at the start may hold a row for a moment, on PostgreSQL
                return [message for message in acme.thread() if "Are Cost Analysis" in message.text]

            assert 1 == len(eventually(said))
            acme.jump(minutes=5)
            assert 1 == len(said())
            assert [] == acme.app.own_problems()


def test_a_token_that_slack_takes_again_is_used_again(sqlite_url: str) -> None:
    """A message went out with the old token while the new one came: delivery goes on by itself."""
    with running_several(sqlite_url) as several:
        acme = several.world(ACME)
        acme.app.dispatcher.stopped = "Slack refuses the token: token_expired"

        tend(several, lambda: acme.app.dispatcher.stopped is None)

        acme.start()
        assert "Production" in acme.card().text


def test_a_token_that_the_keys_do_not_open_is_left_to_others(database_url: str) -> None:
    """`rotate-keys` was run before this process had the new key: it says so, and the one that has it refreshes."""
    clock, oauth = TimeMachine(frozen_at=MONDAY), OAuthApp(rotates=True)
    with two_processes(database_url, clock, oauth) as (_, first, second):
        second.install(ACME)
        first.app.workspaces.follow()
        with first.app.database.write() as connection:
            installations.change_tokens(connection, TokenKeys([NEW_KEY, KEY]).encrypt_again)
        first.app.workspaces.follow()
        clock.jump(timedelta(hours=10, minutes=1))

        first.app.workspaces._keep_token(ACME)

        stored = first.stored(ACME)
        assert stored is not None
        assert "keys_do_not_fit" == stored.refresh_fault
        with first.app.database.write() as connection:
            assert installations.claim_refresh(connection, ACME, stored.version, clock.now()), "nobody is kept from it"
