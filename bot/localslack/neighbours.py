"""Passes on the calls with a token of another workspace of the same app, as all of them have one address in Slack."""

from __future__ import annotations

import aiohttp
from aiohttp import web

#: Headers of the connection, not of the message.
_NOT_PASSED_ON = {"host", "content-length", "transfer-encoding", "connection", "content-encoding", "server", "date"}


async def pass_on(request: web.Request, url: str) -> web.Response:
    """Have the other workspace carry a call out, with its own faults, and give back what it answers."""
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, url, params=request.query, data=await request.read(), headers=headers
            ) as answer,
        ):
            back = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_ON}
            return web.Response(status=answer.status, body=await answer.read(), headers=back)
    except aiohttp.ClientError:
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=500)
