"""Parses DATABASE_URL, and names a database without its secrets."""

from __future__ import annotations

import re
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

_EXAMPLES = "write sqlite:///eco-bot.db or postgresql://user@host/name"
#: The parts of a PostgreSQL URL: scheme with user and password, hosts with ports, the rest.
_PARTS = re.compile(r"(\w+(?:\+\w+)?://(?:[^:/?#]*(?::[^@]*)?@)?)([^/?]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(\[[^\]]+\]|[^:]*)(?::([0-9]*))?")


class InvalidUrl(ValueError):
    """A database URL cannot be used; the message continues a sentence about it and quotes no part of it."""


def parse_url(text: str) -> URL:
    """Parse a database URL; `postgres://` and `postgresql://` select psycopg 3.

    Sockets (`@%2Fdir`) and several hosts (`h1:5432,h2:5432`) become the options `host` and `port`.

    Raises:
        InvalidUrl: it is not a URL, or not one of a supported database.
    """
    try:
        url = make_url(_with_host_options(text))
    except InvalidUrl:
        raise
    except sa.exc.ArgumentError:
        raise InvalidUrl(f"is not a database URL; {_EXAMPLES}") from None
    except ValueError:  # of Python, and it quotes the port
        raise InvalidUrl(
            "is not a database URL, as its port is no number; in a password, write a : as %3A and an @ as %40"
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        # Not the name itself where it could be anything.
        named = url.drivername if re.fullmatch(r"[a-z0-9]{2,20}(\+[a-z0-9]{2,20})?", url.drivername) else "another one"
        raise InvalidUrl(f"names {named}; only sqlite and postgresql are supported")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise InvalidUrl("names no file; the state must outlive the process: sqlite:///eco-bot.db")
    return url


def _with_host_options(text: str) -> str:
    """The URL with sockets and several hosts as options, as SQLAlchemy wants them."""
    parts = _PARTS.fullmatch(text)
    if parts is None or not text.startswith("postgres"):
        return text
    begin, hosts, rest = parts.groups()
    if "@" in hosts + rest:
        raise InvalidUrl("has an @ too many; in a password, write an @ as %40 and a / as %2F")
    if "," not in hosts and not hosts.lower().startswith("%2f"):
        return text
    split = [_HOST.fullmatch(host) for host in hosts.split(",")]
    names = [unquote(found[1]).strip("[]") if found else "" for found in split]
    if not all(names):
        raise InvalidUrl("lists hosts in a wrong way; write postgresql://user@host1:5432,host2:5432/name")
    path, _, query = rest.partition("?")
    options = [f"host={','.join(names)}"]
    ports = [(found[2] if found else "") or "" for found in split]
    if any(ports):
        options.append(f"port={','.join(ports)}")
    return f"{begin}{path or '/'}?{'&'.join([*options, *([query] if query else [])])}"


def describe(url: URL) -> str:
    """The database in words for people: kind, hosts and name, or the file; no user, password or option."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database}"
    host, port = url.host or url.query.get("host") or "", str(url.port or url.query.get("port") or "")
    listed = host.split(",") if isinstance(host, str) else list(host)
    ports = port.split(",") if port else [""]
    ports = ports if len(ports) == len(listed) else ports[:1] * len(listed)
    where = ",".join(f"{name}:{number}" if number else name for name, number in zip(listed, ports, strict=True))
    return f"postgresql://{where}/{url.database or ''}"
