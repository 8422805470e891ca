"""A green account in a process of its own: prints its address, and serves until its standard input is closed.

    python -m tests.support.aws.serve SECONDS

Every answer takes that many seconds at least.
"""

import logging
import sys

from moto.server import ThreadedMotoServer

from tests.support.aws.account import Account
from tests.support.aws.front import Front


def main() -> None:
    """Serve."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    front = Front(moto.get_host_and_port(), latency=float(sys.argv[1]))
    Account(front).make()
    print(front.url, flush=True)
    sys.stdin.read()
    front.close()
    moto.stop()


if __name__ == "__main__":
    main()
