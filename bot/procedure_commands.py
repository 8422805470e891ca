"""The commands about procedures: `check procedures`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.domain.procedure import BUILT_IN
from bot.procedure_folder import faults_of, read_folder

DONE, BROKEN = 0, 1


def check(folder: Path | None) -> int:
    """Check our procedures and those of a folder, and print a line for each; returns the exit code."""
    faults = [f"{procedure.key}.toml: {fault}" for procedure in BUILT_IN for fault in faults_of(procedure)]
    ours = {procedure.key for procedure in BUILT_IN}
    for procedure in BUILT_IN:
        print(f"{procedure.key}: fine, {len(procedure.steps)} steps")
    if folder is not None:
        read = read_folder(folder)
        for procedure in read.procedures:
            instead = ", takes the place of ours" if procedure.key in ours else ""
            print(f"{procedure.reference}: fine, {len(procedure.steps)} steps{instead}")
        faults += read.faults
    else:
        print("You have none of your own. Name a folder, or set ECO_PROCEDURES.")
    for fault in faults:
        print(fault, file=sys.stderr)
    return BROKEN if faults else DONE
