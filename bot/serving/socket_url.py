"""The proxy of a Socket Mode connection, from the environment; this machine itself is never behind one."""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit


def proxy_for(url: str) -> str | None:
    """The proxy to reach a websocket by: HTTPS_PROXY, or HTTP_PROXY, unless NO_PROXY names its host.

    aiohttp would read WSS_PROXY, which nobody sets.
    """
    host = urlsplit(url).hostname or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get("https") or proxies.get("http")
    if proxy is None:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
