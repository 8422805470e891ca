"""Workspaces come and go in a running process, and none holds up another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot import installed_workspaces
from bot.app import Application
from bot.localslack import OAuthApp, TimeMachine
from bot.repository import tables as t
from tests.repository.keeping import rows
from tests.support.bot_world import ACCOUNT, MONDAY
from tests.support.steps import StepKey
from tests.support.two_workspaces import ACME, NORTH, Several, browse, readyz, running_several, two_processes
from tests.support.wait_until import eventually

REFUSED = "I don't work for this workspace, so nothing was saved. Ask whoever runs me."


def up(several: Several) -> set[str]:
    """The workspaces that /metrics shows as served."""
    lines = browse(f"{several.url}/metrics").text.splitlines()
    return {line.split('"')[1] for line in lines if line.startswith("eco_workspace_up{") and line.endswith(" 1.0")}


def outbox_of(several: Several, team: str) -> list[dict[str, Any]]:
    """The messages of a workspace."""
    return [row for row in rows(several.app.database) if row["workspace"] == team]


def test_two_workspaces_enroll_the_same_account(database_url: str) -> None:
    """Each has its own enrollment, card and thread, under the same IDs of people and channels."""
    with running_several(database_url) as several:
        acme, north = several.world(ACME), several.world(NORTH)
        mine, theirs = acme.start(account_name="Ours"), north.start(account_name="Theirs")

        assert (ACCOUNT, ACCOUNT) == (mine.account_id, theirs.account_id)
        assert (["Ours"], ["Theirs"]) == tuple([each.account_name for each in w.enrollments()] for w in (acme, north))
        assert "Ours" in acme.card().text
        assert "Theirs" in north.card().text
        assert (1, 1) == tuple(
            len([m for m in w.channel.messages if "Eco enrollment of" in m.text]) for w in (acme, north)
        )
        acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        acme.fill(acme.ana, "Mark done")
        assert ("waiting", "open") == tuple(
            str(w.enrollment().step(StepKey.CONNECT_ACCOUNT).state) for w in (acme, north)
        )
        assert (200, ["ready"]) == readyz(several)
        assert {ACME, NORTH} == up(several)


def test_a_dead_token_stops_its_own_workspace_alone(database_url: str) -> None:
    """The other goes on; the process stays ready and says which workspace is not served, and what to do."""
    with running_several(database_url) as several:
        acme, north = several.world(ACME), several.world(NORTH)
        acme.start(), north.start()
        acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        acme.fill(acme.ana, "Mark done")
        several.slacks[ACME].installs.revoke()
        acme.app.dispatcher.run_once()
        several.app.workspaces._keep_token(ACME)

        assert {NORTH} == set(several.app.workspaces.applications)
        north.click(north.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        north.fill(north.ana, "Mark done")
        north.deliver()
        assert "waiting" in north.card().text
        status, lines = readyz(several)
        told = f"Slack refuses its token (token_revoked). Install the app there again: {several.url}/slack/install"
        assert (200, ["ready", f"Acme ({ACME}) is not served: {told}"]) == (status, lines)
        assert {NORTH} == up(several)
        [row] = [row for row in rows(several.app.database, t.installations) if row["team_id"] == ACME]
        assert (None, "token_revoked") == (row["bot_token"], row["ended_why"])


def test_a_removed_app_stops_and_a_new_installation_goes_on(database_url: str) -> None:
    """Nothing is lost: what came due meanwhile is said after the new installation, the enrollment is where it was."""
    with running_several(database_url, ECO_REMINDER_HOURS="always") as several:
        acme = several.world(ACME)
        acme.start(position="connect_account:waiting", since="2026-11-23")
        several.slacks[ACME].installs.remove()
        assert eventually(lambda: ACME not in several.app.workspaces.applications)
        assert (200, ["ready"]) == readyz(several), "somebody wanted it so"
        stored = several.stored(ACME)
        assert stored is not None
        assert (None, "app_uninstalled") == (stored.tokens, stored.ended_why)
        several.clock.jump(timedelta(days=3))
        command = acme.ana.command("/eco", "list")
        assert {"text": REFUSED, "response_type": "ephemeral"} == command.response
        before = len(several.slacks[ACME].calls)
        several.app.workspaces.follow()
        assert before == len(several.slacks[ACME].calls)

        assert several.install(ACME).status == 200

        again = several.world(ACME)
        assert ["Production"] == [each.account_name for each in again.enrollments()]

        def said() -> list[Any]:
            again.jump(seconds=6)  # the hourly work at the start may hold a row for a moment, on PostgreSQL
            reminders = [row for row in outbox_of(several, ACME) if row["kind"] in ("reminder", "round")]
            return [row["state"] for row in reminders if row["state"] != "owed"]

        assert ["sent"] == eventually(said)
        assert "Are Cost Analysis and the dashboard there?" in again.thread()[-1].text


def test_a_revoked_token_of_a_person_changes_nothing(sqlite_url: str) -> None:
    """Slack sends the same event for tokens of people, and events may come after a new installation."""
    with running_several(sqlite_url) as several:
        slack = several.slacks[ACME]
        for event in ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, {"type": "app_uninstalled"}):
            assert slack.send_event(event).ok
        application = several.app.workspaces.applications[ACME]
        assert application._after_ack.stop(5)

        assert {ACME, NORTH} == set(several.app.workspaces.applications)
        assert (200, ["ready"]) == readyz(several)


def test_every_process_follows_the_installations(database_url: str) -> None:
    """What one process stores, the other serves without a restart; what one ends, the other stops."""
    clock, oauth = TimeMachine(frozen_at=MONDAY), OAuthApp()
    with two_processes(database_url, clock, oauth) as (slacks, first, second):
        assert first.install(ACME).status == 200
        command = slacks[ACME].person("ana").command("/eco", "list")
        assert command.ok, "it asked the table before its tick"
        assert second.world(ACME).start().account_name == "Production"

        slacks[ACME].installs.remove()
        assert eventually(lambda: ACME not in second.app.workspaces.applications)
        first.app.workspaces.follow()
        assert {} == first.app.workspaces.applications

        assert second.install(ACME).status == 200
        first.app.workspaces.follow()
        assert {ACME} == set(first.app.workspaces.applications)


def test_requests_of_a_workspace_without_the_app_are_refused(sqlite_url: str) -> None:
    """Each kind is answered as Slack shows it, counted, and stored nowhere."""
    with running_several(sqlite_url) as several:
        acme = several.world(ACME)
        acme.start()
        press = acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        form = acme.fill(acme.ana, "Mark done")
        home, command = acme.ana.open_home(), acme.ana.command("/eco", "list")
        several.slacks[ACME].installs.revoke()
        several.app.workspaces._cut_off(ACME, "token_revoked", acme.app.workspace.token)
        stored = [rows(several.app.database, table) for table in (t.enrollments, t.events, t.receipts, t.outbox)]

        assert {"text": REFUSED, "response_type": "ephemeral"} == acme.slack.redeliver(command).response
        assert REFUSED in str(acme.slack.redeliver(form).response)
        for delivery in (press, home):
            assert acme.slack.redeliver(delivery).ok
        assert eventually(lambda: REFUSED in [message.text for message in acme.ana.ephemerals()])
        assert stored == [
            rows(several.app.database, table) for table in (t.enrollments, t.events, t.receipts, t.outbox)
        ]
        metrics = browse(f"{several.url}/metrics").text
        for kind in ("command", "form", "button", "event"):
            assert f'eco_other_workspace_requests_total{{kind="{kind}"}} 1.0' in metrics


def test_an_address_can_be_set_up_before_any_installation(sqlite_url: str) -> None:
    """Slack tries it with a challenge, and looks at its certificate, without a workspace."""
    with running_several(sqlite_url, installed=False) as several:
        sent = several.slacks[ACME]._loop.run(
            several.slacks[ACME]._server.sender.deliver(
                "event_callback", {"type": "url_verification", "challenge": "3eZb"}
            )
        )
        assert {"challenge": "3eZb"} == sent.response
        checked = several.slacks[ACME]._loop.run(
            several.slacks[ACME]._server.sender.deliver("slash_commands", {"ssl_check": "1", "token": "x"})
        )
        assert checked.ok
        assert (200, ["ready", f"No workspace has installed the app. Open {several.url}/slack/install"]) == readyz(
            several
        )


def test_payloads_of_an_organization_go_to_its_only_workspace(sqlite_url: str) -> None:
    """A workspace that joined an organization is found by its team ID, and by that of the organization."""
    with running_several(sqlite_url, installed=False) as several:
        for slack in several.slacks.values():
            slack.people.join_enterprise("E0GRID")
        several.install(ACME)
        assert several.app.workspaces.find("E0GRID") is several.app.workspaces.applications[ACME]
        acme = several.world(ACME)
        assert acme.start().workspace == ACME

        several.install(NORTH)

        assert several.app.workspaces.find("E0GRID") is None
        assert several.app.workspaces.find(NORTH) is several.app.workspaces.applications[NORTH]


def test_a_message_of_a_workspace_that_never_installed_the_app_is_told(sqlite_url: str) -> None:
    """The rows are of a time with another token; an installation there would send them."""
    with running_several(sqlite_url, installed=False) as several:
        several.install(ACME)
        acme = several.world(ACME)
        acme.start()
        acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        with several.app.database.write() as connection:
            connection.execute(t.outbox.update().values(workspace="T0OLD", state="owed", due_at=MONDAY))
        count = len(rows(several.app.database))

        status, lines = readyz(several)

        assert (200, f"Messages of T0OLD are never sent: {count}. Install the app there.") == (status, lines[-1])
        assert f"eco_outbox_stranded {float(count)}" in browse(f"{several.url}/metrics").text


def test_a_workspace_that_cannot_be_begun_holds_up_no_other(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and tried again at each tick; nothing of the failed beginning stays."""

    class Failing(Application):
        def start(self) -> None:
            if self.workspace.id == ACME:
                raise RuntimeError("odd")
            super().start()

    with running_several(sqlite_url, installed=False) as several:
        monkeypatch.setattr(installed_workspaces, "Application", Failing)
        several.install(ACME)
        several.install(NORTH)

        assert {NORTH} == set(several.app.workspaces.applications)
        assert (200, ["ready", f"Acme ({ACME}): it could not be begun: RuntimeError"]) == readyz(several)
        monkeypatch.undo()
        several.app.workspaces.follow()
        assert {ACME, NORTH} == set(several.app.workspaces.applications)
        assert (200, ["ready"]) == readyz(several)


def test_a_process_that_stops_begins_no_workspace(sqlite_url: str) -> None:
    """Also where an installation comes in that very moment."""
    with running_several(sqlite_url) as several:
        several.app.workspaces.stop(5)
        several.app.workspaces.follow()
        assert {} == several.app.workspaces.applications


def test_requests_of_a_slow_workspace_leave_threads_for_the_others(sqlite_url: str) -> None:
    """Twelve of a workspace run at once; the next one is asked to wait, and another workspace is answered."""
    go, running = threading.Event(), threading.Semaphore(0)

    def slow(request: BoltRequest) -> BoltResponse:
        running.release()
        assert go.wait(30)
        return BoltResponse(status=200)

    def command(team: str, person: str) -> BoltRequest:
        typed = {"command": "/eco", "text": "help", "team_id": team, "user_id": person, "channel_id": "C1"}
        content = {"content-type": ["application/x-www-form-urlencoded"]}
        return BoltRequest(body=urlencode(typed), headers=content)

    with running_several(sqlite_url) as several, ThreadPoolExecutor(12) as people:
        several.app.workspaces.applications[ACME].dispatch = slow
        waiting = [people.submit(several.app.dispatch, command(ACME, f"U{number}")) for number in range(12)]
        for _ in waiting:
            assert running.acquire(timeout=30)

        refused = several.app.dispatch(command(ACME, "U12"))
        answered = several.app.dispatch(command(NORTH, "U0ANA00001"))
        go.set()

        assert "You're asking faster than I can answer." in (refused.body or "")
        assert (200, "") == (answered.status, answered.body)
        assert [200] * 12 == [each.result(30).status for each in waiting]
        assert several.app.dispatch(command(ACME, "U13")).status == 200
