"""Access control of the page: this machine's browser at the page's own address, and no other site through it."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: The first keeps everything of other origins out; the others close what a policy cannot.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def policy(host: str) -> str:
    """The content security policy: only files of this server, no inline script, no frame, no form."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def guarded(handler: Handler) -> Handler:
    """The handler, behind the checks, and its answer with the headers."""

    async def guard(request: web.Request) -> web.StreamResponse:
        if reason := refusal(request):
            return web.Response(status=403, text=reason + "\n", headers=SAFE)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(SAFE)
            response.headers.setdefault("Content-Security-Policy", policy(request.host))
        return response

    return guard


def refusal(request: web.Request) -> str | None:
    """Why a request is refused; None where it is a request of the page itself.

    A foreign page can make a browser send requests here, under a name of its own that resolves to this machine
    (Host gives it away), or from its own address (Origin and Sec-Fetch-Site do).
    """
    if not _is_loopback(request.remote):
        return "Only this machine can use the local Slack."
    if request.host not in _own_hosts(request):
        return "Open the local Slack at the address it printed."
    origin = request.headers.get("Origin")
    changes = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
    if (origin is None and changes) or (origin is not None and origin != f"http://{request.host}"):
        return "Only the page of the local Slack can do that."
    opened = request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document"
    if not opened and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return "Other websites can't use the local Slack."
    if request.method == "POST" and request.content_type != "application/json":
        return "Send JSON."
    return None


def _own_hosts(request: web.Request) -> tuple[str, ...]:
    own = request.transport.get_extra_info("sockname") if request.transport else None
    port = own[1] if own else 0
    return (f"127.0.0.1:{port}", f"localhost:{port}")


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
