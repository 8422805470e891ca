"""Serves a green account in a process of its own: prints its URL, and ends when its standard input is closed.

    python -m tests.support.aws.serve SECONDS

Every answer takes that many seconds at least.
"""

import logging
import sys

from moto.server import ThreadedMotoServer

from tests.support.aws.account import Account
from tests.support.aws.endpoint import AwsEndpoint


def main() -> None:
    """Serve."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    endpoint = AwsEndpoint(moto.get_host_and_port(), latency=float(sys.argv[1]))
    Account(endpoint).make()
    print(endpoint.url, flush=True)
    sys.stdin.read()
    endpoint.close()
    moto.stop()


if __name__ == "__main__":
    main()
