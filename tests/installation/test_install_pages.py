"""Installing by OAuth: what the page says, what is stored, and every way in which nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.installation.install_pages import SCOPES
from bot.installation.token_keys import TokenKeys
from bot.localslack import LocalSlack
from bot.repository import tables as t
from tests.repository.keeping import rows
from tests.support.bot_world import World
from tests.support.manifest import scopes
from tests.support.two_workspaces import ACME, KEY, NORTH, Browsed, Several, browse, running_several

NOTHING = "Nothing was installed"


@pytest.fixture
def several(database_url: str) -> Iterator[Several]:
    """The process, with the app in no workspace yet."""
    with running_several(database_url, installed=False) as started:
        yield started


def begin(several: Several) -> tuple[str, str]:
    """Open the page: where its button leads, and the browser's cookie."""
    page = browse(f"{several.url}/slack/install")
    return page.link, page.cookie


def acme(several: Several) -> LocalSlack:
    """One of the workspaces."""
    return several.slacks[ACME]


def refused(several: Several, page: Browsed, status: int, words: str) -> None:
    """Fail unless a page says so, offers to start again, and nothing is stored."""
    assert (status, NOTHING) == (page.status, page.heading)
    assert words in page.text
    assert f"{several.url}/slack/install" == page.link
    assert "Max-Age=0" in page.headers["set-cookie"]
    assert [] == rows(several.app.database, t.installations)
    assert {} == several.app.workspaces.applications


def test_the_page_explains_each_scope_of_the_manifest() -> None:
    """No scope is asked for without a sentence, and no sentence is about a scope that is not asked for."""
    assert set(scopes()) == set(SCOPES)
    assert [] == [why for why in SCOPES.values() if not why.endswith(".") or len(why.split()) > 20]


def test_the_page_asks_for_exactly_those_scopes(several: Several) -> None:
    """Its button leads to Slack's own page, with a state that the browser keeps in a cookie out of reach of scripts."""
    page = browse(f"{several.url}/slack/install")

    asked = parse_qs(urlsplit(page.link).query)
    assert set(scopes()) == set(asked["scope"][0].split(","))
    assert [f"{several.url}/slack/oauth_redirect"] == asked["redirect_uri"]
    assert page.cookie == f"eco_install={asked['state'][0]}"
    for attribute in ("HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/slack/oauth_redirect"):
        assert attribute in page.headers["set-cookie"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert ("no-store", "no-referrer") == (page.headers["cache-control"], page.headers["referrer-policy"])
    for scope in scopes():
        assert f"<dt>{scope}</dt>" in page.text
    assert [] == rows(several.app.database, t.receipts), "opening the page stores nothing"


def test_an_installation_is_stored_encrypted_and_served_at_once(several: Several) -> None:
    """The workspace is served without a restart; the token is nowhere in the clear."""
    page = several.install(ACME)

    assert (200, "Eco enrollment is in Acme") == (page.status, page.heading)
    assert page.link.startswith("https://slack.com/app_redirect?app=A0ECOAPP01&team=T0ACME0001")
    [row] = rows(several.app.database, t.installations)
    token = TokenKeys([KEY]).decrypt(row["bot_token"])
    assert token in several.oauth.tokens
    assert [] == [name for name, value in row.items() if token in str(value)]
    assert (ACME, "Acme", several.slacks[ACME].person("chi").id) == (
        row["team_id"],
        row["team_name"],
        row["installed_by"],
    )
    world = several.world(ACME)
    world.start()
    assert f"{several.slacks[ACME].base_url}/archives/" in world.app.workspace.gateway.link("C1", "1.1")


def test_a_state_of_another_browser_is_refused(several: Several) -> None:
    """Without the cookie, or with that of another page, nobody's code is exchanged."""
    url, cookie = begin(several)
    _, other = begin(several)
    back = acme(several).installs.allow(url)

    for wrong in ("", other, "eco_install=", 'eco_install="', f"x={cookie}"):
        refused(several, browse(back, wrong), 400, "another browser")
    assert [] == acme(several).calls_of("oauth.v2.access")
    assert browse(back, cookie).status == 200, "the code is still good"


@pytest.mark.parametrize("forged", ["", "1.2.3", "99999999999.name.00", "x", "9" * 400, "٣.name.ab"])
def test_a_forged_state_is_refused(several: Several, forged: str) -> None:
    """Also where the browser brings the same one in its cookie."""
    url, _ = begin(several)
    code = parse_qs(urlsplit(acme(several).installs.allow(url)).query)["code"][0]
    back = f"{several.url}/slack/oauth_redirect?{urlencode({'state': forged, 'code': code})}"

    words = "another browser" if forged else "begun on Slack"
    refused(several, browse(back, "eco_install=x"), 400, words)
    if forged.isascii():
        refused(several, browse(back, f"eco_install={forged}"), 400, words)


def test_a_state_ends_after_ten_minutes(several: Several) -> None:
    """One that was signed by us, and is too old."""
    url, cookie = begin(several)
    back = acme(several).installs.allow(url)
    several.clock.jump_to(several.clock.now().replace(minute=11))

    refused(several, browse(back, cookie), 400, "older than ten minutes")


def test_a_page_that_is_opened_twice_installs_once(several: Several) -> None:
    """The second time, the state was used."""
    url, cookie = begin(several)
    back = acme(several).installs.allow(url)
    assert browse(back, cookie).status == 200

    again = browse(back, cookie)

    assert (400, NOTHING) == (again.status, again.heading)
    assert "opened before" in again.text
    assert 1 == len(acme(several).calls_of("oauth.v2.access"))
    assert 1 == len(rows(several.app.database, t.installations))


def test_a_code_that_was_used_is_refused(several: Several) -> None:
    """With a state of its own, so that only Slack knows."""
    code = parse_qs(urlsplit(acme(several).installs.allow(begin(several)[0])).query)["code"][0]
    several.oauth.codes[code].used = True
    url, cookie = begin(several)
    state = parse_qs(urlsplit(url).query)["state"][0]

    page = browse(f"{several.url}/slack/oauth_redirect?{urlencode({'state': state, 'code': code})}", cookie)

    refused(several, page, 400, "opened before")


def test_denying_it_is_said_kindly(several: Several) -> None:
    """Nothing is asked of Slack."""
    url, cookie = begin(several)

    refused(several, browse(acme(several).installs.deny(url), cookie), 200, "You chose not to allow it.")
    assert [] == acme(several).calls_of("oauth.v2.access")


def test_another_error_of_slack_is_shown_escaped(several: Several) -> None:
    """Whatever stands in the address."""
    url, cookie = begin(several)
    state = parse_qs(urlsplit(url).query)["state"][0]

    page = browse(f"{several.url}/slack/oauth_redirect?{urlencode({'state': state, 'error': '<b>x'})}", cookie)

    refused(several, page, 400, "Slack says: &lt;b&gt;x.")


def test_a_code_of_another_app_is_refused(several: Several) -> None:
    """Slack knows no such code of this app."""
    url, cookie = begin(several)
    state = parse_qs(urlsplit(url).query)["state"][0]
    page = browse(f"{several.url}/slack/oauth_redirect?{urlencode({'state': state, 'code': 'of.another'})}", cookie)

    refused(several, page, 400, "opened before")


def test_an_answer_for_another_app_is_refused(several: Several) -> None:
    """Once one workspace has told the app's ID, every other one must have the same."""
    assert several.install(NORTH).status == 200
    several.oauth.app_id = "A0ANOTHER1"

    page = several.install(ACME)

    assert (400, NOTHING) == (page.status, page.heading)
    assert "for another app" in page.text
    assert [NORTH] == [row["team_id"] for row in rows(several.app.database, t.installations)]


def test_a_workspace_that_is_not_on_the_list_is_refused(database_url: str) -> None:
    """The page names the workspace, so that its people can ask for it."""
    with running_several(database_url, installed=False, ECO_WORKSPACES=NORTH) as several:
        refused(several, several.install(ACME), 403, "This workspace (T0ACME0001) is not on the list")
        assert several.install(NORTH).status == 200


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("http_503", 503, "does not answer"),
        ("ratelimited", 503, "does not answer"),
        ("not_json", 503, "does not answer"),
        ("drop_after", 503, "does not answer"),
        ("bad_client_secret", 500, "refuses my own settings (bad_client_secret)"),
        ("invalid_client_id", 500, "refuses my own settings (invalid_client_id)"),
        ("bad_redirect_uri", 500, "refuses my own settings (bad_redirect_uri)"),
        ("code_already_used", 400, "opened before"),
    ],
)
def test_a_fault_of_slack_has_its_page(several: Several, fault: str, status: int, words: str) -> None:
    """It stores nothing, and starting again works."""
    acme(several).faults.add("oauth.v2.access", fault)

    refused(several, several.install(ACME), status, words)
    assert several.install(ACME).status == 200


def test_a_token_that_does_not_work_is_not_stored(several: Several) -> None:
    """It is tried before anybody is told that all is well."""
    acme(several).faults.add("auth.test", "account_inactive")

    refused(several, several.install(ACME), 503, "does not confirm the new token (account_inactive)")


def test_scopes_that_slack_leaves_out_are_named(several: Several) -> None:
    """The bot would fail later, in the middle of somebody's work."""
    url, cookie = begin(several)
    back = acme(several).installs.allow(url.replace("users%3Aread.email", "").replace("users:read.email", ""))

    refused(several, browse(back, cookie), 500, "left out users:read.email")


def test_the_pages_take_no_other_method(several: Several) -> None:
    """They are for browsers that follow a link."""
    assert 405 == browse(f"{several.url}/slack/install", method="POST").status
    assert 405 == browse(f"{several.url}/slack/oauth_redirect", method="POST").status


def test_a_bot_with_one_token_has_no_such_pages(world: World) -> None:
    """Nobody can install it."""
    assert 404 == browse(f"{world.url}/slack/install").status
    assert 404 == browse(f"{world.url}/slack/oauth_redirect?code=x").status


def test_a_page_with_more_fields_than_slack_sends_is_refused(several: Several) -> None:
    """Somebody else has made the address."""
    page = browse(f"{several.url}/slack/oauth_redirect?{'&'.join(['state=1'] * 30)}")

    refused(several, page, 400, "older than ten minutes")
