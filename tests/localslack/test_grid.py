"""An Enterprise organization in the local Slack: one token for several workspaces, and what it may do in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk import WebClient

from bot.localslack import SAMPLE_WORKSPACE, Grid, LocalSlack, OAuthApp, SeedChannel, TimeMachine, payloads
from tests.localslack.test_oauth import BACK, access, client, page, refusal
from tests.localslack.tiny import actions, button, modal, section

FIRST, SECOND = "T0FIRST001", "T0SECOND01"
SCOPES = ["chat:write", "users:read", "im:write", "channels:read", "usergroups:read", "files:write", "files:read"]
MANIFEST = {"display_information": {"name": "Tiny"}, "oauth_config": {"scopes": {"bot": SCOPES}}}


class Two:
    """Two workspaces of an organization, with the app installed for it."""

    def __init__(self, first: LocalSlack, second: LocalSlack, app: OAuthApp) -> None:
        self.first, self.second, self.app = first, second, app
        self.grid = Grid("E0GRID0001", "Sample org", [first, second])

    def install(self) -> dict[str, Any]:
        """Slack's answer to the code of an organization's admin."""
        code = parse_qs(urlsplit(self.grid.allow(page(self.app, scope=",".join(SCOPES)))).query)["code"][0]
        return access(self.first, self.app, code=code, redirect_uri=BACK)

    def client(self) -> WebClient:
        """A client with the token of the organization."""
        return client(self.first, self.install()["access_token"])


@pytest.fixture
def two() -> Iterator[Two]:
    """Both have the same people; each has channels of its own."""
    clock, app = TimeMachine(), OAuthApp(rotates=True)
    other = replace(
        SAMPLE_WORKSPACE,
        team_id=SECOND,
        team_name="Second",
        channels=(SeedChannel("general", has_app=True, id="C0SECOND01"),),
        people=SAMPLE_WORKSPACE.people[:3],
    )
    own = replace(SAMPLE_WORKSPACE, team_id=FIRST, team_name="First")
    with (
        LocalSlack.start(clock, manifest=MANIFEST, workspace=own, app=app) as first,
        LocalSlack.start(clock, manifest=MANIFEST, workspace=other, app=app) as second,
    ):
        yield Two(first, second, app)


def test_the_answer_names_the_organization_and_no_workspace(two: Two) -> None:
    """As Slack documents it; so does the answer to a refresh, and auth.test."""
    made = two.install()
    again = access(two.first, two.app, grant_type="refresh_token", refresh_token=made["refresh_token"])

    for answer in (made, again):
        assert (None, True) == (answer["team"], answer["is_enterprise_install"])
        assert {"id": "E0GRID0001", "name": "Sample org"} == answer["enterprise"]
    told = client(two.second, again["access_token"]).auth_test()
    assert ("E0GRID0001", "E0GRID0001", True) == (told["team_id"], told["enterprise_id"], told["is_enterprise_install"])


def test_the_app_works_in_granted_workspaces_alone(two: Two) -> None:
    """An installation adds it to none; both events name the workspaces."""
    api = two.client()
    assert [] == api.auth_teams_list()["teams"]
    assert "team_access_not_granted" == refusal(lambda: api.chat_postMessage(channel="C0SECOND01", text="x"))

    told = two.grid.grant(SECOND)

    assert told is not None
    assert ("E0GRID0001", None) == (told.payload["enterprise_id"], told.payload["team_id"])
    assert {"type": "team_access_granted", "team_ids": [SECOND]} == told.payload["event"]
    assert [{"id": SECOND, "name": "Second"}] == api.auth_teams_list()["teams"]
    api.chat_postMessage(channel="C0SECOND01", text="hello")
    assert ["hello"] == [message.text for message in two.second.channel("general").messages]
    assert "team_access_not_granted" == refusal(lambda: api.chat_postMessage(channel="C0GENERAL1", text="x"))
    two.grid.withdraw(SECOND)
    assert "team_access_not_granted" == refusal(lambda: api.chat_postMessage(channel="C0SECOND01", text="x"))


def test_the_list_of_workspaces_has_pages(two: Two) -> None:
    """With a cursor, as every list."""
    api = two.client()
    two.grid.grant(FIRST, SECOND)

    page = api.auth_teams_list(limit=1)
    rest = api.auth_teams_list(limit=1, cursor=page["response_metadata"]["next_cursor"])

    assert [FIRST, SECOND] == [team["id"] for each in (page, rest) for team in each["teams"]]
    assert "" == rest["response_metadata"]["next_cursor"]


def test_lists_need_the_workspace(two: Two) -> None:
    """A token of the organization does not say which one is meant."""
    api = two.client()
    two.grid.grant(FIRST, SECOND)

    for method in (api.users_list, api.conversations_list, api.usergroups_list):
        assert "missing_argument" == refusal(method)
    assert "missing_argument" == refusal(lambda: api.usergroups_users_list(usergroup="S0ADMINS001"))
    assert ["C0SECOND01"] == [each["id"] for each in api.conversations_list(team_id=SECOND)["channels"]]
    people = {team: {user["name"] for user in api.users_list(team_id=team)["members"]} for team in (FIRST, SECOND)}
    assert {"dev", "eve"} == people[FIRST] - people[SECOND]


def test_people_and_their_direct_messages_belong_to_the_organization(two: Two) -> None:
    """One ID in both workspaces; users.info tells which they are."""
    api = two.client()
    two.grid.grant(FIRST, SECOND)
    ana, eve = two.first.person("ana"), two.first.person("eve")

    assert [FIRST, SECOND] == api.users_info(user=ana.id)["user"]["enterprise_user"]["teams"]
    assert [FIRST] == api.users_info(user=eve.id)["user"]["enterprise_user"]["teams"]
    opened = {api.conversations_open(users=ana.id)["channel"]["id"] for _ in range(2)}
    api.chat_postMessage(channel=opened.pop(), text="direct")
    assert ["direct"] == [message.text for message in ana.direct_messages]


def test_files_are_shared_where_the_channel_is(two: Two) -> None:
    """An upload begins before Slack knows the channel."""
    api = two.client()
    two.grid.grant(FIRST, SECOND)

    api.files_upload_v2(channel="C0SECOND01", filename="a.txt", content="words", initial_comment="a file")

    assert ["a file"] == [message.text for message in two.second.channel("general").messages]


def test_payloads_say_that_the_organization_has_the_app(two: Two) -> None:
    """No team in interactions, none in authorizations; the team stands in commands, with people, and around events."""
    two.install()
    two.grid.grant(FIRST)
    first = two.first.core
    user = first.workspace.users[two.first.person("ana").id]
    body = payloads.shortcut(first, user, "go")
    assert (None, True, FIRST) == (body["team"], body["is_enterprise_install"], body["user"]["team_id"])
    around = payloads.event(first, {"type": "x"})
    assert (FIRST, None) == (around["team_id"], around["authorizations"][0]["team_id"])
    own = payloads.shortcut(two.second.core, user, "go")
    assert (SECOND, False) == (own["team"]["id"], own["is_enterprise_install"])


def test_a_workspace_that_has_installed_the_app_by_itself_keeps_its_own(two: Two) -> None:
    """Its token and its payloads; when that is removed, the organization's takes its place."""
    two.install()
    two.grid.grant(FIRST)
    code = parse_qs(urlsplit(two.first.installs.allow(page(two.app, scope=",".join(SCOPES)))).query)["code"][0]
    own = access(two.first, two.app, code=code, redirect_uri=BACK)

    assert two.first.core.organization is None
    assert FIRST == client(two.first, own["access_token"]).auth_test()["team_id"]
    two.first.installs.revoke()
    assert two.first.core.organization is not None


def test_a_removed_app_has_no_token(two: Two) -> None:
    """Slack wants it out of every workspace first, and tells all of it."""
    api = two.client()
    two.grid.grant(FIRST)

    two.grid.remove()

    assert "account_inactive" == refusal(api.auth_test)
    told = [delivery.payload["event"]["type"] for delivery in two.first.deliveries]
    assert ["team_access_granted", "team_access_revoked", "tokens_revoked", "app_uninstalled"] == told


def test_a_call_finds_its_workspace_by_the_file_or_view_that_it_names(two: Two) -> None:
    """files.info and views.update name no channel; an external_id that nobody uses is not found."""
    api = two.client()
    two.grid.grant(FIRST, SECOND)
    second = two.second
    posted = second.person("ana").post("general", "", files=[("a.csv", b"a")])
    assert (SECOND, "a.csv") == (
        (file := api.files_info(file=posted.files[0].id)["file"])["user_team"],
        file["name"],
    )
    api.chat_postMessage(channel="C0SECOND01", text="x", blocks=[actions(button("Go", "go"))])
    trigger_id = second.person("ana").click(second.channel("general").messages[-1], "Go").payload["trigger_id"]
    api.views_open(trigger_id=trigger_id, view=modal("1", section("x"), external_id="mine"))

    api.views_update(external_id="mine", view=modal("2", section("x")))
    assert (["2"], []) == tuple([view.title for view in each.person("ana").views] for each in (second, two.first))
    assert "not_found" == refusal(lambda: api.views_update(external_id="other", view=modal("3", section("x"))))


def test_a_workspace_of_another_organization_does_not_know_the_token(two: Two) -> None:
    """`invalid_auth`, though the same app is installed there."""
    token = two.install()["access_token"]
    apart = replace(SAMPLE_WORKSPACE, team_id="T0APART001")
    with LocalSlack.start(TimeMachine(), manifest=MANIFEST, workspace=apart, app=two.app) as third:
        assert "invalid_auth" == refusal(client(third, token).auth_test)
        assert "E0GRID0001" == client(two.first, token).auth_test()["team_id"]
