"""Credentials and clients for an AWS account: the bot's own, or an assumed role; calls end by a deadline."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.loaders import Loader

from bot.checks.bounded_threads import Deadline
from bot.domain.aws.calls import REGION, Call

#: Timeouts in seconds, and the most attempts per call.
CONNECT, READ, ATTEMPTS = 2, 5, 2
#: The session name that CloudTrail shows.
SESSION_NAME = "eco-enrollment-bot"

_LIMITS = Config(
    region_name=REGION,
    connect_timeout=CONNECT,
    read_timeout=READ,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    user_agent_extra="eco-enrollment-bot",
)
#: With a custom endpoint, buckets are addressed by path: their host names do not resolve to it.
_BY_PATH = _LIMITS.merge(Config(s3={"addressing_style": "path"}))


class Late(Exception):
    """The deadline has passed, so the call is not made."""


class AwsAccess:
    """Credentials for one account, with clients that are created on first use.

    Args:
        endpoint: an endpoint for all services; None for those of AWS or of the environment.
        deadline: no call is begun after it.
    """

    def __init__(self, session: boto3.Session, endpoint: str | None, deadline: Deadline) -> None:
        self._session = session
        self._endpoint = endpoint
        self._deadline = deadline
        # Clients are thread-safe; sessions, and creating a client, are not.
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, call: Call) -> Any:
        """The client for a call; untyped, since the service is a value."""
        service = call.value.service
        with self._lock:
            if service not in self._clients:
                config = _BY_PATH if self._endpoint else _LIMITS
                # boto3's stubs have an overload for each service, and none for a variable.
                make: Any = self._session.client
                self._clients[service] = make(service, config=config, endpoint_url=self._endpoint)
            return self._clients[service]

    def ask(self, call: Call, **inputs: object) -> dict[str, Any]:
        """Make a call and return its response.

        Raises:
            Late: the deadline has passed. And the exceptions of boto3.
        """
        if self._deadline.passed:
            raise Late
        answer: dict[str, Any] = getattr(self.client(call), _method(call))(**inputs)
        return answer

    def seconds_left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline.left()

    def assume_role(self, role_arn: str, external_id: str | None) -> AwsAccess:
        """Assume a role with these credentials; raises what `ask` raises."""
        inputs = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": 900}
        if external_id:
            inputs["ExternalId"] = external_id
        keys = self.ask(Call.ASSUME_ROLE, **inputs)["Credentials"]
        session = _session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        return AwsAccess(session, self._endpoint, self._deadline)


def own_credentials(endpoint: str | None, deadline: Deadline) -> AwsAccess:
    """The bot's own credentials, from boto3's default chain; read anew each time, since they may have been renewed."""
    return AwsAccess(_session(), endpoint, deadline)


def _session(**keys: str) -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", descriptions())
    # The regional endpoint of STS: the global one is a single point of failure.
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.Session(botocore_session=core, region_name=REGION, **keys)


@cache
def descriptions() -> Loader:
    """The loader of botocore's service descriptions, shared: reading them takes longer than a whole check."""
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader


@cache
def _method(call: Call) -> str:
    return xform_name(call.value.name)
