"""A workspace that is given as data: its people, groups, channels, and who is in them."""

from __future__ import annotations

from bot.localslack import SAMPLE_WORKSPACE, LocalSlack, SeedChannel, SeedGroup, SeedPerson, TimeMachine, WorkspaceSeed
from tests.localslack.tiny import TinyBot, client_of

CREW = WorkspaceSeed(
    team_id="T0CREW0001",
    team_name="Crew",
    team_domain="crew",
    people=(
        SeedPerson("kim", "Kim Berg", "Europe/Oslo", is_admin=True, note="captain"),
        SeedPerson("kim.b", "Kim Bell"),
        SeedPerson("kimb", "Kim Boe"),
    ),
    groups=(SeedGroup("deck", "On deck", ("kimb",)),),
    channels=(
        SeedChannel("closed", members=("kim",), is_private=True),
        SeedChannel("bridge", has_app=True, id="C0BRIDGE99"),
    ),
)


def test_a_workspace_is_what_its_seed_says(clock: TimeMachine) -> None:
    """Names, members and roles as they are given; whoever is named nowhere is not there."""
    with LocalSlack.start(clock, workspace=CREW) as slack:
        client = client_of(slack)
        assert ("Crew", "crew") == ((team := client.team_info()["team"])["name"], team["domain"])
        members = {member["name"]: member for member in client.users_list()["members"]}
        assert {"kim", "kim.b", "kimb", "app"} == set(members)
        assert ["kim"] == [name for name, member in members.items() if member["is_admin"]]
        assert "kim.b@crew.example" == members["kim.b"]["profile"]["email"]
        [deck] = client.usergroups_list(include_users=True)["usergroups"]
        assert [members["kimb"]["id"]] == deck["users"]
        bridge, closed = slack.channel("bridge"), slack.channel("closed")
        assert ("C0BRIDGE99", 4, 1) == (bridge.id, len(bridge.members), len(closed.members))


def test_ids_are_made_from_names_and_never_twice(clock: TimeMachine) -> None:
    """Names that come down to the same letters get different ids."""
    with LocalSlack.start(clock, workspace=CREW) as slack:
        assert ["U0KIM00001", "U0KIMB0001", "U0KIMB0002"] == [
            slack.person(name).id for name in ("kim", "kim.b", "kimb")
        ]


def test_people_type_where_the_app_is(clock: TimeMachine) -> None:
    """A command that names no channel is typed in the first one that the app is in."""
    with LocalSlack.start(clock, workspace=CREW) as slack, TinyBot(slack) as bot:
        bot.app.command("/tiny")(lambda ack: ack())

        assert "C0BRIDGE99" == slack.person("kimb").command("/tiny").payload["channel_id"]


def test_the_sample_has_every_kind_of_channel() -> None:
    """Private and public, with the app and without, and an archived one: what an app has to be tried in."""
    kinds = {(c.is_private, c.has_app, c.is_archived) for c in SAMPLE_WORKSPACE.channels}

    assert {(False, True, False), (False, False, False), (True, False, False), (True, True, False)} < kinds
    assert any(channel.is_archived for channel in SAMPLE_WORKSPACE.channels)
