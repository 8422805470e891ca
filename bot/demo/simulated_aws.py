"""A simulated AWS on loopback: one endpoint for all services, so that the demo can check an account without one.

It speaks the protocols of the services: JSON 1.1 (told apart by a header), Query with XML (by a form field), and S3 by
path. Assuming a role gives keys whose ID names the role's account: every account that somebody enters is there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from xml.sax.saxutils import escape

from aiohttp import web

from bot.demo.simulated_account import BUCKET, REGION, Account, Given, Refused, Values
from bot.localslack.event_loop import LoopThread
from bot.localslack.server import HOST
from bot.localslack.time_machine import Clock

#: The account of the bot itself, and how the IDs of keys begin that are for another account.
HOME = "111122223333"
_KEY = "ECODEMO"
#: Operations of the Query protocol and the namespaces of their services.
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
_CLOUDFORMATION = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_SPACES = {"AssumeRole": _STS, "GetCallerIdentity": _STS, "DescribeStacks": _CLOUDFORMATION}
_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
#: Settings of a bucket by the parameter that asks for them, and their operations.
_SETTINGS = {
    "policy": "GetBucketPolicy",
    "ownershipControls": "GetBucketOwnershipControls",
    "encryption": "GetBucketEncryption",
}
_LIFETIME = timedelta(hours=1)
#: Objects on a page of a listing.
_OBJECTS = 1000
_REQUEST = "00000000-0000-4000-8000-000000000000"


class SimulatedAws:
    """The simulated AWS. Make one with `SimulatedAws.start`, best in a `with` statement.

    Attributes:
        endpoint: its address. calls: the operations that were asked for so far, in order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._loop = LoopThread()
        self._runner: web.AppRunner | None = None
        self.endpoint = ""
        self.calls: list[str] = []

    @classmethod
    def start(cls, clock: Clock) -> Self:
        """Listen on a free port of loopback."""
        cloud = cls(clock)
        cloud._loop.start()
        cloud._loop.run(cloud._listen())
        return cloud

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._loop.running:
            self._loop.run(self._close())
            self._loop.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead AWS's own tools and libraries here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": f"{_KEY}{HOME}",
            "AWS_SECRET_ACCESS_KEY": "eco-demo",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.endpoint = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        number = _account_of(request)
        if target := request.headers.get("X-Amz-Target"):
            return self._json(number, target.rpartition(".")[2], json.loads(await request.text() or "{}"))
        if request.method == "POST":
            form = {name: str(value) for name, value in (await request.post()).items()}
            return self._query(number, form.get("Action", ""), form)
        return self._storage(number, request)

    def _account(self, number: str | None) -> Account:
        if number is None:
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if number not in self._accounts:
            self._accounts[number] = Account(number, self._clock.now(), self._clock.now)
        return self._accounts[number]

    def _json(self, number: str | None, operation: str, given: Given) -> web.Response:
        self.calls.append(operation)
        try:
            answer, status = self._account(number).answer(operation, given), 200
        except Refused as refusal:
            kind = "AccessDeniedException" if refusal.code == "AccessDenied" else refusal.code
            answer, status = {"__type": kind, "message": refusal.message}, 400
        return web.Response(text=json.dumps(answer), status=status, content_type="application/x-amz-json-1.1")

    def _query(self, number: str | None, operation: str, given: Given) -> web.Response:
        self.calls.append(operation)
        space = _SPACES.get(operation, _IAM)
        try:
            account = self._account(number)
            answer = self._assume(given) if operation == "AssumeRole" else account.answer(operation, given)
        except Refused as refusal:
            error = {"Type": "Sender", "Code": refusal.code, "Message": refusal.message}
            body = {"Error": error, "RequestId": _REQUEST}
            return _xml("ErrorResponse", space, body, refusal.status)
        body = {f"{operation}Result": answer, "ResponseMetadata": {"RequestId": _REQUEST}}
        return _xml(f"{operation}Response", space, body)

    def _assume(self, given: Given) -> Values:
        match = re.fullmatch(r"arn:aws:iam::(\d{12}):role/(\S+)", str(given.get("RoleArn")))
        if match is None or not given.get("ExternalId"):
            raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRole: is the external ID right?", 403)
        number, name = match.groups()
        session = f"arn:aws:sts::{number}:assumed-role/{name}/{given.get('RoleSessionName')}"
        return {
            "Credentials": {
                "AccessKeyId": f"{_KEY}{number}",
                "SecretAccessKey": "eco-demo",
                "SessionToken": "eco-demo",
                # The library goes by the machine's clock, which no time machine moves.
                "Expiration": datetime.now(UTC) + _LIFETIME,
            },
            "AssumedRoleUser": {"AssumedRoleId": "AROAECODEMO:eco", "Arn": session},
        }

    def _storage(self, number: str | None, request: web.Request) -> web.Response:
        """S3: whether the bucket is there, its settings, and what is in it."""
        is_head = request.method == "HEAD"
        setting = next((name for name in _SETTINGS if name in request.query), "")
        self.calls.append("HeadBucket" if is_head else _SETTINGS.get(setting, "ListObjectsV2"))
        try:
            account = self._account(number)
            if request.match_info["path"].strip("/") != BUCKET:
                raise Refused("NoSuchBucket", "The specified bucket does not exist", 404)
            if request.headers.get("x-amz-expected-bucket-owner", account.number) != account.number:
                raise Refused("AccessDenied", "Access Denied", 403)
        except Refused as refusal:
            body = {"Code": refusal.code, "Message": refusal.message, "RequestId": _REQUEST}
            return web.Response(status=refusal.status) if is_head else _xml("Error", "", body, refusal.status)
        if is_head:
            return web.Response(headers={"x-amz-bucket-region": REGION})
        if setting == "policy":
            return web.Response(text=account.bucket_policy(), content_type="application/json")
        if setting == "ownershipControls":
            return _xml("OwnershipControls", _S3, {"Rule": _Flat([{"ObjectOwnership": "BucketOwnerEnforced"}])})
        if setting == "encryption":
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            return _xml("ServerSideEncryptionConfiguration", _S3, {"Rule": _Flat([rule])})
        return _xml("ListBucketResult", _S3, _listing(account, request.query))


def _listing(account: Account, query: Mapping[str, str]) -> Values:
    """A page of the objects with a prefix."""
    prefix, start = query.get("prefix", ""), int(query.get("continuation-token") or 0)
    room = min(int(query.get("max-keys") or _OBJECTS), _OBJECTS)
    found = [file for file in account.files() if file["Key"].startswith(prefix)]
    shown = found[start : start + room]
    answer: Values = {"Name": BUCKET, "Prefix": prefix, "KeyCount": len(shown), "MaxKeys": room}
    answer["IsTruncated"] = start + room < len(found)
    if answer["IsTruncated"]:
        answer["NextContinuationToken"] = str(start + room)
    return answer | {"Contents": _Flat(shown)}


class _Flat(list[Any]):
    """A list whose entries follow each other under the list's own name, as S3 writes them."""


def _account_of(request: web.Request) -> str | None:
    """The account that the key of a signed request belongs to; signatures are not looked at."""
    match = re.search(rf"Credential={_KEY}(\d{{12}})/", request.headers.get("Authorization", ""))
    return match[1] if match else None


def _xml(name: str, space: str, values: Values, status: int = 200) -> web.Response:
    opening = f'{name} xmlns="{space}"' if space else name
    text = f'<?xml version="1.0" encoding="UTF-8"?><{opening}>{_element(values)}</{name}>'
    return web.Response(text=text, status=status, content_type="text/xml")


def _element(value: Any) -> str:
    """A value as XML: a dictionary by its names, a list by `member`s."""
    match value:
        case dict():
            return "".join(_named(name, inner) for name, inner in value.items())
        case list():
            return "".join(f"<member>{_element(inner)}</member>" for inner in value)
        case bool():
            return str(value).lower()
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        case _:
            return escape(str(value))


def _named(name: str, value: Any) -> str:
    if isinstance(value, _Flat):
        return "".join(f"<{name}>{_element(inner)}</{name}>" for inner in value)
    return f"<{name}>{_element(value)}</{name}>"


@contextmanager
def reached_by(environ: MutableMapping[str, str], cloud: SimulatedAws) -> Iterator[None]:
    """Let libraries that read `environ` for AWS find the simulated one, and nothing of this machine's real ones."""
    kept = {name: environ.pop(name) for name in list(environ) if name.startswith("AWS_")}
    environ.update(cloud.environment, AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    try:
        yield
    finally:
        for name in [name for name in environ if name.startswith("AWS_")]:
            del environ[name]
        environ.update(kept)
