"""Reads a Containerfile and follows its steps without a container engine, in a folder of this machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """One instruction: its stage, counted from 0, its word, and what follows."""

    stage: int
    word: str
    rest: str


def read_steps(text: str) -> tuple[Step, ...]:
    """The instructions of a Containerfile in their order."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return tuple(_numbered(line.split(None, 1) for line in joined.splitlines() if line.strip()))


def _numbered(lines: Iterator[list[str]]) -> Iterator[Step]:
    stage = -1
    for word, rest in lines:
        stage += word == "FROM"
        yield Step(stage, word, rest)


@dataclass(frozen=True)
class Image:
    """What the last stage says of a process, with the paths of the folder in which the steps were followed."""

    folder: Path
    environment: dict[str, str]
    command: tuple[str, ...]
    health: tuple[str, ...]

    @property
    def data(self) -> Path:
        """The volume."""
        return self.folder / "data"


class Builder:
    """Follows the steps. Places of the image are below `folder`; the Python is that of the tests.

    There is no network: what the image installs from its lock file, the tests have installed already, and the new
    environment sees it. pip still compares each package and version.
    """

    def __init__(self, checkout: Path, folder: Path) -> None:
        self._checkout = checkout
        self._folder = folder
        self._source = folder / "src"
        self._environment = folder / "opt" / "eco-bot"

    def build(self, steps: tuple[Step, ...]) -> Image:
        """Follow all steps of the first stage, and read what the last one says."""
        self._source.mkdir(parents=True)
        for step in steps:
            if step.stage == 0 and step.word == "COPY":
                self._copy(step.rest.split())
            elif step.stage == 0 and step.word == "RUN":
                self._run(step.rest)
        return self._image({step.word: step.rest for step in steps if step.stage == steps[-1].stage})

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        for name in sources:
            source, place = self._checkout / name, self._source / target
            if source.is_dir():
                shutil.copytree(source, place, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, place)

    def _run(self, command: str) -> None:
        command = self._here(command).replace("pip install", "pip install --no-index")
        command = command.replace("--no-deps .", "--no-deps --no-build-isolation .")
        path = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
        ran = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self._source, env={"PATH": path, "HOME": str(self._folder)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        for packages in self._environment.glob("lib/python*/site-packages"):
            (packages / "tests.pth").write_text(sysconfig.get_path("purelib"))

    def _image(self, last: dict[str, str]) -> Image:
        (self._folder / "data").mkdir()
        (self._folder / "tmp").mkdir()
        pairs = (pair.partition("=") for pair in shlex.split(last["ENV"]))
        command = (*json.loads(last["ENTRYPOINT"]), *json.loads(last["CMD"]))
        health = json.loads(last["HEALTHCHECK"].partition("CMD ")[2])
        return Image(
            self._folder,
            {name: self._here(value) for name, _, value in pairs},
            tuple(self._here(word) for word in command),
            tuple(self._here(word) for word in health),
        )

    def _here(self, words: str) -> str:
        """The same words with the places of this machine."""
        return re.sub(r"(?<![\w.-])/(?=(?:opt/eco-bot|data|tmp)\b)", f"{self._folder}/", words)
