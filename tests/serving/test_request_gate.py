"""The gate of Slack's requests: one person's share, and who is told to wait."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.request_gate import RequestGate, person_of
from bot.telemetry.metrics import RequestMetrics

ROOT = Path(__file__).parents[2]


def of(user: str, **more: Any) -> BoltRequest:
    """A request of a person over Socket Mode, a command unless `more` says otherwise."""
    return BoltRequest(mode="socket_mode", body={"user_id": user} | (more or {"command": "/eco"}))


def test_one_person_never_takes_all_threads() -> None:
    """While twelve requests of one person run, their thirteenth is told to wait and another's is answered."""
    inside, go_on = threading.Semaphore(0), threading.Event()

    def dispatch(request: BoltRequest) -> BoltResponse:
        if request.body["user_id"] == "U1":
            inside.release()
            assert go_on.wait(10)
        return BoltResponse(status=200, body="done")

    metrics = RequestMetrics()
    gate = RequestGate(dispatch, metrics)
    gate.open()
    running = [threading.Thread(target=gate.dispatch, args=[of("U1")]) for _ in range(12)]
    for thread in running:
        thread.start()
    for _ in running:
        assert inside.acquire(timeout=10)

    busy, other = gate.dispatch(of("U1")), gate.dispatch(of("U2"))
    form = gate.dispatch(of("U1", type="view_submission", view={"state": {"values": {"name": {}, "bucket": {}}}}))
    fieldless = gate.dispatch(of("U1", type="view_submission", view={"state": {"values": {}}}))
    go_on.set()
    for thread in running:
        thread.join(10)

    assert (200, "You're asking faster than I can answer. Wait a few seconds, then try again.") == (
        busy.status,
        busy.body,
    )
    errors = {"name": "You're asking faster than I can answer. Wait a few seconds, then try again."}
    assert {"response_action": "errors", "errors": errors} == json.loads(form.body)
    assert (503, "done") == (fieldless.status, other.body)
    assert "done" == gate.dispatch(of("U1")).body
    assert 'eco_requests_total{kind="command",outcome="busy"} 1.0' in metrics.render()


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({"command": "/eco", "user_id": "U1"}, "U1"),
        ({"type": "block_actions", "user": {"id": "U1", "team_id": "T1"}}, "U1"),
        ({"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}}, "U1"),
        ({"type": "event_callback", "event": {"type": "tokens_revoked"}}, ""),
        ({"type": "event_callback", "event": None}, ""),
    ],
)
def test_a_request_names_its_person(body: dict[str, Any], person: str) -> None:
    """Commands, clicks, forms and events name the person in their own ways."""
    assert person == person_of(BoltRequest(mode="socket_mode", body=body))


def test_a_bot_in_http_mode_does_not_import_aiohttp() -> None:
    """The client of Socket Mode costs time and memory only where it is used."""
    program = "import sys, bot.app, bot.serving, handlers; sys.exit('aiohttp' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode
