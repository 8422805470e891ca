"""Guests, people of other workspaces, apps and shared channels, as Slack describes them."""

from __future__ import annotations

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, SeedChannel, SeedPerson, TimeMachine, WorkspaceSeed
from tests.localslack.tiny import TinyBot, client_of

FLAGS = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "is_bot")


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (SeedPerson("gus", "Gus Guest", is_restricted=True), {"is_restricted"}),
        (SeedPerson("sia", "Sia Single", is_ultra_restricted=True), {"is_restricted", "is_ultra_restricted"}),
        (SeedPerson("oli", "Oli Owner", is_owner=True, is_primary_owner=True), {"is_owner", "is_primary_owner"}),
        (SeedPerson("app2", "Other App", is_bot=True), {"is_bot"}),
    ],
)
def test_users_info_tells_what_somebody_is(
    slack: LocalSlack, client: WebClient, seed: SeedPerson, expected: set[str]
) -> None:
    """A guest of a single channel is a guest, too."""
    user = client.users_info(user=slack.people.add(seed))["user"]

    assert expected == {flag for flag in FLAGS if user[flag]}
    assert slack.team_id == user["team_id"]


def test_a_person_of_another_workspace_is_a_stranger_with_its_team(slack: LocalSlack, client: WebClient) -> None:
    """In users.info, and as `user.team_id` of what they press."""
    user_id = slack.people.add(SeedPerson("pat", "Pat Partner", team_id="T0PARTNER1"), "general")
    user = client.users_info(user=user_id)["user"]

    assert ("T0PARTNER1", True) == (user["team_id"], user["is_stranger"])
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "1"}
    with TinyBot(slack) as bot:
        message = client.chat_postMessage(
            channel="C0GENERAL1",
            text="press",
            blocks=[{"type": "actions", "elements": [button]}],
        )
        bot.app.action("go")(lambda ack: ack())
        person = slack.person("pat")
        delivery = person.click(slack.channel("general").message(message["ts"]), "Go")
    assert "T0PARTNER1" == delivery.payload["user"]["team_id"]
    assert slack.team_id == delivery.payload["team"]["id"]


def test_guests_and_partners_are_in_no_channel_of_everybody(clock: TimeMachine) -> None:
    """`members=None` means the full members."""
    seed = WorkspaceSeed(
        "T0TEST0001",
        "Test",
        "test",
        people=(
            SeedPerson("ana", "Ana Lima"),
            SeedPerson("gus", "Gus Guest", is_ultra_restricted=True),
            SeedPerson("pat", "Pat Partner", team_id="T0PARTNER1"),
        ),
        channels=(SeedChannel("general", has_app=True),),
    )
    with LocalSlack.start(clock, workspace=seed) as slack:
        members = client_of(slack).conversations_members(channel="C0GENERAL1")["members"]
        assert [slack.person("ana").id, slack.bot_user_id] == members


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ({}, (False, False, False, False)),
        ({"is_ext_shared": True}, (True, True, False, False)),
        ({"is_pending_ext_shared": True}, (False, False, True, False)),
        ({"is_org_shared": True}, (True, False, False, True)),
    ],
)
def test_conversations_info_tells_with_whom_a_channel_is_shared(
    clock: TimeMachine, shared: dict[str, bool], expected: tuple[bool, ...]
) -> None:
    """With another company, with one that has not accepted yet, or within the organization."""
    seed = WorkspaceSeed(
        "T0TEST0001",
        "Test",
        "test",
        people=(SeedPerson("ana", "Ana Lima"),),
        channels=(SeedChannel("joint", has_app=True, **shared),),
    )
    with LocalSlack.start(clock, workspace=seed) as slack:
        channel = client_of(slack).conversations_info(channel="C0JOINT001")["channel"]
    names = ("is_shared", "is_ext_shared", "is_pending_ext_shared", "is_org_shared")
    assert expected == tuple(channel[name] for name in names)


def test_members_come_in_pages_and_only_where_the_bot_is(slack: LocalSlack, client: WebClient) -> None:
    """`conversations.members` with a cursor; a private channel without the bot is not found."""
    first = client.conversations_members(channel="C0TEAM0001", limit=2)
    rest = client.conversations_members(channel="C0TEAM0001", limit=2, cursor=first["response_metadata"]["next_cursor"])

    assert [slack.person("ana").id, slack.person("ben").id] == first["members"]
    assert ([slack.bot_user_id], "") == (rest["members"], rest["response_metadata"]["next_cursor"])


def test_admins_and_groups_change(slack: LocalSlack, client: WebClient) -> None:
    """As an admin of the workspace would do it."""
    slack.people.set_admin("dev", True)
    slack.people.set_group("S0ADMINS01", "dev")

    assert client.users_info(user=slack.person("dev").id)["user"]["is_admin"]
    assert [slack.person("dev").id] == client.usergroups_users_list(usergroup="S0ADMINS01")["users"]
