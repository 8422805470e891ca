"""Stores a backup in S3. boto3 is imported on first use."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.backup.backup_facts import BackupFacts, BackupFailed, StoredBackup
from bot.settings.backup_place import S3Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

#: Timeouts in seconds.
_CONNECT, _READ = 5, 20
_ATTEMPTS = 3
_PIECE = 1 << 20

_EXPIRED = "The AWS credentials have expired; get new ones."
_REFUSED = "AWS does not accept the credentials ({code}); check the access key, or the role that gives them."
_REGION = "The bucket {bucket} is in another region; set AWS_REGION to it ({detail})."
#: Messages by the error code of S3; the code of a HEAD request is its status.
_SENTENCES = {
    "NoSuchBucket": "There is no bucket {bucket}.",
    "NoSuchKey": "There is no backup at {place}.",
    "404": "There is no backup at {place}.",
    "AccessDenied": "Access denied: {operation} of {place} is not allowed. docs/OPERATING.md has the policy it needs.",
    "403": "Access denied: {operation} of {place} is not allowed. docs/OPERATING.md has the policy it needs.",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidAccessKeyId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "InvalidToken": _REFUSED,
    "RequestTimeTooSkewed": "The clock of this machine is wrong: AWS refuses requests that are minutes off.",
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "EntityTooLarge": "The database is larger than S3 takes in one piece.",
    "BadDigest": "What arrived at {place} was not what was sent; try again.",
}
_OTHER = "S3 answers {code} to {operation} of {place}: {detail}"
#: Messages by the name of botocore's exception, where there is no response.
_UNANSWERED = {
    "NoCredentialsError": "There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.",
    "PartialCredentialsError": "The AWS credentials are incomplete: an access key needs its secret.",
    "ProfileNotFound": "AWS_PROFILE names a profile that there is none of.",
    "TokenRetrievalError": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
}


class S3Store:
    """Stores a backup in one object of S3."""

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._made: S3Client | None = None

    def current(self) -> StoredBackup | None:
        """See `BackupStore`."""
        answer = self._ask("HeadObject", self._head)
        if answer is None:
            # A HEAD request gets 404 for a missing bucket, too.
            self._ask("ListBucket", lambda s3: s3.head_bucket(Bucket=self._place.bucket), missing="NoSuchBucket")
            return None
        return StoredBackup(BackupFacts.from_metadata(answer["Metadata"]), answer["ETag"])

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """See `BackupStore`. S3 verifies the checksum of the upload, and the stored object is checked afterwards."""
        # A conditional write: a backup that was written since `current` is not overwritten.
        only_if: dict[str, Any] = {"IfMatch": replacing.version} if replacing else {"IfNoneMatch": "*"}

        def write(s3: S3Client) -> bool:
            with copy.open("rb") as body:
                s3.put_object(
                    Bucket=self._place.bucket,
                    Key=self._place.key,
                    Body=body,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(facts.sha256)).decode(),
                    Metadata=facts.to_metadata(),
                    ContentType="application/vnd.sqlite3",
                    **only_if,
                )
            return True

        # An unmet condition may be the response to a retry of a successful write, so the object is checked.
        self._ask("PutObject", write, absent=("PreconditionFailed", "412", "ConditionalRequestConflict"))
        self._check_written(copy, facts)

    def get(self, into: Path) -> BackupFacts | None:
        """See `BackupStore`."""

        def read(s3: S3Client) -> tuple[str, BackupFacts | None]:
            answer = s3.get_object(Bucket=self._place.bucket, Key=self._place.key, ChecksumMode="ENABLED")
            summed = hashlib.sha256()
            with into.open("wb") as file:
                for piece in answer["Body"].iter_chunks(_PIECE):
                    summed.update(piece)
                    file.write(piece)
            return summed.hexdigest(), BackupFacts.from_metadata(answer["Metadata"])

        got = self._ask("GetObject", read, absent=())
        assert got is not None  # with `absent` empty, an absence raises
        sha256, facts = got
        if facts is not None and sha256 != facts.sha256:
            raise BackupFailed(f"What is at {self._place} is not what was written there: its checksum differs.")
        return facts

    def _check_written(self, copy: Path, facts: BackupFacts) -> None:
        answer = self._ask("HeadObject", self._head)
        found = BackupFacts.from_metadata(answer["Metadata"]) if answer else None
        if answer is None or found is None or found.sha256 != facts.sha256:
            raise BackupFailed(f"Somebody else wrote to {self._place} at the same time; try again.")
        summed = answer.get("ChecksumSHA256")
        if summed is None:  # an S3-compatible store without checksums
            summed = self._ask("GetObject", self._sum_of_body)
        expected = base64.b64encode(bytes.fromhex(facts.sha256)).decode()
        if answer["ContentLength"] != copy.stat().st_size or summed != expected:
            raise BackupFailed(f"What stands at {self._place} after writing is not what was sent.")

    def _sum_of_body(self, s3: S3Client) -> str:
        summed = hashlib.sha256()
        for piece in s3.get_object(Bucket=self._place.bucket, Key=self._place.key)["Body"].iter_chunks(_PIECE):
            summed.update(piece)
        return base64.b64encode(summed.digest()).decode()

    def _head(self, s3: S3Client) -> Any:
        return s3.head_object(Bucket=self._place.bucket, Key=self._place.key, ChecksumMode="ENABLED")

    def _ask(
        self,
        operation: str,
        call: Callable[[S3Client], T],
        *,
        absent: tuple[str, ...] = ("404", "NoSuchKey"),
        missing: str | None = None,
    ) -> T | None:
        """Make a call; returns None for the error codes in `absent`, raises `BackupFailed` for any other error.

        Args:
            missing: the error code to take a 404 for.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - imported on first use

        try:
            return call(self._client())
        except ClientError as error:
            code = str(error.response["Error"].get("Code", "no code"))
            if code == "404" and missing:
                code = missing
            elif code in absent:
                return None
            raise BackupFailed(self._sentence(_SENTENCES.get(code, _OTHER), code, operation, error)) from error
        except BotoCoreError as error:
            name = type(error).__name__
            sentence = _UNANSWERED.get(name, f"S3 cannot be reached for {{place}}: {str(error).replace('{', '(')}")
            raise BackupFailed(self._sentence(sentence, name, operation, error)) from error
        except (OSError, ValueError) as error:  # a full disk, or an invalid endpoint in the environment
            raise BackupFailed(f"{operation} of {self._place} failed: {error}.") from error

    def _sentence(self, template: str, code: str, operation: str, error: Exception) -> str:
        detail = getattr(error, "response", {}).get("Error", {}).get("Message") or str(error)
        return template.format(
            bucket=self._place.bucket, place=self._place, operation=f"s3:{operation}", code=code, detail=detail
        )

    def _client(self) -> S3Client:
        if self._made is None:
            from boto3.session import Session  # noqa: PLC0415 - takes a third of a second
            from botocore.config import Config  # noqa: PLC0415 - as above

            config = Config(
                connect_timeout=_CONNECT,
                read_timeout=_READ,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            )
            self._made = Session().client("s3", config=config)
        return self._made
