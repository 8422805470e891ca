"""Fixtures: a local S3, and databases with enrollments."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from bot.settings.backup_place import S3Place
from tests.backup.databases import BUCKET, NOW, Made, make
from tests.support.moto_server import running_moto


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The URL of a local S3."""
    with running_moto() as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture
def aws(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment variables of credentials and endpoint, also set for this process."""
    environ = {
        "AWS_ENDPOINT_URL_S3": s3_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return environ


@pytest.fixture
def place(aws: dict[str, str]) -> S3Place:
    """A place in an empty bucket."""
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.create()
    bucket.objects.all().delete()
    return S3Place(BUCKET, "eco/eco-bot.db")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Made]:
    """Creates databases with enrollments in the folder of the test."""
    return lambda name="eco-bot.db", enrollments=3, at=NOW: make(tmp_path / name, enrollments, at)
