"""The files of docs/deploy name settings, paths and ports that exist, and give the process no more than it needs."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings.environment import SETTINGS

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs/deploy"
KNOWN = {setting.name for setting in SETTINGS} | {
    *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MPLCONFIGDIR", "MALLOC_ARENA_MAX")
}
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
KUBERNETES: dict[str, Any] = {
    each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
}


def unit() -> dict[str, list[str]]:
    """Setting of the systemd unit -> its values."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "eco-bot.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_starts_the_installed_command_and_gives_it_time_to_end() -> None:
    """As a user of its own, with the database in the only folder that it may write to."""
    found, shape = unit(), configparser.ConfigParser(strict=False)
    shape.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    shape.read(DEPLOY / "eco-bot.service")

    assert ["Unit", "Service", "Install"] == shape.sections()
    assert ["/opt/eco-bot/venv/bin/eco-bot serve"] == found["ExecStart"]
    assert ["strict"] == found["ProtectSystem"]
    assert ["yes"] == found["NoNewPrivileges"]
    assert ["eco-bot"] == found["User"] == found["StateDirectory"]
    assert ["/var/lib/eco-bot"] == found["WorkingDirectory"]
    assert 25 <= int(found["TimeoutStopSec"][0])


def test_systemd_knows_the_unit() -> None:
    """`systemd-analyze` finds nothing wrong but the program that is not installed here, on machines that have it."""
    if analyze := shutil.which("systemd-analyze"):
        command = [analyze, "verify", str(DEPLOY / "eco-bot.service")]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
        assert [] == [line for line in said.splitlines() if "eco-bot" in line and "is not executable" not in line]
    assert len(unit()) > 30


def test_systemd_finds_the_unit_well_guarded() -> None:
    """`systemd-analyze security` gives it less than 2 of 10, where 10 is a unit that may do everything."""
    if analyze := shutil.which("systemd-analyze"):
        command = [analyze, "security", "--offline=true", "--threshold=20", str(DEPLOY / "eco-bot.service")]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 0 == ran.returncode, ran.stdout
    assert {"yes"} == {found for name in ("ProtectHome", "PrivateTmp", "PrivateDevices") for found in unit()[name]}


def test_the_image_copies_what_there_is_and_runs_without_rights() -> None:
    """Each path is in the checkout; the user is not root; the address of the health check is served."""
    copied = [path for line in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.M) for path in line.split()]
    assert {"bot", "handlers", "templates", "manifest.yml", "requirements.txt", "pyproject.toml"} <= set(copied)
    assert [] == [path for path in copied if not (ROOT / path).exists()]
    assert re.search(r"^USER 10001$", CONTAINERFILE, re.M)
    assert "--require-hashes" in CONTAINERFILE
    assert "http://127.0.0.1:3000/healthz" in CONTAINERFILE
    named = re.findall(r"\b([A-Z][A-Z_]+)=", CONTAINERFILE)
    assert [] == [name for name in named if name not in KNOWN]


def test_the_manifests_fit_together() -> None:
    """Everything selects the bot's pods, and asks for ports and settings that they have."""
    pod = KUBERNETES["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    (container,) = pod["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    settings = {**KUBERNETES["Secret"]["stringData"], **KUBERNETES["ConfigMap"]["data"]}

    assert 2 == KUBERNETES["Deployment"]["spec"]["replicas"]
    assert (
        labels
        == KUBERNETES["Deployment"]["spec"]["selector"]["matchLabels"]
        == KUBERNETES["Service"]["spec"]["selector"]
    )
    assert labels == KUBERNETES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert labels == KUBERNETES["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert {"http": 3000, "admin": int(settings["ECO_ADMIN_PORT"])} == ports
    assert [] == [name for name in settings if name not in KNOWN]
    assert {"secretRef", "configMapRef"} == {kind for each in container["envFrom"] for kind in each}
    assert ("/readyz", "admin") == tuple(container["readinessProbe"]["httpGet"].values())
    assert ("/healthz", "http") == tuple(container["livenessProbe"]["httpGet"].values())
    drain = int(settings["ECO_DRAIN"].removesuffix("s"))
    assert drain + 15 <= pod["spec"]["terminationGracePeriodSeconds"]


def test_the_pods_have_no_rights() -> None:
    """Not root, nothing to write but /tmp and /data, no token of the cluster."""
    spec = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]

    assert spec["securityContext"]["runAsNonRoot"]
    assert not spec["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert ["ALL"] == container["securityContext"]["capabilities"]["drop"]
    assert {"/tmp", "/data"} == {each["mountPath"] for each in container["volumeMounts"]}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_what_stands_in_front_passes_on_little(name: str) -> None:
    """Slack's events and calendar feeds, with bodies of 300 KB at most; not the metrics."""
    text = (DEPLOY / name).read_text()

    assert "/slack/events" in text
    assert "/calendar/" in text
    assert re.search(r"300k", text, re.I)
    assert "404" in text
    assert "metrics" not in text
    assert "127.0.0.1:3000" in text


def test_caddy_knows_its_file(tmp_path: Path) -> None:
    """`caddy validate` finds nothing wrong, on machines that have it."""
    text = (DEPLOY / "Caddyfile").read_text()
    if caddy := shutil.which("caddy"):
        command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
        ran = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
        assert 0 == ran.returncode, ran.stderr
    assert text.count("{") == text.count("}")


def test_every_file_is_explained() -> None:
    """docs/DEPLOYING.md names each of them."""
    page = (ROOT / "docs/DEPLOYING.md").read_text()
    assert [] == [file.name for file in DEPLOY.iterdir() if file.name not in page]
