"""Loads the settings for a command, with the operator's procedures; prints their faults and ends the process.

It imports only what it needs, so that invalid settings are reported at once.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings

#: The exit codes of all commands.
DONE, BROKEN, WRONG = 0, 1, 2


def load_settings(*, need_slack: bool = False, configure_logs: bool = True, procedures: bool = True) -> Settings:
    """Load the settings, configure logging by them, and read the operator's procedures; end the process at a fault."""
    from bot.settings import SettingsInvalid, load
    from bot.telemetry import logs

    try:
        settings = load(need_slack=need_slack)
    except SettingsInvalid as invalid:
        for name, sentence in invalid.faults:
            print(f"{name}: {sentence}", file=sys.stderr)
        raise SystemExit(WRONG) from None
    # Bolt would read these from the environment, too, and warn that it ignores the token.
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        os.environ.pop(name, None)
    if configure_logs:
        logs.configure(settings.log_level, settings.log_format, settings.secrets)
    if procedures and settings.procedures is not None:
        _offer_procedures(settings.procedures)
    return settings


def _offer_procedures(folder: Path) -> None:
    from bot import procedure_folder

    read = procedure_folder.read_folder(folder)
    if read.faults:
        print(*read.faults, sep="\n", file=sys.stderr)
        raise SystemExit(BROKEN)
    procedure_folder.offer_all(read.procedures, read.packs)
