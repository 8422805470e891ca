"""Queries of S3 and KMS about the report's bucket; like those of aws_queries.py, each function is for one fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_queries import GONE, PAGES, pages
from bot.checks.aws_sessions import AwsAccess
from bot.checks.role_queries import document
from bot.domain.aws.calls import Call
from bot.domain.aws.delivered_files import FileCounter, folders, month_before, month_folders
from bot.domain.aws.facts import Bucket, Document, Encryption, Key, Owner, Reason, ReportDefinition, Unseen
from bot.domain.aws.preflight import DeliveredFiles

#: A listing is cut when fewer seconds are left: what was counted so far is told, instead of nothing.
ENOUGH = 3.0


def bucket(access: AwsAccess, name: str, account_id: str) -> Bucket | None:
    """The bucket; None if it does not exist. Asking with and without an expected owner tells whose it is."""
    try:
        return Bucket(_region(access.ask(Call.BUCKET, Bucket=name, ExpectedBucketOwner=account_id)))
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        if code_of(error) != "403":
            raise
        region = _region(error.response)
    try:
        return Bucket(_region(access.ask(Call.BUCKET, Bucket=name)) or region, Owner.FOREIGN)
    except ClientError as error:
        if code_of(error) != "403":
            raise
        return Bucket(_region(error.response) or region, Owner.UNKNOWN, denied=True)


def _region(answer: Mapping[str, Any]) -> str:
    # Error responses have the region in a header, too.
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(answer.get("BucketRegion") or headers.get("x-amz-bucket-region", ""))


def policy(access: AwsAccess, name: str, account_id: str) -> Document | Unseen | None:
    """The bucket policy; None if the bucket has none."""
    answer = _setting(access, Call.BUCKET_POLICY, name, account_id, "NoSuchBucketPolicy")
    return document(answer["Policy"]) if isinstance(answer, dict) else answer


def ownership(access: AwsAccess, name: str, account_id: str) -> str | Unseen | None:
    """S3's word for who owns the files; None if that was never set."""
    answer = _setting(access, Call.OWNERSHIP, name, account_id, "OwnershipControlsNotFoundError")
    return str(answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]) if isinstance(answer, dict) else answer


def encryption(access: AwsAccess, name: str, account_id: str) -> Encryption | Unseen:
    """The default encryption; S3's own keys if none was ever set."""
    answer = _setting(access, Call.ENCRYPTION, name, account_id, "ServerSideEncryptionConfigurationNotFoundError")
    if not isinstance(answer, dict):
        return answer or Encryption()
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    return Encryption(rule["SSEAlgorithm"], rule.get("KMSMasterKeyID", ""))


def _setting(access: AwsAccess, call: Call, name: str, account_id: str, unset: str) -> dict[str, Any] | Unseen | None:
    """The answer to a question about a bucket; None if AWS says by the code `unset` that it has no such setting."""
    try:
        return access.ask(call, Bucket=name, ExpectedBucketOwner=account_id)
    except ClientError as error:
        if code_of(error) == unset:
            return None
        if code_of(error) in GONE:
            return Unseen(Reason.SKIPPED, call)
        raise


def key(access: AwsAccess, found: Encryption | Unseen, account_id: str) -> Key | Unseen | None:
    """The key that encrypts the bucket, with its policy; None if there is none, or if AWS manages it."""
    if isinstance(found, Unseen):
        return Unseen(Reason.SKIPPED)
    if not found.key:
        return None
    if (owner := _account_of(found.key)) not in ("", account_id):
        return Key(found.key, owner)  # whose policy is read by that account only
    try:
        about = access.ask(Call.KEY, KeyId=found.key)["KeyMetadata"]
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return None
        raise
    arn, owner, of_aws = about["Arn"], about["AWSAccountId"], about["KeyManager"] == "AWS"
    told: Document | Unseen | None = None
    if not of_aws and owner == account_id:
        try:
            told = document(access.ask(Call.KEY_POLICY, KeyId=arn, PolicyName="default")["Policy"])
        except Exception as error:  # noqa: BLE001 - the key itself has been read
            told = unseen_after(error, Call.KEY_POLICY)
    return Key(arn, owner, about["KeyState"], of_aws, told)


def _account_of(arn: str) -> str:
    """The account in an ARN; "" for the ID or the alias of a key of the own account."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def delivered(
    access: AwsAccess,
    name: str,
    owner: str | None,
    report: ReportDefinition | None,
    today: date,
    *,
    newest_only: bool = False,
) -> DeliveredFiles | Unseen:
    """Count the data files in a bucket: those of a report, or all of them where the report is not known.

    The folders of this month come first, or those of the last one where this month has no file yet: a listing that is
    cut by the limit of pages still tells the newest file.

    Args:
        owner: whose the bucket has to be; None for anybody.
        newest_only: stop after these folders if they have files.
    """
    count = FileCounter(name, parquet=report is not None and report.format == "Parquet")
    listing = _Listing(access, name, owner, count)
    try:
        if report is None:
            listing.read("")
            return listing.count.result()
        for day in (today, month_before(today)):
            for folder in month_folders(report, day):
                listing.read(folder)
            if listing.count.files:
                break
        if not (newest_only and listing.count.files):
            for folder in folders(report):
                listing.read(folder)
    except ClientError as error:
        if code_of(error) in GONE:
            return Unseen(Reason.SKIPPED, Call.FILES)
        raise
    return listing.count.result()


class _Listing:
    """Reads folders of a bucket page by page, each object once, until the limit of pages."""

    def __init__(self, access: AwsAccess, name: str, owner: str | None, count: FileCounter) -> None:
        self._access = access
        self._inputs = {"Bucket": name} | ({"ExpectedBucketOwner": owner} if owner else {})
        self._left = PAGES
        self._read: list[str] = []
        self._cut = False
        self.count = count
        count.complete = True

    def read(self, folder: str) -> None:
        """Count the files of a folder that have not been counted."""
        whole = False
        if self._cut:
            return
        for page, last in self._pages(folder):
            self._left -= 1
            for item in page.get("Contents", ()):
                if not item["Key"].startswith(tuple(self._read)):
                    self.count.add(item["Key"], item["Size"], item["LastModified"])
            whole = last and not page["IsTruncated"]
            if self._access.seconds_left() < ENOUGH:
                break
        self._read.append(folder)
        self.count.complete &= whole
        self._cut = not whole

    def _pages(self, folder: str) -> Iterator[tuple[dict[str, Any], bool]]:
        tokens = ("ContinuationToken", "NextContinuationToken")
        return pages(self._access, Call.FILES, *tokens, self._left, **self._inputs, Prefix=folder)
