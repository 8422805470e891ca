"""The command `check templates`: says which templates of an operator are fine, and what is wrong with the others."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.template_check.template_checks import check

DONE, BROKEN = 0, 1


def run(folder: Path | None) -> int:
    """Check the templates of a folder, and print a line for each; returns the exit code."""
    if folder is None:
        print("You have none of your own. Name a folder, or set ECO_TEMPLATES.")
        return DONE
    found = check(folder)
    for name in found.fine:
        print(f"{name}: fine, takes the place of ours")
    for fault in found.faults:
        print(fault, file=sys.stderr)
    return BROKEN if found.faults else DONE
