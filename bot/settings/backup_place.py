"""Parses the place of a backup: an object in S3 or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: The longest key of an object in S3, in bytes.
_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True)
class S3Place:
    """An object in S3."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def parse_s3(text: str) -> S3Place:
    """Read `s3://bucket/key`.

    Raises:
        InvalidInput: with what to write instead.
    """
    bucket, slash, key = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or not slash:
        raise InvalidInput(f"“{shorten(text)}” is not a place in S3. Write it like s3://bucket/key.")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise InvalidInput(f"“{shorten(bucket)}” is not a bucket name. Write it like s3://bucket/key.")
    if not key or key[0] == "/" or key[-1] == "/":
        raise InvalidInput(f"“{shorten(text)}” names no object. Write for example s3://{bucket}/eco-bot.db.")
    if len(key.encode()) > _LONGEST_KEY or not key.isprintable():
        raise InvalidInput("The name of the object is longer than 1024 bytes or has strange characters.")
    return S3Place(bucket, key)


def parse_place(text: str) -> S3Place | Path:
    """Read `s3://bucket/key` or the path of a file.

    Raises:
        InvalidInput: with what to write instead.
    """
    if text.lower().startswith("s3:"):
        return parse_s3(text)
    if "://" in text or not text.strip():
        raise InvalidInput(
            f"“{shorten(text)}” is not a place for a backup. Write s3://bucket/key, or the path of a file."
        )
    return Path(text)
