"""A backup in S3: the only user of boto3 in this room. It is imported when a backup is first looked at."""

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

#: Seconds to reach S3, and to wait for a piece of an answer.
_CONNECT, _READ = 5, 20
_ATTEMPTS = 3
_PIECE = 1 << 20

_EXPIRED = "The AWS credentials have expired; get new ones."
_REFUSED = "AWS does not accept the credentials ({code}); check the access key, or the role that gives them."
_REGION = "The bucket {bucket} is in another region; set AWS_REGION to it ({detail})."
#: What is wrong, by the code of S3's answer; a HEAD has no text, its code is the status.
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
#: The same where no answer came; by the name of botocore's exception.
_UNANSWERED = {
    "NoCredentialsError": "There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.",
    "PartialCredentialsError": "The AWS credentials are incomplete: an access key needs its secret.",
    "ProfileNotFound": "AWS_PROFILE names a profile that there is none of.",
    "TokenRetrievalError": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
}


class S3Store:
    """One object in S3."""

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._made: S3Client | None = None

    def current(self) -> StoredBackup | None:
        """See `Store`."""
        answer = self._ask("HeadObject", self._head)
        if answer is None:
            # A HEAD says 404 for a bucket that is not there, too.
            self._ask("ListBucket", lambda s3: s3.head_bucket(Bucket=self._place.bucket), missing="NoSuchBucket")
            return None
        return StoredBackup(BackupFacts.from_metadata(answer["Metadata"]), answer["ETag"])

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """See `Store`. S3 checks the sum of what arrives, and what stands there afterwards is looked at."""
        # Nobody else's backup is written over, not even one of the moment between the look and this.
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

        # A refusal may be the answer to a repetition of what had succeeded: what stands there tells.
        self._ask("PutObject", write, absent=("PreconditionFailed", "412", "ConditionalRequestConflict"))
        self._check_written(copy, facts)

    def get(self, into: Path) -> BackupFacts | None:
        """See `Store`."""

        def read(s3: S3Client) -> tuple[str, BackupFacts | None]:
            answer = s3.get_object(Bucket=self._place.bucket, Key=self._place.key, ChecksumMode="ENABLED")
            summed = hashlib.sha256()
            with into.open("xb") as file:
                for piece in answer["Body"].iter_chunks(_PIECE):
                    summed.update(piece)
                    file.write(piece)
            return summed.hexdigest(), BackupFacts.from_metadata(answer["Metadata"])

        got = self._ask("GetObject", read, absent=())
        assert got is not None  # every absence is a sentence here
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
        if summed is None:  # a store that is like S3 and keeps no sums
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
        """Make a call; None where S3 answers with one of `absent`, `BackupFailed` for any other fault.

        Args:
            missing: what a 404 means instead.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only where backups are kept

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
        except (OSError, ValueError) as error:  # a full disk, or an endpoint in the environment that is none
            raise BackupFailed(f"{operation} of {self._place} failed: {error}.") from error

    def _sentence(self, template: str, code: str, operation: str, error: Exception) -> str:
        detail = getattr(error, "response", {}).get("Error", {}).get("Message") or str(error)
        return template.format(
            bucket=self._place.bucket, place=self._place, operation=f"s3:{operation}", code=code, detail=detail
        )

    def _client(self) -> S3Client:
        if self._made is None:
            from boto3.session import Session  # noqa: PLC0415 - takes a third of a second, and may not be needed
            from botocore.config import Config  # noqa: PLC0415 - as above

            config = Config(
                connect_timeout=_CONNECT,
                read_timeout=_READ,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            )
            self._made = Session().client("s3", config=config)
        return self._made
