"""Fixtures: moto's server, the endpoint before it, a green account, and an environment with credentials."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from tests.repository.fixtures import migrated_file
from tests.support.aws import Account, AwsEndpoint
from tests.support.moto_server import running_moto

__all__ = ["migrated_file"]


@pytest.fixture(scope="session")
def moto() -> Iterator[tuple[str, int]]:
    """Host and port of moto's server."""
    with running_moto() as address:
        yield address


@pytest.fixture
def endpoint(moto: tuple[str, int]) -> Iterator[AwsEndpoint]:
    """The local AWS endpoint; at the end, no request or response has violated the service descriptions."""
    connection = http.client.HTTPConnection(*moto)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()
    endpoint = AwsEndpoint(moto)
    yield endpoint
    endpoint.close()
    assert [] == endpoint.errors


@pytest.fixture
def account(endpoint: AwsEndpoint) -> Account:
    """An account in which everything is right."""
    account = Account(endpoint)
    account.make()
    return account


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The bot's own credentials, and none of the developer's configuration files."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "up")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


@pytest.fixture
def aws(endpoint: AwsEndpoint) -> BotoInspector:
    """An inspector without a role."""
    return BotoInspector(None, SystemClock(), endpoint=endpoint.url)
