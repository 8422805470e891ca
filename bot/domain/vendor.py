"""Names and addresses of the vendor, as they are today: its documentation, its console, and the ways to its support.

They drift, so no other file of the domain spells one out. Operators change the two that have moved before: ECO_DOCS_URL
and ECO_SUPPORT_EMAIL.
"""

from __future__ import annotations

#: Where the vendor's documentation begins. Links of its API description go to https://docs.flexera.com/spot since March
#: 2026, with the same paths behind it; the procedure itself still links to this one.
DOCS = "https://docs.spot.io"
CONSOLE = ("Spot console", "https://console.spotinst.com")
#: Where Spot support takes tickets: words and address of its pages, and its email address.
SUPPORT_PAGES = (("support center", "https://support.spot.io/hc"), ("chat in the Spot console", CONSOLE[1]))
SUPPORT_EMAIL = "support@flexera.com"
#: The published CloudFormation template that makes the role with which Spot reads an account.
ROLE_TEMPLATE = "https://spot-connect-account-cf.s3.amazonaws.com/spot-iam-finopsrole-stack-restricted-read-only.json"


def moved(url: str, docs: str) -> str:
    """The address of a page, on the documentation that begins at `docs` if it is one of the vendor's documentation."""
    return docs + url.removeprefix(DOCS) if url.startswith(f"{DOCS}/") else url
