"""A PostgreSQL pooler in transaction mode, at its worst: every transaction gets a new session of the server."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

_SSL, _GSS = 80877103, 80877104


class Pooler:
    """Speaks PostgreSQL's protocol on a port of this machine, and counts the sessions that it has used."""

    def __init__(self, server: Path) -> None:
        self._server = str(server)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sessions = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError, EOFError):
            begin = self._startup(client)
            with closing(self._session(begin)) as login:
                client.sendall(_until_ready(login))
            while self._transaction(client, begin):
                pass

    def _startup(self, client: socket.socket) -> bytes:
        while True:
            size = _read(client, 4)
            body = _read(client, struct.unpack("!I", size)[0] - 4)
            if struct.unpack("!I", body[:4])[0] not in (_SSL, _GSS):
                return size + body
            client.sendall(b"N")

    def _session(self, begin: bytes) -> socket.socket:
        session = socket.socket(socket.AF_UNIX)
        session.connect(self._server)
        session.sendall(begin)
        self.sessions += 1
        return session

    def _transaction(self, client: socket.socket, begin: bytes) -> bool:
        """Pass on one transaction; returns whether the client goes on."""
        first = client.recv(65536)
        if not first or first[:1] == b"X":
            return False
        with closing(self._session(begin)) as session:
            _until_ready(session)
            session.sendall(first)
            buffer = b""
            while True:
                readable, _, _ = select.select([client, session], [], [])
                if client in readable:
                    said = client.recv(65536)
                    if not said:
                        return False
                    session.sendall(said)
                if session in readable:
                    said = session.recv(65536)
                    if not said:
                        return False
                    client.sendall(said)
                    buffer, idle = _rest(buffer + said)
                    if idle:
                        return True


def _read(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = source.recv(count - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def _until_ready(session: socket.socket) -> bytes:
    found = b""
    while True:
        head = _read(session, 5)
        body = _read(session, struct.unpack("!I", head[1:])[0] - 4)
        found += head + body
        if head[:1] in (b"Z", b"E"):
            return found


def _rest(buffer: bytes) -> tuple[bytes, bool]:
    """What follows the last whole message, and whether that said that no transaction is open."""
    idle = False
    while len(buffer) >= 5 and len(buffer) > (size := struct.unpack("!I", buffer[1:5])[0]):
        idle = buffer[:1] == b"Z" and buffer[5:6] == b"I"
        buffer = buffer[size + 1 :]
    return buffer, idle and not buffer


@contextmanager
def pooled(cluster: Any, database: str) -> Iterator[tuple[str, Pooler]]:
    """The URL of a database behind a pooler, and the pooler."""
    pooler = Pooler(cluster.directory / ".s.PGSQL.5432")
    try:
        yield f"postgresql://postgres@127.0.0.1:{pooler.port}/{database}", pooler
    finally:
        pooler.close()
