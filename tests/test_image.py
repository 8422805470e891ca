"""The Containerfile, without a container engine: its steps are followed here, and what they make serves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.demo_workspace import start_slack
from bot.localslack import TimeMachine
from tests.support.bot_process import free_port, ready
from tests.support.containerfile import Builder, Image, read_steps
from tests.support.wait_until import eventually

ROOT = Path(__file__).parents[1]
CONTAINERFILE = ROOT / "docs/deploy/Containerfile"
STEPS = read_steps(CONTAINERFILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the steps make."""
    return Builder(ROOT, tmp_path_factory.mktemp("image")).build(STEPS)


def read_only(image: Image) -> list[str]:
    """How to run a command where nothing but the volume and /tmp can be written; nothing where that can't be done."""
    keep = [str(image.data), str(image.folder / "tmp")]
    mounts = "".join(f"mount --bind {place} {place} && " for place in keep)
    rest = "".join(
        f"mount -o remount,ro,bind {line.split()[1]} 2>/dev/null; "
        for line in Path("/proc/mounts").read_text().splitlines()
        if str(image.folder).startswith(line.split()[1]) and not line.split()[1].startswith(("/proc", "/dev"))
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mounts}{rest} exec "$@"', "sh"]
    probe = [*command, "sh", "-c", f"! touch {image.folder}/probe 2>/dev/null && touch {image.data}/probe"]
    able = shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    return command if able else []


@pytest.fixture
def served(image: Image) -> Iterator[tuple[Image, int]]:
    """The image's process, with its settings in the environment, and its port."""
    with start_slack(TimeMachine()) as slack:
        port, admin = free_port(), free_port()
        environment = {"PATH": "/usr/bin:/bin", **image.environment, "HOST": "127.0.0.1", "PORT": str(port)}
        environment |= {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret}
        environment |= {"SLACK_API_URL": slack.api_url, "ECO_ADMIN_PORT": str(admin), "TMPDIR": f"{image.folder}/tmp"}
        with (image.folder / "log").open("w") as log:
            command = [*read_only(image), *image.command]
            running = subprocess.Popen(command, cwd=image.data, env=environment, stderr=log)
        try:
            eventually(lambda: ready(admin))
            slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            assert slack.person("ana").command("/eco", "help", channel="eco-rollout").ok
            yield image, port
        finally:
            running.terminate()
            assert 0 == running.wait(15), (image.folder / "log").read_text()


def healthy(image: Image, port: int) -> bool:
    """Ask as the image's health check does."""
    command = [word.replace(":3000/", f":{port}/") for word in image.health]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_what_the_steps_make_serves_and_is_healthy(served: tuple[Image, int]) -> None:
    """Entry point, environment, volume and health check are those of the file; nothing else is written."""
    image, port = served

    assert healthy(image, port)
    assert not healthy(image, free_port())
    assert "eco-bot.db" in {file.name for file in image.data.iterdir()}
    packages = next(image.folder.glob("opt/eco-bot/lib/python*/site-packages"))
    assert {"bot", "tests.pth"} <= {file.name for file in packages.iterdir()}


def test_the_build_gets_what_it_copies_and_nothing_of_this_machine() -> None:
    """Only what is copied passes Containerfile.dockerignore: no .env, no database, no .git."""
    ignored = CONTAINERFILE.with_suffix(".dockerignore").read_text("utf-8").splitlines()
    copied = {
        name
        for step in STEPS
        if step.word == "COPY" and not step.rest.startswith("--from")
        for name in step.rest.split()[:-1]
    }

    assert "*" == ignored[1]
    assert copied == {line[1:] for line in ignored if line.startswith("!")}


def test_the_linter_finds_nothing() -> None:
    """hadolint, on machines that have it."""
    if linter := shutil.which("hadolint"):
        found = subprocess.run([linter, str(CONTAINERFILE)], capture_output=True, text=True, check=False)
        assert "" == found.stdout
    assert {"FROM", "COPY", "RUN", "USER", "HEALTHCHECK", "ENTRYPOINT"} <= {step.word for step in STEPS}


def test_the_last_stage_gives_no_rights() -> None:
    """Another user than root owns the volume alone, and no shell of the build is left behind."""
    last = [step for step in STEPS if step.stage == STEPS[-1].stage]
    (user,) = [step.rest for step in last if step.word == "USER"]

    assert "10001" == user
    assert [] == [step.rest for step in last if step.word == "RUN" and "pip" in step.rest]
    assert ["--from=build /opt/eco-bot /opt/eco-bot"] == [step.rest for step in last if step.word == "COPY"]
