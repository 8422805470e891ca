"""The page's HTTP routes: static files, the live state, actions and controls, the inspector, shared files."""

from __future__ import annotations

import asyncio
import binascii
import json
import mimetypes
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import WSCloseCode, web

from ..channel_actions import ChannelActions
from ..core import Core
from ..file_sharing import FileSharing
from ..modal_actions import ModalActions
from ..workspace_model import PNG, User
from ..workspace_state import random_word
from . import call_inspector
from .page_actions import PageActions
from .page_controls import PageControls
from .page_guard import guarded
from .page_state import PageState
from .page_view import page_view, setup

STATIC = Path(__file__).parent / "static"
#: Changes come in bursts: a window is sent the state at most this often.
DEBOUNCE_SECONDS = 0.03
#: What the app does next changes a moment after the last thing it said: it is asked again this often.
LOOK_AHEAD_SECONDS = 1.0


class PageRoutes:
    """The page of one local Slack."""

    def __init__(
        self,
        core: Core,
        state: PageState,
        channel_actions: ChannelActions,
        modal_actions: ModalActions,
        file_sharing: FileSharing,
    ) -> None:
        self.core, self.state = core, state
        self.actions = PageActions(core, state, channel_actions, modal_actions, file_sharing)
        self.controls = PageControls(core, state)
        #: Tells a page that was loaded from an earlier process to reload itself.
        self.run = random_word(8)
        self._windows: set[asyncio.Event] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Event()
        core.workspace.on_change(lambda _: self._wake())

    def add_to(self, app: web.Application) -> None:
        """Add the routes to the local Slack's server."""
        app.router.add_get("/", guarded(self._index))
        app.router.add_get("/favicon.ico", guarded(self._favicon))
        app.router.add_get("/page/static/{name}", guarded(self._static))
        app.router.add_get("/page/setup", guarded(self._setup))
        app.router.add_get("/page/live", guarded(self._live))
        app.router.add_post("/page/do/{name}", guarded(self._do))
        app.router.add_get("/page/inspector", guarded(self._entries))
        app.router.add_get("/page/inspector/{kind:call|delivery}/{number:[0-9]+}", guarded(self._detail))
        app.router.add_get("/page/files/{file}", guarded(self._file))
        app.cleanup_ctx.append(self._look_ahead)
        app.on_shutdown.append(self._close)

    def _wake(self) -> None:
        self._changed.set()
        for window in self._windows:
            window.set()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        page = (STATIC / "index.html").read_text("utf-8").replace("Local Slack", escape(self.core.workspace.team_name))
        return web.Response(text=page, content_type="text/html")

    async def _favicon(self, request: web.Request) -> web.StreamResponse:
        return _content("icon.svg")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in {file.name for file in STATIC.iterdir()}:
            raise web.HTTPNotFound
        return _content(name)

    async def _setup(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(setup(self.core) | {"run": self.run})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """A websocket that is sent the whole state of one person at once and after every change."""
        user = self._person(request.query.get("as"))
        if not self.core.manifest.home_tab:  # then nothing else opens the direct messages with the app
            self.core.workspace.direct(user.id, self.core.bot_user_id)
        socket = web.WebSocketResponse(heartbeat=20, compress=False)
        await socket.prepare(request)
        window = asyncio.Event()
        self._windows.add(window)
        self._sockets.add(socket)
        sending = asyncio.create_task(self._send(socket, user, window))
        try:
            async for _ in socket:
                pass
        finally:
            sending.cancel()
            self._windows.discard(window)
            self._sockets.discard(socket)
        return socket

    async def _send(self, socket: web.WebSocketResponse, user: User, window: asyncio.Event) -> None:
        while not socket.closed:
            window.clear()
            try:
                await socket.send_json(page_view(self.core, self.state, user) | {"run": self.run})
            except ConnectionError:
                return
            await asyncio.sleep(DEBOUNCE_SECONDS)
            await window.wait()

    async def _do(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        try:
            order = await request.json()
            if self.controls.knows(name):
                return web.json_response(self.controls.carry_out(name, order))
            if not self.actions.knows(name):
                raise web.HTTPNotFound
            user = self._person(order["as"])
            # A window that is closed in between does not cancel the action.
            doing = asyncio.create_task(self.actions.carry_out(name, user, order))
            return web.json_response(await asyncio.shield(doing))
        except (KeyError, TypeError, json.JSONDecodeError, binascii.Error) as fault:
            return web.json_response({"refused": f"Something is missing in that request: {fault!r}"}, status=400)

    async def _entries(self, request: web.Request) -> web.StreamResponse:
        try:
            since = int(request.query.get("calls", "0")), int(request.query.get("deliveries", "0"))
        except ValueError:
            raise web.HTTPBadRequest from None
        return web.json_response(call_inspector.entries(self.core, *since))

    async def _detail(self, request: web.Request) -> web.StreamResponse:
        found = call_inspector.detail(self.core, request.match_info["kind"], int(request.match_info["number"]))
        if found is None:
            raise web.HTTPNotFound
        return web.json_response(found)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file, for people who can see a message that it is attached to."""
        user = self._person(request.query.get("as"))
        file = self.core.workspace.files.get(request.match_info["file"])
        channels = [self.core.workspace.conversations[share["channel"]] for share in file.shares] if file else []
        if file is None or file.deleted or not any(user.id in c.members or not c.is_private for c in channels):
            raise web.HTTPNotFound
        how = "attachment" if "download" in request.query else "inline"
        headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name)}"}
        body = file.content or b""
        if body.startswith(PNG):  # the only kind that the page draws; anything else is text, whatever it is called
            return web.Response(body=body, headers=headers, content_type="image/png")
        return web.Response(body=body, headers=headers, content_type="text/plain", charset="utf-8")

    def _person(self, user_id: str | None) -> User:
        user = self.core.workspace.users.get(user_id or "")
        if user is None or user.is_bot:
            raise web.HTTPNotFound
        return user

    async def _look_ahead(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch_ahead())
        yield
        task.cancel()

    async def _watch_ahead(self) -> None:
        """Keep the moments to jump to up to date: asked after each change, and again a little later."""
        state = self.state
        while True:
            self._changed.clear()
            ahead = await asyncio.to_thread(state.look_ahead)
            if ahead != (state.coming, state.busy):
                state.coming, state.busy = ahead
                self.core.workspace.changed()
                self._changed.clear()
            try:
                async with asyncio.timeout(LOOK_AHEAD_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(DEBOUNCE_SECONDS)

    async def _close(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the local Slack has stopped")


def _content(name: str) -> web.Response:
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    kind = {"js": "text/javascript", "svg": "image/svg+xml"}.get(name.rsplit(".", 1)[-1], kind)
    return web.Response(body=(STATIC / name).read_bytes(), content_type=kind, charset="utf-8")
