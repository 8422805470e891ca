"""The element file_input: its limits, what people can pick, and what the app is sent."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, NotPossible, Person, TimeMachine, Upload
from tests.localslack.test_messages import refusal
from tests.localslack.tiny import TinyBot, actions, client_of, manifest, modal, plain

CSV = ("customers.csv", b"Data,ana@example.com\n")


def file_input(label: str = "Customers", optional: bool = False, **element: Any) -> dict[str, Any]:
    """An input that asks for files."""
    return {
        "type": "input",
        "block_id": "list",
        "optional": optional,
        "label": plain(label),
        "element": {"type": "file_input", "action_id": "file", **element},
    }


def test_a_file_arrives_as_slack_sends_it(bot: TinyBot, ana: Person) -> None:
    """The state has a whole file object, whose address gives the content to the bot."""
    bot.opens(modal("Form", file_input(filetypes=["csv", "xlsx"], max_files=1)))
    sent: list[dict[str, Any]] = []

    @bot.app.view("form")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        ack()
        sent.append(view["state"]["values"]["list"]["file"])

    ana.command("/tiny")
    ana.wait_view("Form")
    ana.fill({"Customers": CSV})
    assert {"Customers": ["customers.csv"]} == ana.wait_view().values_by_label
    assert ana.submit().ok

    [value] = sent
    [file] = value["files"]
    assert "file_input" == value["type"]
    expected = {
        "name": "customers.csv", "title": "customers.csv", "mimetype": "text/csv", "filetype": "csv",
        "pretty_type": "CSV", "size": 21, "mode": "snippet", "is_external": False, "user": ana.id,
    }  # fmt: skip
    assert expected == {key: file[key] for key in expected}
    assert f"/download/{file['name']}" in file["url_private_download"]
    assert file["id"] == bot.client.files_info(file=file["id"])["file"]["id"]


def test_what_cannot_be_sent_is_said_at_the_field(bot: TinyBot, ana: Person) -> None:
    """Nothing picked, another type, too many, too large: each has its sentence, and the form stays open."""
    bot.opens(modal("Form", file_input(filetypes=["csv"], max_files=2)))
    bot.app.view("form")(lambda ack: ack())
    ana.command("/tiny")
    ana.wait_view("Form")

    def wrong(files: Any) -> str:
        ana.fill({"Customers": files})
        with pytest.raises(NotPossible) as caught:
            ana.submit()
        return str(caught.value)

    assert "“Customers” is required." == wrong([])
    assert "notes.pdf can't be uploaded here. Choose a file of this type: csv." == wrong([("notes.pdf", b"x")])
    assert {"list": "notes.pdf can't be uploaded here. Choose a file of this type: csv."} == ana.wait_view().errors
    assert "You can upload 2 files here, and chose 3." == wrong([CSV, CSV, CSV])
    assert "big.csv is larger than 10 MB." == wrong(Upload("big.csv", b"x" * 10_000_001))
    with pytest.raises(NotPossible, match="empty"):
        ana.fill({"Customers": ("none.csv", b"")})
    ana.fill({"Customers": [CSV]})
    assert {} == ana.wait_view().errors
    assert ana.submit().ok
    assert ana.view is None


def test_a_picked_file_stays_when_the_form_is_answered_with_an_error(bot: TinyBot, ana: Person, dev: Person) -> None:
    """It can be named by its ID, by the person who uploaded it only."""
    bot.opens(modal("Form", file_input(optional=True)))

    @bot.app.view("form")
    def submitted(ack: Any) -> None:
        ack(response_action="errors", errors={"list": "Line 3 has no email address."})

    ana.command("/tiny")
    ana.wait_view("Form")
    ana.fill({"Customers": [CSV]})
    delivery = ana.submit()
    [file] = delivery.payload["view"]["state"]["values"]["list"]["file"]["files"]

    view = ana.wait_view()
    assert ({"list": "Line 3 has no email address."}, ["customers.csv"]) == (view.errors, view.values["list"])
    ana.fill({"Customers": file["id"]})
    assert ["customers.csv"] == ana.wait_view().values["list"]
    dev.command("/tiny")
    dev.wait_view("Form")
    with pytest.raises(NotPossible, match="gone"):
        dev.fill({"Customers": file["id"]})


@pytest.mark.parametrize(
    ("element", "sentence", "pointer"),
    [
        ({"max_files": 0}, "must be more than 0", "/max_files"),
        ({"max_files": 11}, "must be less than 11", "/max_files"),
        ({"filetypes": "csv"}, "must be an array", "/filetypes"),
        ({"filetypes": [1]}, "must be a string", "/filetypes/0"),
        ({"placeholder": plain("x")}, "invalid additional property: placeholder", ""),
    ],
)
def test_its_properties_have_limits(
    client: WebClient, ana: Person, element: dict[str, Any], sentence: str, pointer: str
) -> None:
    """As Slack's reference says."""
    trigger = ana.command("/tiny").payload["trigger_id"]
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=trigger, view=modal("Form", file_input(**element)))
    assert [f"{sentence} [json-pointer:/view/blocks/0/element{pointer}]"] == caught.value.response["errors"]


def test_it_stands_in_inputs_of_modals_only(client: WebClient, ana: Person) -> None:
    """Not among buttons, not on the home tab, not in a message."""
    element = {"type": "file_input", "action_id": "file"}
    home = {"type": "home", "blocks": [file_input()]}
    assert "invalid_arguments" == refusal(client.views_publish, user_id=ana.id, view=home)
    assert "invalid_blocks" == refusal(client.chat_postMessage, channel="C0GENERAL1", text="x", blocks=[file_input()])
    assert "invalid_blocks" == refusal(
        client.chat_postMessage, channel="C0GENERAL1", text="x", blocks=[actions(element)]
    )


def test_a_form_that_asks_for_files_needs_the_scope_to_read_them(clock: TimeMachine) -> None:
    """The form is not opened without files:read."""
    app = manifest(scopes=["commands"], slash_commands=[{"command": "/tiny"}])
    with LocalSlack.start(clock, manifest=app) as slack:
        trigger = slack.person("ana").command("/tiny").payload["trigger_id"]
        view = modal("Form", file_input())
        assert "missing_scope" == refusal(client_of(slack).views_open, trigger_id=trigger, view=view)
