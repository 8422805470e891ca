"""`python -m bot`, forked from a process that has imported the bot: the imports take longer than most commands.

As a program it reads a JSON line on standard input for each command, forks, and writes the process ID; or it reads the
process ID of a fork, and writes the exit code of what has ended, else null. A fork is a real process, with an
environment, a folder and limits of its own; that a process without a beginning like this does the same is held by
tests/test_cli.py.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
#: What a command's environment has at least.
ENVIRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
#: Seconds until a command that does not end is given up.
PATIENCE = 110.0

_lock = threading.Lock()


def run_command(
    folder: Path, *words: str, environ: dict[str, str], file_limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -W error -m bot` in a folder, with an environment of the given variables only.

    Args:
        file_limit: how many bytes a file that it writes may have.
    """
    with TemporaryDirectory(prefix="eco-ran-") as kept:
        out, err = Path(kept) / "out", Path(kept) / "err"
        code = ForkedCommand(folder, words, environ, out, err, file_limit).wait(PATIENCE)
        said = out.read_text("utf-8"), err.read_text("utf-8")
    return subprocess.CompletedProcess(["python", "-m", "bot", *words], code, *said)


def eco(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `python -W error -m bot` in a folder, with an environment of a path and the given variables only."""
    return run_command(folder, *words, environ=ENVIRON | environ)


class ForkedCommand:
    """A running command; it has what tests use of `subprocess.Popen`.

    Args:
        out, err: files that it writes to, or a pipe with a name.
        file_limit: how many bytes a file that it writes may have.
    """

    def __init__(
        self,
        folder: Path,
        words: Sequence[str],
        environ: dict[str, str],
        out: Path,
        err: Path,
        file_limit: int | None = None,
    ) -> None:
        files = {"out": str(out), "err": str(err), "file_limit": file_limit}
        self.pid: int = _ask({"folder": str(folder), "words": list(words), "environ": environ, **files})
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = _ask(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for the end, and return the exit code."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("python -m bot", timeout)
            time.sleep(0.005)  # until it has ended, never for a fixed time
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is known to have ended: until then its process ID is of no one else."""
        if self.returncode is None:
            os.kill(self.pid, number)


def _ask(what: object) -> Any:
    with _lock:
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(json.dumps(what) + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())
        except BaseException:  # the next request must not read the answer to this one
            _server.cache_clear()
            _end(server)
            raise


@cache
def _server() -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.support.forked_commands"],
        cwd=ROOT, env=ENVIRON,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    atexit.register(_end, made)
    return made


def _end(server: subprocess.Popen[str]) -> None:
    server.kill()
    server.communicate()


def main() -> None:
    """Fork until standard input ends."""
    import alembic.command  # noqa: F401
    import boto3  # noqa: F401
    import botocore.httpsession  # noqa: F401

    import bot.app
    import bot.backup.backup_commands
    import bot.backup.s3_store
    import bot.checks
    import bot.demo.sandbox_command  # noqa: F401

    gc.freeze()  # no fork collects, and so copies, what was here before it
    for line in sys.stdin:
        wanted = json.loads(line)
        if isinstance(wanted, int):
            ended, status = os.waitpid(wanted, os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        elif (answer := os.fork()) == 0:
            _command(wanted)
        print(json.dumps(answer), flush=True)


def _command(wanted: dict[str, Any]) -> NoReturn:
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environ"])
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY), (1, wanted["out"], writing), (2, wanted["err"], writing),
    ):  # fmt: skip
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    if (limit := wanted["file_limit"]) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.argv[1:] = wanted["words"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
    sys.exit(0)  # where the program has not ended itself: never back to forking


if __name__ == "__main__":
    main()
