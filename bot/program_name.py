"""The name under which this program was called, for usage lines and for sentences that give a command to run."""

from __future__ import annotations

import sys
from pathlib import Path

#: The script that installing the bot makes: [project.scripts] in pyproject.toml.
_SCRIPT = "eco-bot"


def command_line(words: str = "") -> str:
    """Give the command line with these words as the operator types it: `eco-bot migrate`, `python -m bot migrate`."""
    called = _SCRIPT if Path(sys.argv[0]).stem == _SCRIPT else "python -m bot"
    return f"{called} {words}".rstrip()
