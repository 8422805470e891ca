"""The made-up data reaches our templates, and what is made of it is what the bot could send."""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from bot.localslack import limits
from bot.presentation import evidence_archive, texts
from bot.template_check import template_checks
from bot.template_check.sample_enrollments import CONFUSING, USUAL, Words
from bot.template_check.sample_messages import messages
from tests.support.own_templates import used


@pytest.mark.parametrize("words", [USUAL, CONFUSING], ids=["usual", "confusing"])
def test_every_made_up_message_fits(words: Words) -> None:
    """With our templates none of them is more than Slack takes, so a refusal is the fault of an operator's."""
    for message in messages(words):
        limits.check_message(message.text, message.blocks)
        assert message.text


def test_where_all_templates_fail_every_message_is_ours(tmp_path: Path) -> None:
    """Each value is there for the second time, too."""
    folder = tmp_path / "broken"
    shutil.copytree(texts.TEMPLATES, folder)
    for file in folder.rglob("*.j2"):
        file.write_text(f"{file.read_text('utf-8')}{{{{ nobody }}}}", "utf-8")
    expected = list(messages(USUAL))

    with used(folder) as counted:
        assert expected == list(messages(USUAL))
    assert sum(counted.values()) > len(expected)


def test_nearly_every_line_of_ours_is_written() -> None:
    """A branch that made-up data never reaches would be checked by its names only."""
    reached = defaultdict(set)
    files = {file for _, file, _ in _compiled()}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            reached[frame.f_code.co_filename].add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        list(messages(USUAL))
        template_checks.write_texts(USUAL)
    finally:
        sys.settrace(before)

    there = {file: lines for _, file, lines in _compiled()}
    assert [] == sorted(name for name, file, lines in _compiled() if lines and not lines & reached[file])
    done = sum(len(lines & reached[file]) for file, lines in there.items())
    assert done / sum(map(len, there.values())) > 0.95


def _compiled() -> Iterator[tuple[str, str, set[int]]]:
    """Name, file and lines of Python of each of our templates, as its environment compiles it."""
    kinds = {".txt.j2": texts.plain_environment(), ".html.j2": evidence_archive.environment()}
    for name in texts.environment().list_templates():
        ending = next((each for each in kinds if name.endswith(each)), "")
        environment = kinds.get(ending, texts.environment())
        assert environment.loader is not None
        source, file, _ = environment.loader.get_source(environment, name)
        assert file is not None
        yield name, file, set(_lines(compile(environment.compile(source, name, file, raw=True), file, "exec")))


def _lines(code: CodeType) -> Iterator[int]:
    if code.co_name != "<module>":
        yield from (line for _, _, line in code.co_lines() if line and line != code.co_firstlineno)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _lines(inner)
