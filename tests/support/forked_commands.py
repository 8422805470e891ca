"""`python -m bot`, forked from a process that has imported the bot: the imports take longer than most commands.

As a program it reads a JSON line on standard input for each command, forks, waits for the fork, and writes its exit
code. A fork is a real process, with an environment, a folder and limits of its own; that a process without a
beginning like this does the same is held by tests/test_cli.py.
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
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]

_lock = threading.Lock()


def run_command(
    folder: Path, *words: str, environ: dict[str, str], file_limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -W error -m bot` in a folder, with an environment of the given variables only.

    Args:
        file_limit: how many bytes a file that it writes may have.
    """
    with _lock, TemporaryDirectory(prefix="eco-ran-") as kept:
        wanted = {"folder": str(folder), "words": words, "environ": environ, "file_limit": file_limit, "kept": kept}
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(json.dumps(wanted) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
        except BaseException:  # the next command must not read this one's exit code
            _server.cache_clear()
            _end(server)
            raise
        out, err = ((Path(kept) / name).read_text("utf-8") for name in ("out", "err"))
    return subprocess.CompletedProcess(["python", "-m", "bot", *words], code, out, err)


@cache
def _server() -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.support.forked_commands"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
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
    import bot.checks  # noqa: F401

    gc.freeze()  # no fork collects, and so copies, what was here before it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _command(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _command(wanted: dict[str, Any]) -> NoReturn:
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environ"])
    kept, writing = Path(wanted["kept"]), os.O_WRONLY | os.O_CREAT
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY), (1, kept / "out", writing), (2, kept / "err", writing),
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
