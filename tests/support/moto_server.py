"""moto's server, a local AWS, on a free port."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from moto import backends
from moto.server import ThreadedMotoServer

#: With each request moto would list the folder of its modules, a hundred of them.
_MODULES = frozenset(backends.list_of_moto_modules())


@contextmanager
def running_moto() -> Iterator[tuple[str, int]]:
    """Start it, give its host and port, and stop it at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells each request on standard error
    backends.list_of_moto_modules = lambda: _MODULES
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield server.get_host_and_port()
    finally:
        server.stop()
