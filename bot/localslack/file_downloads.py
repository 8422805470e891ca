"""Serves the contents of files to the app as files.slack.com does: to its bot token, if it may read files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from aiohttp import web

from .api_files import is_visible
from .core import Core
from .fault_injection import Fault
from .file_rendering import file_type
from .workspace_model import Json, StoredFile

#: Longer than any client waits: what "never answers" means here.
FOREVER_SECONDS = 3600.0

_SIGN_IN = "<!DOCTYPE html><html lang='en-US'><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
_GONE = "<!DOCTYPE html><html lang='en-US'><head><title>File not found | Slack</title></head><body></body></html>"

Record = Callable[[str, Json, Json, int], None]


class FileDownloads:
    """The addresses `url_private` and `url_private_download`. Each request is recorded as a call of "download"."""

    def __init__(self, core: Core, record: Record) -> None:
        self.core = core
        self._record = record

    def add_to(self, app: web.Application) -> None:
        """Add the routes to the local Slack's server."""
        app.router.add_get("/files-pri/{key}/download/{name:.*}", self._serve)
        app.router.add_get("/files-pri/{key}/{name:.*}", self._serve)
        app.router.add_get("/signin", self._sign_in)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["key"].rpartition("-")[2]
        file = self.core.workspace.files.get(file_id)
        channels = [self.core.workspace.conversations[share["channel"]] for share in file.shares] if file else []
        fault = self.core.faults.take("download", {name for channel in channels for name in (channel.id, channel.name)})
        status = self._status(file, bearer_token(request), fault)
        args: Json = {"file": file_id, "with_token": bearer_token(request) is not None}
        self._record("download", args, {"ok": status == 200}, status)
        if fault is not None and fault.delay and fault.kind not in ("timeout", "stall"):
            await asyncio.sleep(fault.delay)
        if fault is not None and status == 0:
            return await self._no_answer(request, fault)
        if status == 302:
            raise web.HTTPFound(self._elsewhere(request, fault))
        if file is None or file.content is None or status != 200:
            headers = {"Retry-After": str(fault.retry_after)} if fault and status == 429 else {}
            return web.Response(status=status, text=_GONE, content_type="text/html", headers=headers)
        return await _send(request, file, fault)

    def _status(self, file: StoredFile | None, token: str | None, fault: Fault | None) -> int:
        """The HTTP status of the answer; 0 for none."""
        kind = fault.kind if fault else ""
        if kind == "ratelimited":
            return 429
        if kind.startswith("http_"):
            return int(kind.removeprefix("http_"))
        if kind in ("timeout", "drop_before", "drop_after"):
            return 0
        if kind not in ("", "slow", "stall", "cut"):
            return 302  # "redirect", and every error code of Slack: these addresses know no codes
        may_read = self.core.scopes is None or "files:read" in self.core.scopes
        if self.core.oauth.refusal(self.core.workspace, token or "") or not may_read:
            return 302
        if file is None or file.content is None or file.deleted:
            return 404
        return 200 if is_visible(self.core, file) else 302

    async def _no_answer(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "timeout":
            await asyncio.sleep(fault.delay or FOREVER_SECONDS)
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=500)

    def _elsewhere(self, request: web.Request, fault: Fault | None) -> str:
        if fault is not None and fault.kind == "redirect":
            # The same file under another name of this machine: to a client it is another host.
            return self.core.base_url.replace("127.0.0.1", "localhost") + request.raw_path
        return f"{self.core.base_url}/signin?redir={quote(request.path, safe='')}"

    async def _sign_in(self, _request: web.Request) -> web.StreamResponse:
        """The page that Slack shows to everybody who may not have a file: with status 200."""
        return web.Response(text=_SIGN_IN, content_type="text/html")


async def _send(request: web.Request, file: StoredFile, fault: Fault | None) -> web.StreamResponse:
    """Send a file: whole, with a stall in the middle, or cut off there."""
    body = file.content or b""
    headers = {
        "Content-Type": file_type(file)[2],
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Content-Length": str(len(body)),
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    middle = (fault.at or len(body) // 2) if fault and fault.kind in ("stall", "cut") else len(body)
    await response.write(body[:middle])
    if fault is not None and fault.kind == "stall":
        await asyncio.sleep(fault.delay or FOREVER_SECONDS)
        await response.write(body[middle:])
    elif middle < len(body) and request.transport is not None:
        request.transport.close()
    return response


def bearer_token(request: web.Request) -> str | None:
    """The token in the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
