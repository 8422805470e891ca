"""Asks a public list of vulnerabilities about the locked packages, with pip-audit; says so where it can't be asked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Audit:
    """What came of it: whether it may be released so, and a sentence."""

    fine: bool
    words: str


def audit(lock: Path, service: str | None = None) -> Audit:
    """Ask about the packages of a lock file; a service that does not answer holds up no release.

    Args:
        service: the address to ask, as that of OSV; else OSV itself.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--timeout=15"]
    command += [f"--osv-url={service}"] if service else []
    command += ["--disable-pip", "--require-hashes", f"--requirement={lock}", "--format=json", "--progress-spinner=off"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = [line for line in ran.stderr.splitlines() if line and not line[0].isspace() and ": " in line]
        reason = lines[-1].rpartition("Caused by ")[2][:200] if lines else "no answer"
        return Audit(True, f"The vulnerability service can't be asked here ({reason}). Run pip-audit elsewhere.")
    found = [f"{each['name']} {each['version']}: {fault['id']}" for each in packages for fault in each.get("vulns", [])]
    if found:
        return Audit(False, f"Known vulnerabilities: {', '.join(found)}. Update with `make lock LOCK_ARGS=--upgrade`.")
    if skipped := [each["name"] for each in packages if "skip_reason" in each]:
        return Audit(True, f"The vulnerability service does not know {len(skipped)} packages: {', '.join(skipped)}.")
    return Audit(True, f"No vulnerability is known of {len(packages)} packages.")
