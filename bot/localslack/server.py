"""The HTTP server of the local Slack: the Web API, files, response_urls and websockets, on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from . import limits, oauth, response_urls, web_api
from .call_arguments import Arguments, decode
from .core import Core
from .event_delivery import EventSender, Reader
from .fault_injection import Fault
from .file_downloads import FOREVER_SECONDS, FileDownloads, bearer_token
from .local_errors import SlackError
from .neighbours import pass_on
from .recorder import Call
from .websockets import SocketConnections
from .workspace_model import Json

HOST = "127.0.0.1"
#: Arguments that are not recorded.
_SECRET = ("token", "client_secret", "refresh_token")


class Server:
    """Starts and stops with its event loop."""

    def __init__(self, core: Core, read: Reader) -> None:
        self.core = core
        self.sockets = SocketConnections(core)
        self.sender = EventSender(core, self.sockets, read)
        #: Adds further routes before the server starts: the page's.
        self.extend: Callable[[web.Application], None] = lambda _: None
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listen on loopback; port 0 takes a free one."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/v1/{file}", self._upload)
        FileDownloads(self.core, self._record).add_to(app)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_post("/{kind:actions|commands|app}/{team}/{number}/{token}", self._response_url)
        self.extend(app)
        # handler_cancellation: a client that gave up ends a fault of kind "timeout".
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self.core.base_url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        self.core.oauth.addresses[self.core.workspace.team_id] = self.core.base_url
        await self.sender.start()

    async def stop(self) -> None:
        """Close everything."""
        await self.sockets.close()
        await self.sender.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            values = await _values(request)
        except (UnicodeDecodeError, ValueError):
            return web.json_response({"ok": False, "error": "invalid_json"})
        token = _token(request, values)
        args = Arguments(values | oauth.credentials(request.headers.get("Authorization", "")))
        elsewhere = self.core.oauth.of(token)
        if (organization := self.core.oauth.organization_of(token)) is not None:
            elsewhere = organization.target(method, args, self.core.workspace)
        if elsewhere is not None and elsewhere is not self.core.workspace:
            return await pass_on(request, f"{self.core.oauth.addresses[elsewhere.team_id]}/api/{method}")
        fault = self.core.faults.take(method, self._channel_names(args))

        def carry_out() -> tuple[Json, int, dict[str, str]]:
            try:
                return web_api.call(self.core, method, token, args), 200, self._scope_headers(token)
            except SlackError as refusal:
                return refusal.answer(), refusal.status, _retry_after(refusal.retry_after)

        return await self._answer(request, method, args.values, fault, carry_out)

    async def _answer(
        self, request: web.Request, method: str, args: Json, fault: Fault | None, carry_out: Any
    ) -> web.StreamResponse:
        """Carry a call out as far as its fault lets it, record it, answer it."""
        answer: Json
        if fault is not None and fault.delay and fault.kind != "timeout":
            await asyncio.sleep(fault.delay)
        if fault is None or fault.kind in ("slow", "drop_after", "not_json"):
            answer, status, headers = carry_out()
        elif fault.kind == "ratelimited":
            answer, status = {"ok": False, "error": "ratelimited"}, 429
            headers = _retry_after(fault.retry_after)
        elif fault.kind.startswith("http_"):
            answer, status, headers = {}, int(fault.kind.removeprefix("http_")), {}
        elif fault.kind in ("timeout", "drop_before"):
            answer, status, headers = {}, 0, {}
        else:
            answer, status, headers = {"ok": False, "error": fault.kind}, 200, {}
        self._record(method, args, answer, 0 if fault and fault.kind == "drop_after" else status)
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(fault.delay or FOREVER_SECONDS)
        if fault is not None and fault.kind in ("timeout", "drop_before", "drop_after"):
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)
        if fault is not None and fault.kind == "not_json" and status == 200:
            return web.Response(text="<html><body>Please sign in.</body></html>", content_type="text/html")
        if status >= 500:
            return web.Response(status=status, text="<html><body>Server Error</body></html>")
        return web.json_response(answer, status=status, headers=headers)

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await _values(request)
        except (UnicodeDecodeError, ValueError):
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        token, kind = request.match_info["token"], request.match_info["kind"]
        url = self.core.workspace.response_urls.get(token)
        names = self._channel_names(Arguments({"channel": url.channel if url else ""}))
        fault = self.core.faults.take("response_url", names)

        def carry_out() -> tuple[Json, int, dict[str, str]]:
            try:
                response_urls.respond(self.core, token, body)
            except SlackError as refusal:
                return refusal.answer(), refusal.status, {}
            return {"ok": True}, 200, {}

        response = await self._answer(request, "response_url", Arguments(body).values, fault, carry_out)
        if kind == "commands" and response.status == 200:
            return web.Response(text="ok")
        return response

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self.core.workspace.files.get(request.match_info["file"])
        content = await request.read()

        def carry_out() -> tuple[Json, int, dict[str, str]]:
            if file is None or file.complete:
                return {"ok": False, "error": "file_not_found"}, 404, {}
            file.content, file.length = content, len(content)
            return {"ok": True, "length": len(content)}, 200, {}

        # No method of the Web API, but a call that can fail like one: "upload" in the book of faults.
        fault = self.core.faults.take("upload", set())
        args: Json = {"file": request.match_info["file"], "length": len(content)}
        response = await self._answer(request, "upload", args, fault, carry_out)
        return web.Response(text=f"OK - {len(content)}") if response.status == 200 else response

    def _record(self, method: str, args: Json, answer: Json, status: int) -> None:
        notes = []
        if len(str(args.get("text") or "")) > limits.MESSAGE_TEXT_ADVISED:
            notes.append("text is longer than the 4,000 characters that Slack advises")
        shown = {name: value for name, value in args.items() if name not in _SECRET}
        call = Call(method, shown, answer, self.core.workspace.now(), status, tuple(notes))
        self.core.recorder.calls.append(call)
        self.core.workspace.changed()

    def _channel_names(self, args: Arguments) -> set[str]:
        reference = args.text("channel") or args.text("channel_id")
        channel = self.core.workspace.conversation(reference)
        return {reference, channel.id, channel.name} if channel else {reference}

    def _scope_headers(self, token: str | None) -> dict[str, str]:
        mine = self.core.oauth.of(token) is self.core.workspace or self.core.oauth.organization_of(token)
        if not mine or self.core.scopes is None:
            return {}
        return {"x-oauth-scopes": ",".join(sorted(self.core.scopes))}


async def _values(request: web.Request) -> Json:
    """The arguments of a request: query, form or JSON."""
    values: Json = dict(request.query)
    if request.method != "POST":
        return values
    if request.content_type == "application/json":
        return values | _object(json.loads(await request.text() or "{}"))
    form = await request.post()
    values |= {name: value for name, value in form.items() if isinstance(value, str)}
    payload = values.get("payload")
    if isinstance(payload, str):
        return _object(decode("files", payload))
    return values


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise ValueError("the body is no object")  # noqa: TRY004  # as one that is no JSON
    return body


def _token(request: web.Request, values: Json) -> str | None:
    if token := bearer_token(request):
        return token
    given = values.get("token")
    return given if isinstance(given, str) else None


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(seconds)}
