"""Makes the files of a release: the wheel, the same byte for byte each time, its bill of materials, their checksums."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path


class CannotBuild(Exception):
    """A file could not be made; the message has what the tool says."""


def build_wheel(root: Path, folder: Path, epoch: int) -> Path:
    """Build the wheel of a checkout; the same files and the same time make the same bytes.

    Args:
        epoch: the time of all files in it, in seconds since 1970.
    """
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={folder}", str(root)]
    _run(command, root, SOURCE_DATE_EPOCH=str(epoch))
    (wheel,) = folder.glob("*.whl")
    return wheel


def new_environment(root: Path, wheel: Path, folder: Path) -> Path:
    """Install the wheel with what is locked, and try it; returns the interpreter."""
    python = folder / "bin" / "python"
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], root)
    pip = [sys.executable, "-m", "pip", f"--python={python}", "--disable-pip-version-check", "--quiet", "install"]
    _run([*pip, "--require-hashes", f"--requirement={root / 'requirements.txt'}"], root)
    _run([*pip, "--no-deps", str(wheel)], root)
    _run([str(folder / "bin" / "eco-bot"), "version"], folder)
    return python


def bill_of_materials(root: Path, version: str, python: Path, file: Path, epoch: int, *, validate: bool) -> None:
    """Describe the packages of an environment with their versions and licences: CycloneDX, in JSON."""
    project = (root / "pyproject.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "pyproject.toml")  # the tool reads no version from code
        told.write_text(project.replace('dynamic = ["version"]', f'version = "{version}"'), "utf-8")
        command = [sys.executable, "-m", "cyclonedx_py", "environment", str(python), f"--pyproject={told}"]
        command += ["--mc-type=application", "--output-reproducible", "--validate" if validate else "--no-validate"]
        _run([*command, f"--output-file={file}"], root, SOURCE_DATE_EPOCH=str(epoch))


def checksums(folder: Path) -> Path:
    """Write SHA256SUMS beside the files of a folder, for `sha256sum --check`."""
    files = sorted(file for file in folder.iterdir() if file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")
    return folder / "SHA256SUMS"


def _run(command: list[str], cwd: Path, **environment: str) -> None:
    ran = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CannotBuild(f"{' '.join(command)}\n{ran.stdout}{ran.stderr}".rstrip())
