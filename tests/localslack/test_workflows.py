"""Workflow Builder in the local Slack: it runs a custom step of the app, which completes that run once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, NotPossible, TimeMachine
from tests.localslack.tiny import TinyBot, client_of, manifest

STEP = {
    "title": "Greet",
    "description": "Greets somebody",
    "input_parameters": {
        "properties": {"who": {"type": "slack#/types/user_context"}, "name": {"type": "string"}},
        "required": ["who"],
    },
    "output_parameters": {"properties": {"words": {"type": "string"}}, "required": ["words"]},
}


@pytest.fixture
def slack(clock: TimeMachine) -> Iterator[LocalSlack]:
    """A workspace with an app that has one step."""
    with LocalSlack.start(clock, manifest=manifest() | {"functions": {"greet": STEP}}, ack_limit=5) as running:
        yield running


def error_of(call: Any, **arguments: Any) -> str:
    """Slack's error code of a call that it refuses."""
    with pytest.raises(SlackApiError) as refused:
        call(**arguments)
    return str(refused.value.response["error"])


def test_a_step_reaches_the_listener_of_bolt_and_is_completed(slack: LocalSlack, bot: TinyBot) -> None:
    """With the person whose press led there, in the place that nobody can fill but Slack."""
    seen: dict[str, Any] = {}

    @bot.app.function("greet")
    def greet(inputs: dict[str, Any], complete: Any) -> None:
        seen.update(inputs)
        complete({"words": f"Hello {inputs['name']}"})

    ana = slack.person("ana")
    delivery = slack.workflows.run_step("greet", ana, name="Bea")
    slack.wait_for(lambda: slack.workflows.runs[0].state == "completed", what="the completion")

    assert delivery.ok
    assert ana.id == seen["who"]["id"]
    (run,) = slack.workflows.runs
    assert {"words": "Hello Bea"} == run.outputs
    assert run.id == delivery.payload["event"]["function_execution_id"]


def test_a_run_is_completed_once_and_by_nobody_else(slack: LocalSlack, clock: TimeMachine) -> None:
    """With the app's token at any time; with the run's own for 15 minutes; then the run is over, or unknown."""
    for _ in range(3):
        slack.workflows.run_step("greet")
    first, second, third = slack.workflows.runs
    own = client_of(slack, first.token)
    mine, theirs = {"function_execution_id": first.id}, {"function_execution_id": second.id}

    assert "access_denied" == error_of(own.functions_completeError, error="no", **theirs)
    assert "invalid_auth" == error_of(
        client_of(slack, "xoxb-other").functions_completeSuccess, outputs={"words": "x"}, **mine
    )
    own.functions_completeError(error="It is full.", **mine)
    assert "token_revoked" == error_of(own.functions_completeError, error="no", **mine)
    client = client_of(slack)
    assert "execution_not_in_running_state" == error_of(client.functions_completeError, error="no", **mine)
    assert ("failed", "It is full.") == (slack.workflows.runs[0].state, slack.workflows.runs[0].error)
    clock.jump(timedelta(minutes=16))
    late = client_of(slack, second.token)
    assert "token_expired" == error_of(late.functions_completeSuccess, outputs={"words": "x"}, **theirs)
    client.functions_completeSuccess(outputs={"words": "x"}, **theirs)
    slack.workflows.cancel(third.id)
    ended = {"function_execution_id": third.id}
    assert "execution_not_in_running_state" == error_of(client.functions_completeError, error="no", **ended)
    slack.workflows.forget(third.id)
    assert "function_execution_not_found" == error_of(client.functions_completeError, error="no", **ended)


@pytest.mark.parametrize(
    ("outputs", "problem"), [({}, "missing required field: words"), ({"words": 1}, "must be a string: words")]
)
def test_outputs_are_those_of_the_manifest(slack: LocalSlack, outputs: dict[str, Any], problem: str) -> None:
    """The run goes on, so that the app can complete it as it should."""
    slack.workflows.run_step("greet")
    (run,) = slack.workflows.runs
    with pytest.raises(SlackApiError) as refused:
        client_of(slack).functions_completeSuccess(function_execution_id=run.id, outputs=outputs)
    assert "parameter_validation_failed" == refused.value.response["error"]
    assert [f"[ERROR] {problem}"] == refused.value.response["response_metadata"]["messages"]
    assert "running" == slack.workflows.runs[0].state


def test_a_step_that_the_manifest_lacks_cannot_run(slack: LocalSlack) -> None:
    """Workflow Builder does not offer it."""
    with pytest.raises(NotPossible, match="no step 'other'"):
        slack.workflows.run_step("other")
