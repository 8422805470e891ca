"""The way into an account: credentials, the role of the bot, and clients that do not wait for ever."""

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
#: With an endpoint of ours: buckets by path, since no name of theirs leads there.
_BY_PATH = _LIMITS.merge(Config(s3={"addressing_style": "path"}))


class Late(Exception):
    """Nobody waits for the answer any more, so AWS is not asked."""


class AwsAccess:
    """Clients for one account, made when they are first used.

    Args:
        endpoint: where every service is called instead of AWS; None for AWS, or for what the environment says.
        deadline: until when calls are made.
    """

    def __init__(self, session: boto3.Session, endpoint: str | None, deadline: Deadline) -> None:
        self._session = session
        self._endpoint = endpoint
        self._deadline = deadline
        # Neither a session nor the making of clients may be used by two threads at a time; a client may.
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, call: Call) -> Any:
        """The client for a call; its types are lost here, since the service is a value."""
        service = call.value.service
        with self._lock:
            if service not in self._clients:
                config = _BY_PATH if self._endpoint else _LIMITS
                # boto3's stubs have one overload for each service, and none for a name that is not known beforehand.
                make: Any = self._session.client
                self._clients[service] = make(service, config=config, endpoint_url=self._endpoint)
            return self._clients[service]

    def ask(self, call: Call, **inputs: object) -> dict[str, Any]:
        """Make a call and give its answer.

        Raises:
            Late: the deadline has passed. What boto3 raises.
        """
        if self._deadline.passed:
            raise Late
        answer: dict[str, Any] = getattr(self.client(call), _method(call))(**inputs)
        return answer

    def assume_role(self, role_arn: str, external_id: str | None) -> AwsAccess:
        """The way of a role that is assumed from here; raises what `ask` raises."""
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
    """As the bot itself, with boto3's default chain of credentials, read anew: they may have been renewed."""
    return AwsAccess(_session(), endpoint, deadline)


def _session(**keys: str) -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", _descriptions())
    # STS of the region: what it gives is good in every region, and the old global endpoint is one place to fail.
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.Session(botocore_session=core, region_name=REGION, **keys)


@cache
def _descriptions() -> Loader:
    """The descriptions of AWS's services, which take longer to read than a look takes: read once."""
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader


@cache
def _method(call: Call) -> str:
    return xform_name(call.value.name)
