"""What went wrong with a call of AWS, sorted: an exception of boto3 becomes a reason why something was not seen.

Only AWS's code for an error is kept. Its sentences are not: they can hold what was signed, and with it a token.
"""

from __future__ import annotations

import re

from botocore import exceptions as boto

from bot.checks.aws_sessions import Late
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Unseen, Why

_CODES = {
    Why.EXPIRED: {"ExpiredToken", "ExpiredTokenException", "RequestExpired"},
    Why.REFUSED: {
        "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch",
        "InvalidSignatureException", "IncompleteSignature", "AuthFailure", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "InvalidToken", "RequestTimeTooSkewed", "NotAuthorizedException",
    },
    Why.DENIED: {
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "AuthorizationError",
        "Forbidden", "AllAccessDisabled", "403",
    },
    Why.THROTTLED: {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
        "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException", "TransactionInProgressException", "429",
    },
    Why.REGION_OFF: {"RegionDisabledException", "OptInRequired", "IllegalLocationConstraintException"},
    Why.BROKEN: {
        "InternalError", "InternalFailure", "InternalErrorException", "InternalServerException", "InternalServerError",
        "ServiceException", "ServiceFailure", "ServiceUnavailable", "ServiceUnavailableException",
    },
}  # fmt: skip
_BY_NAME = {call.value.name: call for call in Call}
_BY_CODE = {code: why for why, codes in _CODES.items() for code in codes}

#: The first that an exception is an instance of counts.
_KINDS: tuple[tuple[tuple[type[Exception], ...], Why], ...] = (
    ((boto.UnauthorizedSSOTokenError, boto.SSOTokenLoadError, boto.TokenRetrievalError), Why.EXPIRED),
    (
        (
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.MetadataRetrievalError,
        ),
        Why.NO_CREDENTIALS,
    ),
    ((boto.ProfileNotFound, boto.InvalidConfigError, boto.ConfigParseError, boto.ConfigNotFound), Why.MISSET),
    ((boto.ConnectTimeoutError, boto.ReadTimeoutError, Late), Why.SILENT),
    ((boto.ConnectionError, boto.HTTPClientError), Why.UNREACHABLE),
)


def code_of(error: boto.ClientError) -> str:
    """AWS's code for an error, cut to what a code can be."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return re.sub(r"[^\w.:-]", "", code, flags=re.ASCII)[:64]


def unseen_after(error: Exception, look: Call) -> Unseen:
    """Why a look did not show what it was made for; AWS's own errors tell which of its calls it was."""
    call = look
    if isinstance(error, boto.ClientError):
        code = code_of(error)
        call = _BY_NAME.get(error.operation_name, look)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        by_status = {403: Why.DENIED, 429: Why.THROTTLED}.get(status, Why.BROKEN if status >= 500 else Why.STRANGE)
        return Unseen(_BY_CODE.get(code, by_status), call, code)
    if type(error) is ValueError and "endpoint" in str(error):  # all that botocore says of such an address
        return Unseen(Why.MISSET, call, "invalid endpoint")
    why = next((why for kinds, why in _KINDS if isinstance(error, kinds)), Why.STRANGE)
    return Unseen(why, call, type(error).__name__)
