"""Queries of S3 about a report that an MSP delivers itself: its folders, its newest files, the first bytes of one."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from bot.checks import bucket_queries
from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_queries import PAGES, pages
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws.calls import Call
from bot.domain.aws.delivery_facts import DATA, MANIFESTS, NEWEST, Delivery, StoredFile, folder, month
from bot.domain.aws.facts import Reason, Unseen

log = logging.getLogger(__name__)

#: How many files are named where the account has no folder.
_NAMED = 10


def delivery(access: AwsAccess, name: str, account_id: str) -> Delivery | Unseen:
    """What lies in the bucket that an MSP delivers to; raises what `AwsAccess.ask` raises.

    The bucket may be in the account or in that of the MSP, so S3 is not told whose it has to be.
    """
    if not name:
        return Unseen(Reason.SKIPPED)
    found = bucket_queries.bucket(access, name, account_id)
    if found is None:
        return Delivery(None)
    listing = _Listing(access, name)
    try:
        accounts, _ = listing.read(DATA, by_folder=True)
    except ClientError:
        if found.denied:
            return Delivery(found)
        raise
    # A policy with s3:prefix can allow these folders alone, and then denies to ask for the bucket.
    found = replace(found, denied=False)
    mine = folder(account_id)
    periods, files = listing.read(mine, by_folder=True) if account_id in accounts else ((), ())
    newest = sorted(filter(month, periods), reverse=True) or sorted(periods)
    for each in newest[:NEWEST]:
        files += listing.read(f"{mine}{each}/")[1]
    manifests = listing.read(MANIFESTS)[1] if periods or files else ()
    seen = Delivery(found, accounts, periods, files, manifests, complete=listing.complete)
    if not accounts:
        return replace(seen, elsewhere=_elsewhere(listing))
    return replace(seen, head=_head(access, name, seen))


def _elsewhere(listing: _Listing) -> tuple[str, ...]:
    """Some files of the bucket, as a hint to where the data may be."""
    try:
        files = listing.read("", limit=1)[1]
    except ClientError as error:
        log.info("AWS check: %s: %s", Call.FILES.value.name, code_of(error))
        return ()
    return tuple(each.key for each in files[:_NAMED])


def _head(access: AwsAccess, name: str, found: Delivery) -> bytes | Unseen | None:
    """The first bytes of the newest data file."""
    if not (data := found.data):
        return None
    try:
        body: bytes = access.ask(Call.FIRST_BYTES, Bucket=name, Key=data[0].key, Range="bytes=0-1")["Body"].read()
    except Exception as error:  # noqa: BLE001 - the files have been listed, which tells the rest
        return unseen_after(error, Call.FIRST_BYTES)
    return body


class _Listing:
    """Lists a bucket within one limit of pages.

    Attributes:
        complete: whether nothing was left out.
    """

    def __init__(self, access: AwsAccess, name: str) -> None:
        self._access = access
        self._name = name
        self._left = PAGES
        self.complete = True

    def read(
        self, prefix: str, *, by_folder: bool = False, limit: int = PAGES
    ) -> tuple[tuple[str, ...], tuple[StoredFile, ...]]:
        """The names of the folders under a prefix, and its files without empty ones.

        Args:
            by_folder: whether only the folders and files directly under it are listed. limit: of pages.
        """
        inputs: dict[str, Any] = {"Bucket": self._name, "Prefix": prefix} | ({"Delimiter": "/"} if by_folder else {})
        tokens = ("ContinuationToken", "NextContinuationToken")
        folders: list[str] = []
        files: list[StoredFile] = []
        whole = False
        for page, last in pages(self._access, Call.FILES, *tokens, min(limit, self._left), **inputs):
            self._left -= 1
            whole = last and not page["IsTruncated"]
            folders += [each["Prefix"].removeprefix(prefix).rstrip("/") for each in page.get("CommonPrefixes", ())]
            listed = (StoredFile(each["Key"], each["Size"], each["LastModified"]) for each in page.get("Contents", ()))
            files += [each for each in listed if each.size]
            if self._access.seconds_left() < bucket_queries.ENOUGH:
                break
        self.complete &= whole
        return tuple(folders), tuple(files)
