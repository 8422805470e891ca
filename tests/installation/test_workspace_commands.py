"""The keys of the stored tokens, and the commands about workspaces, as processes outside of the checkout."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.installation.token_keys import KeysDoNotFit, TokenKeys
from bot.process_parts import CannotStart
from bot.repository import tables as t
from bot.settings import load
from bot.several_workspaces import SeveralWorkspaces
from tests.installation.apart import fill, leaks
from tests.repository.keeping import rows
from tests.support.bot_process import free_port
from tests.support.forked_commands import ENVIRON, eco
from tests.support.two_workspaces import (
    ACME,
    KEY,
    NEW_KEY,
    NORTH,
    Several,
    browse,
    running_several,
    several_environment,
)
from tests.support.wait_until import eventually

OTHER_KEY = "x" * 43 + "="


@pytest.fixture
def several(sqlite_url: str) -> Iterator[Several]:
    """Two workspaces with the app in them."""
    with running_several(sqlite_url) as started:
        yield started


@pytest.fixture
def several_on(database_url: str) -> Iterator[Several]:
    """The same, on each database."""
    with running_several(database_url) as started:
        yield started


def environment(several: Several, **more: str) -> dict[str, str]:
    """The settings of a command on that database."""
    url = several.app.database.url.render_as_string(hide_password=False)
    return several_environment(several.slacks[ACME], several.oauth, url, free_port(), **more)


def tokens(several: Several) -> dict[str, str]:
    """The tokens as they are stored."""
    return {row["team_id"]: row["bot_token"] for row in rows(several.app.database, t.installations)}


def test_a_token_is_opened_by_each_key_and_by_no_other() -> None:
    """The first key encrypts; the second one is for what was stored before."""
    stored = TokenKeys([KEY]).encrypt("xoxb-1")

    assert TokenKeys([NEW_KEY, KEY]).decrypt(stored) == "xoxb-1"
    again = TokenKeys([NEW_KEY, KEY]).encrypt_again(stored)
    assert TokenKeys([NEW_KEY]).decrypt(again) == "xoxb-1"
    for keys, wrong in (([KEY], again), ([NEW_KEY], stored), ([KEY], "no token"), ([KEY], "")):
        with pytest.raises(KeysDoNotFit):
            TokenKeys(keys).decrypt(wrong)
        with pytest.raises(KeysDoNotFit):
            TokenKeys(keys).encrypt_again(wrong)


def test_a_wrong_key_is_told_at_start_and_nothing_is_changed(several_on: Several, tmp_path: Path) -> None:
    """Both workspaces are named, with what to do."""
    several = several_on
    before = rows(several.app.database, t.installations)

    ran = eco(tmp_path, "serve", **environment(several, ECO_TOKEN_KEYS=NEW_KEY))

    expected = (
        f"ECO_TOKEN_KEYS does not open the stored tokens of Acme ({ACME}), Northwind ({NORTH}). Nothing was changed. "
        "Set the key with which they were stored, after the new one if you are replacing it; or install the app again "
        "there."
    )
    assert (1, expected) == (ran.returncode, ran.stderr.splitlines()[-1])
    assert before == rows(several.app.database, t.installations)


def test_keys_that_change_under_a_running_process_are_told(several: Several) -> None:
    """It goes on with the tokens that it has, and says which workspace it cannot follow."""
    with several.app.database.write() as connection:
        strange = TokenKeys([NEW_KEY]).encrypt("xoxb-9")
        connection.execute(
            t.installations.update().where(t.installations.c.team_id == ACME).values(version=9, bot_token=strange)
        )

    several.app.workspaces.follow()

    assert {ACME, NORTH} == set(several.app.workspaces.applications)
    page = browse(f"{several.url}/readyz")
    assert page.status == 200
    assert f"Acme ({ACME}): ECO_TOKEN_KEYS does not open the stored tokens" in page.text


def test_keys_are_rotated_in_three_steps(several_on: Several, tmp_path: Path) -> None:
    """The new key in front, `rotate-keys`, the old key out; the running process goes on all the while."""
    several = several_on
    before = tokens(several)

    refused = eco(tmp_path, "rotate-keys", **environment(several, ECO_TOKEN_KEYS=NEW_KEY))
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stderr
    assert before == tokens(several)

    ran = eco(tmp_path, "rotate-keys", **environment(several, ECO_TOKEN_KEYS=f"{NEW_KEY},{KEY}"))
    said = "The tokens of 2 installations are encrypted with the first key. You can remove the second one.\n"
    assert (0, said) == (ran.returncode, ran.stdout)
    assert not set(before.values()) & set(tokens(several).values())
    several.app.workspaces.follow()
    several.world(ACME).start()
    settings = load(environment(several, ECO_TOKEN_KEYS=NEW_KEY), env_file=None)
    after = SeveralWorkspaces(settings, several.clock, workers=0)
    after.start()
    assert {ACME, NORTH} == set(after.workspaces.applications)
    after.stop(5)


def test_a_database_without_any_installation_takes_every_key(sqlite_url: str) -> None:
    """There is nothing to open yet; with one that does not fit, the start fails before anything runs."""
    with running_several(sqlite_url, installed=False) as several:
        settings = load(environment(several, ECO_TOKEN_KEYS=OTHER_KEY), env_file=None)
        app = SeveralWorkspaces(settings, several.clock, workers=0)
        app.start()
        app.stop(5)
        several.install(ACME)
        app = SeveralWorkspaces(settings, several.clock, workers=0)
        with pytest.raises(CannotStart):
            app.start()
        app.stop(5)


def test_workspaces_are_listed(several: Several, tmp_path: Path) -> None:
    """Those that are served, and those that were, with what each holds."""
    several.world(ACME).start()
    several.slacks[NORTH].installs.remove()
    assert eventually(lambda: NORTH not in several.app.workspaces.applications)

    ran = eco(tmp_path, "workspaces", **environment(several))

    chi = several.slacks[ACME].person("chi").id
    assert ran.stdout.splitlines() == [
        f"{ACME} Acme: installed 2026-11-23 by {chi}; 1 enrollment",
        f"{NORTH} Northwind: ended 2026-11-23 (app_uninstalled), its data are kept; 0 enrollments",
    ]


def test_a_workspace_that_removed_the_app_can_be_erased(several_on: Several, tmp_path: Path) -> None:
    """No row of it is left, and every row of the other one stays; one that is served is not erased."""
    several = several_on
    several.world(NORTH).start(account_name="Stays")
    fill(several)
    before = of_others(several)

    refused = eco(tmp_path, "workspaces", "--erase", ACME, **environment(several))
    unknown = eco(tmp_path, "workspaces", "--erase", "T0WRONG", **environment(several))
    assert (2, 2) == (refused.returncode, unknown.returncode)
    assert f"Acme ({ACME}) is served." in refused.stderr
    assert "The app was never installed in T0WRONG." in unknown.stderr
    several.slacks[ACME].installs.remove()
    assert eventually(lambda: ACME not in several.app.workspaces.applications)

    ran = eco(tmp_path, "workspaces", "--erase", ACME, **environment(several))

    said = f"All of Acme ({ACME}) is deleted, with 1 enrollment. Backups from before still have it.\n"
    assert (0, said) == (ran.returncode, ran.stdout), ran.stderr
    assert before == of_others(several)
    left = [table.name for table in t.metadata.sorted_tables if leaks(rows(several.app.database, table))]
    assert [] == left
    several.app.workspaces.follow()
    assert several.install(ACME).status == 200, "it may come back, and begins anew"
    assert [] == several.world(ACME).enrollments()


def of_others(several: Several) -> dict[str, list[dict[str, object]]]:
    """The rows of Northwind, by table."""
    tables = [table for table in t.metadata.sorted_tables if "workspace" in table.c]
    found = {table.name: rows(several.app.database, table, table.c.workspace == NORTH) for table in tables}
    mine = [each.id for each in several.world(NORTH).enrollments()]
    for table in (t.steps, t.events, t.step_values):
        found[table.name] = rows(several.app.database, table, table.c.enrollment_id.in_(mine))
    return found


def test_check_tries_each_workspace(several: Several, tmp_path: Path) -> None:
    """Token and scopes of each; one that Slack refuses is a failure."""
    fine = eco(tmp_path, "check", **environment(several))
    assert fine.returncode == 0, fine.stdout
    for name in (f"Acme ({ACME})", f"Northwind ({NORTH})"):
        assert f"{name} SLACK_BOT_TOKEN: fine, eco in " in fine.stdout
        assert f"{name} scopes: fine" in fine.stdout
    several.slacks[NORTH].installs.revoke()

    bad = eco(tmp_path, "check", **environment(several))

    assert bad.returncode == 1
    assert f"Northwind ({NORTH}) SLACK_BOT_TOKEN: Slack refuses it: token_revoked" in bad.stdout
    assert (
        "ECO_TOKEN_KEYS does not open" in eco(tmp_path, "check", **environment(several, ECO_TOKEN_KEYS=NEW_KEY)).stdout
    )


@pytest.mark.parametrize(
    "arguments",
    [["export", "123456789012"], ["import", "x.csv", "--dry-run"], ["adopt", "T0OLD"]],
    ids=lambda words: words[0],
)
def test_a_command_that_needs_a_token_asks_for_the_workspace(
    several: Several, tmp_path: Path, arguments: list[str]
) -> None:
    """It lists the choices; with one of them it goes on."""
    option = "--into" if arguments[0] == "adopt" else "--workspace"
    (tmp_path / "x.csv").write_text("account id,account name\n")

    asked = eco(tmp_path, *arguments, **environment(several))
    wrong = eco(tmp_path, *arguments, option, "T0WRONG", **environment(several))
    locked = eco(tmp_path, *arguments, option, ACME, **environment(several, ECO_TOKEN_KEYS=NEW_KEY))
    chosen = eco(tmp_path, *arguments, option, ACME, **environment(several))

    which = f"The app is installed in: {ACME} (Acme), {NORTH} (Northwind).\n"
    for ran in (asked, wrong):
        assert (2, "") == (ran.returncode, ran.stdout)
        assert ran.stderr.endswith(which)
    assert "ECO_TOKEN_KEYS does not open the stored tokens of Acme" in locked.stderr
    assert which not in chosen.stderr


def test_an_import_starts_in_the_chosen_workspace(several: Several, tmp_path: Path) -> None:
    """People and channels are looked up with its token."""
    (tmp_path / "x.csv").write_text("account id,account name,owner,channel\n111122223333,Imported,@ana,#eco-rollout\n")

    ran = eco(tmp_path, "import", "x.csv", "--confirm", "--workspace", NORTH, **environment(several))

    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert ["Imported"] == [each.account_name for each in several.world(NORTH).enrollments()]
    assert [] == several.world(ACME).enrollments()


def test_commands_of_one_token_need_no_workspace(tmp_path: Path, sqlite_url: str) -> None:
    """They say so where one is named, and that there are no installations."""
    one = {"SLACK_BOT_TOKEN": "xoxb-" + "0000-test", "SLACK_SIGNING_SECRET": "s" * 32, "DATABASE_URL": sqlite_url}

    assert "leave out --workspace" in eco(tmp_path, "export", "123456789012", "--workspace", "T1", **one).stderr
    for command in ("workspaces", "rotate-keys"):
        ran = eco(tmp_path, command, **one)
        assert ran.returncode == 2
        assert "SLACK_CLIENT_ID" in ran.stderr


def test_commands_say_what_is_missing(tmp_path: Path, sqlite_url: str) -> None:
    """No database yet, one of an older schema, no keys."""
    some = {"SLACK_CLIENT_ID": "1.2", "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"}
    assert "There is no database at" in eco(tmp_path, "workspaces", **some).stderr
    assert "ECO_TOKEN_KEYS is missing" in eco(tmp_path, "rotate-keys", **some).stderr
    (tmp_path / "none.db").touch()
    assert "python -m bot migrate" in eco(tmp_path, "workspaces", **some).stderr
    assert eco(tmp_path, "migrate", **some).returncode == 0
    assert eco(tmp_path, "workspaces", **some).stdout == "None yet.\n"


def test_serve_serves_workspaces_that_install_the_app(several: Several, tmp_path: Path) -> None:
    """The real command: ready with the installations that are stored, pages included, and it stops in time."""
    env = environment(several)
    url = f"http://127.0.0.1:{env['PORT']}"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=tmp_path, env=ENVIRON | env, stderr=log)
        try:
            assert eventually(lambda: answers(url), 30), (tmp_path / "log").read_text()
            assert "Add Eco enrollment to Slack" in browse(f"{url}/slack/install").text
            assert 2 == len(re.findall("^eco_workspace_up", browse(f"{url}/metrics").text, re.MULTILINE))
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
        finally:
            process.kill()
            process.wait()
    said = (tmp_path / "log").read_text()
    assert f"workspace Acme ({ACME}) is served" in said
    assert KEY not in said
    assert "xoxb-" not in said


def answers(url: str) -> bool:
    """Whether a process is ready."""
    try:
        return browse(f"{url}/readyz").status == 200
    except OSError:
        return False
