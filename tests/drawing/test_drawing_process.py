"""Drawing: a process of its own with a time limit, without secrets, and with its reason where there is no picture."""

import struct
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot.domain.forecast import forecast
from bot.drawing.drawing_process import CannotDraw, draw, draw_or_none
from bot.presentation import timeline_picture
from tests.domain.building import DAY, NOW, POLICY, acted, opened
from tests.support.steps import StepKey


def chart(name: str = "Acme") -> dict[str, Any]:
    """The chart of an enrollment in the middle."""
    enrollment, now = acted(opened(StepKey.FULL_ECO, account_name=name), StepKey.FULL_ECO), NOW + 3 * DAY
    return timeline_picture.build(enrollment, now, forecast(enrollment, now, POLICY), "U0ANA", "a.png").chart


def script(folder: Path, source: str) -> Path:
    """Another script to run."""
    file = folder / "script.py"
    file.write_text(source, "utf-8")
    return file


@pytest.mark.parametrize("name", ["Acme", "Ärzte $x^{2$ & <株式会社> 🎉 with a very long name that ends nowhere"])
def test_a_timeline_is_a_picture_for_a_phone(name: str) -> None:
    """1,080 pixels wide and higher than wide, whatever people have called their account."""
    png = draw(chart(name), limit=60)

    width, height = struct.unpack(">II", png[16:24])
    assert 1080 == width
    assert 1000 < height < 1800
    assert len(png) < 400_000


def test_the_libraries_stay_out_of_the_bots_memory() -> None:
    """The process that asks has not imported them."""
    assert draw_or_none(chart()) is None or "matplotlib" not in sys.modules


def test_a_drawing_that_hangs_is_ended(tmp_path: Path) -> None:
    """After its time limit."""
    began = time.monotonic()

    with pytest.raises(CannotDraw, match="longer than"):
        draw({}, script=script(tmp_path, "import time\nwhile True: time.sleep(1)"), limit=0.5)

    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import a_library_that_nobody_has", "No module named"),
        ("print('no picture')", "it said nothing"),
        ("raise SystemExit(3)", "exit code 3"),
    ],
)
def test_without_a_picture_there_is_a_reason(tmp_path: Path, source: str, why: str) -> None:
    """A library that is not installed, an odd output, a crash."""
    with pytest.raises(CannotDraw, match=why):
        draw({}, script=script(tmp_path, source))


def test_no_secret_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the process has paths and no tokens."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-secret")
    source = "import os, sys\nsys.stderr.write(' '.join(sorted(os.environ)))\nraise SystemExit(1)"

    with pytest.raises(CannotDraw) as told:
        draw({}, script=script(tmp_path, source))

    assert "PATH" in str(told.value)
    assert "SLACK" not in str(told.value)
