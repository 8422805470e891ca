"""The way into an account: credentials, the role of the bot, and clients that do not wait for ever."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config

from bot.domain.aws.calls import REGION, Call

#: Seconds to connect and to read, and how often a call is made at most.
CONNECT, READ, ATTEMPTS = 2, 5, 2
#: As AWS CloudTrail shows whoever looks.
SESSION_NAME = "eco-enrollment-bot"

_LIMITS = Config(
    region_name=REGION,
    connect_timeout=CONNECT,
    read_timeout=READ,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    user_agent_extra="eco-enrollment-bot",
)
_SETTINGS: Mapping[str, Config] = {
    # A role of a region's own endpoint works everywhere; the old global one is not watched by AWS any more.
    "sts": _LIMITS.merge(Config(sts_regional_endpoints="regional")),
}


class Way:
    """Clients for one account, made when they are first used.

    Args:
        endpoint: where every service is called instead of AWS; None for AWS, or for what the environment says.
    """

    def __init__(self, session: boto3.Session, endpoint: str | None) -> None:
        self._session = session
        self._endpoint = endpoint
        # Neither a session nor the making of clients may be used by two threads at a time; a client may.
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, call: Call) -> Any:
        """The client for a call; its types are lost here, since the service is a value."""
        service = call.value.service
        with self._lock:
            if service not in self._clients:
                config = _SETTINGS.get(service, _LIMITS)
                if self._endpoint and service == "s3":
                    config = config.merge(Config(s3={"addressing_style": "path"}))
                # boto3's stubs have one overload for each service, and none for a name that is not known beforehand.
                make: Any = self._session.client
                self._clients[service] = make(service, config=config, endpoint_url=self._endpoint)
            return self._clients[service]

    def ask(self, call: Call, **inputs: object) -> dict[str, Any]:
        """Make a call and give its answer; raises what boto3 raises."""
        answer: dict[str, Any] = getattr(self.client(call), _method(call))(**inputs)
        return answer


def own_way(endpoint: str | None) -> Way:
    """As the bot itself, with boto3's default chain of credentials."""
    return Way(boto3.Session(region_name=REGION), endpoint)


def way_by_role(way: Way, role_arn: str, external_id: str | None, endpoint: str | None) -> Way:
    """As the bot's role in an account; raises what boto3 raises."""
    inputs = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": 900}
    if external_id:
        inputs["ExternalId"] = external_id
    keys = way.ask(Call.ASSUME_ROLE, **inputs)["Credentials"]
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=REGION,
    )
    return Way(session, endpoint)


@cache
def _method(call: Call) -> str:
    return xform_name(call.value.name)
