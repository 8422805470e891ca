"""Classifies boto3's exceptions: each becomes a reason why a fact could not be read.

Only AWS's error code is kept. Error messages are dropped: they can quote the signed request, and with it a token.
"""

from __future__ import annotations

import re

from botocore import exceptions as boto

from bot.checks.aws_sessions import Late
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Reason, Unseen

_CODES = {
    Reason.EXPIRED: {"ExpiredToken", "ExpiredTokenException", "RequestExpired"},
    Reason.REJECTED: {
        "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch",
        "InvalidSignatureException", "IncompleteSignature", "AuthFailure", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "InvalidToken", "RequestTimeTooSkewed", "NotAuthorizedException",
    },
    Reason.DENIED: {
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "AuthorizationError",
        "Forbidden", "AllAccessDisabled", "403",
    },
    Reason.THROTTLED: {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
        "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException", "TransactionInProgressException", "429",
    },
    Reason.REGION_DISABLED: {"RegionDisabledException", "OptInRequired", "IllegalLocationConstraintException"},
    Reason.AWS_FAULT: {
        "InternalError", "InternalFailure", "InternalErrorException", "InternalServerException", "InternalServerError",
        "ServiceException", "ServiceFailure", "ServiceUnavailable", "ServiceUnavailableException",
    },
}  # fmt: skip
_BY_NAME = {call.value.name: call for call in Call}
_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes}

#: Classes of exceptions without an error code; the first match counts.
_KINDS: tuple[tuple[tuple[type[Exception], ...], Reason], ...] = (
    (
        (
            boto.UnauthorizedSSOTokenError,
            boto.SSOTokenLoadError,
            boto.TokenRetrievalError,
            # A profile of `aws login` whose session has ended, or that nobody has signed in to on this machine.
            boto.LoginRefreshRequired,
            boto.LoginTokenLoadError,
        ),
        Reason.EXPIRED,
    ),
    (
        (
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.MetadataRetrievalError,
            boto.LoginError,
        ),
        Reason.NO_CREDENTIALS,
    ),
    (
        (
            boto.ProfileNotFound,
            boto.InvalidConfigError,
            boto.ConfigParseError,
            boto.ConfigNotFound,
            boto.MissingDependencyException,
        ),
        Reason.MISCONFIGURED,
    ),
    ((boto.ConnectTimeoutError, boto.ReadTimeoutError, Late), Reason.TIMED_OUT),
    ((boto.ConnectionError, boto.HTTPClientError), Reason.UNREACHABLE),
)


def code_of(error: boto.ClientError) -> str:
    """AWS's error code, without characters that no code has."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return re.sub(r"[^\w.:-]", "", code, flags=re.ASCII)[:64]


def unseen_after(error: Exception, attempted: Call) -> Unseen:
    """Classify an exception; errors of AWS name the operation that failed, for others it is the attempted one."""
    call = attempted
    if isinstance(error, boto.ClientError):
        code = code_of(error)
        call = _BY_NAME.get(error.operation_name, attempted)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        by_status = {403: Reason.DENIED, 429: Reason.THROTTLED}.get(
            status, Reason.AWS_FAULT if status >= 500 else Reason.UNEXPECTED
        )
        return Unseen(_BY_CODE.get(code, by_status), call, code)
    if type(error) is ValueError and "endpoint" in str(error):  # botocore has no class for it
        return Unseen(Reason.MISCONFIGURED, call, "invalid endpoint")
    reason = next((reason for kinds, reason in _KINDS if isinstance(error, kinds)), Reason.UNEXPECTED)
    return Unseen(reason, call, type(error).__name__)
