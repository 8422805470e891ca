"""Errors of backup and restore: one message each, as the command line prints it."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupFailed
from bot.backup.file_store import store_for
from bot.backup.take_backup import take_backup
from bot.settings.backup_place import S3Place
from tests.backup.databases import NOW, Made, accounts, whole
from tests.support.bot_process import ROOT
from tests.support.forked_commands import run_command

Makes = Callable[..., Made]


def eco(folder: Path, *words: str, limit: int | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot`, with a limit on the size of files that it writes."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return run_command(folder, *words, environ=env | environ, file_limit=limit)


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """A server that answers every request with an error of S3; a HEAD gets the status only."""
    body = f"<Error><Code>{code}</Code><Message>as S3 says it</Message></Error>".encode()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = answer  # noqa: N815 - the names that http.server asks for

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (403, "AccessDenied", "Access denied: s3:GetObject of s3://eco-backups/x is not allowed"),
        (404, "NoSuchBucket", "There is no bucket eco-backups."),
        (404, "NoSuchKey", "There is no backup at s3://eco-backups/x."),
        (400, "ExpiredToken", "have expired"),
        (403, "InvalidAccessKeyId", "does not accept the credentials (InvalidAccessKeyId)"),
        (403, "SignatureDoesNotMatch", "does not accept the credentials"),
        (403, "RequestTimeTooSkewed", "clock of this machine"),
        (400, "AuthorizationHeaderMalformed", "in another region"),
        (501, "NotImplemented", "S3 answers NotImplemented to s3:GetObject"),
        (503, "SlowDown", "S3 answers SlowDown to s3:GetObject"),
    ],
)
def test_every_refusal_of_s3_is_a_sentence(
    status: int, code: str, says: str, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each error of S3 becomes a message that says what to do."""
    with answering(status, code) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        with pytest.raises(BackupFailed) as failed:
            store_for(S3Place("eco-backups", "x")).get(tmp_path / "fresh.db")

    assert says in str(failed.value)


def test_access_denied_to_a_look_is_a_sentence(
    aws: dict[str, str], made: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A HEAD response has no error code; its status is enough."""
    place = S3Place("eco-backups", "x")
    with answering(403, "AccessDenied") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        with pytest.raises(BackupFailed, match="Access denied: s3:HeadObject"):
            take_backup(made().file, store_for(place), place, NOW)


@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize(
    ("environ", "place", "says"),
    [
        ({}, "s3://eco-nowhere/x", "There is no bucket eco-nowhere."),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}, "s3://eco-backups/x", "S3 cannot be reached"),
        ({"AWS_ENDPOINT_URL_S3": "nonsense"}, "s3://eco-backups/x", "Invalid endpoint"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "s3://eco-backups/x", "There are no AWS credentials"),
        ({"AWS_PROFILE": "nobody"}, "s3://eco-backups/x", "AWS_PROFILE names a profile"),
    ],
)
def test_a_fault_is_told_in_a_sentence(
    command: str, environ: dict[str, str], place: str, says: str, aws: dict[str, str], made: Makes, tmp_path: Path
) -> None:
    """Exit code 1, one sentence, no traceback, no secret, and nothing is changed."""
    data = made("eco-bot.db", enrollments=0)

    ran = eco(tmp_path, command, place, **(aws | environ))

    assert (1, "") == (ran.returncode, ran.stdout)
    assert says in ran.stderr
    assert 1 == len(ran.stderr.splitlines())
    assert [] == accounts(data.file)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_has_tools_of_its_own(command: str, tmp_path: Path) -> None:
    """Exit code 2: these commands are for SQLite only. The message does not show DATABASE_URL."""
    ran = eco(tmp_path, command, "s3://eco-backups/x", DATABASE_URL="postgresql://eco:hidden@db/eco")

    assert (2, "") == (ran.returncode, ran.stdout)
    assert "pg_dump" in ran.stderr
    assert "hidden" not in ran.stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "ECO_BACKUP_S3"),
        (["s3://"], "s3://bucket/key"),
        (["s3://eco-backups"], "s3://bucket/key"),
        (["s3://eco-backups/folder/"], "eco-bot.db"),
        (["s3://Eco_Backups/x"], "not a bucket name"),
        (["https://eco-backups/x"], "not a place for a backup"),
        (["--overwrite"], "--overwrite"),
    ],
)
def test_wrong_words_are_told(command: str, words: list[str], says: str, tmp_path: Path) -> None:
    """Exit code 2, a message that says what to write, and no file is created."""
    ran = eco(tmp_path, command, *words)

    assert (2, "") == (ran.returncode, ran.stdout)
    assert says in ran.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_full_disk_stops_a_backup_and_a_restore(
    made: Makes, place: S3Place, aws: dict[str, str], tmp_path: Path
) -> None:
    """If the copy cannot be written, a message says so, existing files stay, and no temporary file is left."""
    database = made(enrollments=3)
    take_backup(database.file, store_for(place), place, NOW)
    database.enroll()
    (tmp_path / "elsewhere").mkdir()

    backup = eco(tmp_path, "backup", str(place), limit=30_000, **aws)
    restore = eco(tmp_path / "elsewhere", "restore", str(place), limit=30_000, **aws)

    assert (1, 1) == (backup.returncode, restore.returncode)
    assert "cannot be written" in backup.stderr
    assert "File too large" in restore.stderr
    assert "Traceback" not in backup.stderr + restore.stderr
    assert [] == [path.name for path in (tmp_path / "elsewhere").iterdir() if path.name.startswith("eco-bot")]
    assert whole(database.file)


def test_from_the_command_line_and_back(made: Makes, place: S3Place, aws: dict[str, str], tmp_path: Path) -> None:
    """Backup, unchanged, declined, replaced and restored: messages and exit codes."""
    database = made(enrollments=2)
    environ = aws | {"ECO_BACKUP_S3": str(place)}

    first, second = eco(tmp_path, "backup", **environ), eco(tmp_path, "backup", **environ)
    database.database.close()
    refused = eco(tmp_path, "restore", **environ)
    empty = eco(tmp_path, "restore", "--if-empty", **environ)
    replaced = eco(tmp_path, "restore", "--replace", **environ)

    assert [0, 0, 1, 0, 0] == [ran.returncode for ran in (first, second, refused, empty, replaced)]
    assert f"Backed up to {place}: made " in first.stdout
    assert "Nothing has changed" in second.stdout
    assert "has enrollments or installations; it is left alone" in refused.stderr
    assert "nothing to restore" in empty.stdout
    [kept] = tmp_path.glob("eco-bot.db.before-restore-*")
    assert f"kept as {kept.name}" in replaced.stdout
    assert 2 == len(accounts(database.file)) == len(accounts(kept))


def test_a_restore_before_every_start_is_fine(place: S3Place, aws: dict[str, str], made: Makes, tmp_path: Path) -> None:
    """With --if-empty, a missing backup is no error, and an existing one is restored."""
    environ = aws | {"ECO_BACKUP_S3": str(place)}

    nothing = eco(tmp_path, "restore", "--if-empty", **environ)
    take_backup(made("lost.db").file, store_for(place), place, NOW)
    back = eco(tmp_path, "restore", "--if-empty", **environ)

    assert (0, 0) == (nothing.returncode, back.returncode)
    assert "There is no backup" in nothing.stdout
    assert 3 == len(accounts(tmp_path / "eco-bot.db"))


def test_a_file_will_do(made: Makes, tmp_path: Path) -> None:
    """Backup to a file and restore from it, without AWS."""
    database = made(enrollments=2)

    backup = eco(tmp_path, "backup", "kept.db")
    database.database.close()
    restore = eco(tmp_path, "restore", "kept.db", DATABASE_URL="sqlite:///other.db")

    assert (0, 0) == (backup.returncode, restore.returncode), backup.stderr + restore.stderr
    assert accounts(database.file) == accounts(tmp_path / "other.db")


@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize("words", ["x.db", "./x.db", "link.db", "x.db-wal"])
def test_the_database_itself_is_no_place_for_its_copy(command: str, words: str, made: Makes, tmp_path: Path) -> None:
    """Replacing the database by its own copy would leave a running bot with a deleted file."""
    made("x.db", 1)
    (tmp_path / "x.db-wal").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "x.db")
    before = (tmp_path / "x.db").stat().st_ino

    ran = eco(tmp_path, command, words, DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}")

    assert (2, f"{words.removeprefix('./')} is the database itself: name another file.") == (
        ran.returncode,
        ran.stderr.strip(),
    )
    assert before == (tmp_path / "x.db").stat().st_ino


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_is_damaged_is_named(command: str, made: Makes, tmp_path: Path) -> None:
    """The message names the damaged database, not its temporary copy."""
    (tmp_path / "notes.txt").write_text("no database at all, but long enough to be looked at as one\n" * 200)
    made("x.db", 1)
    file, place = ("notes.txt", "copy.db") if command == "backup" else ("x.db", "notes.txt")

    ran = eco(tmp_path, command, place, "--replace", DATABASE_URL=f"sqlite:///{tmp_path / file}")

    assert 1 == ran.returncode
    assert "notes.txt" in ran.stderr
    assert "Traceback" not in ran.stderr
