"""The DATABASE_URL: schemes and options as people and hosting services write them, translated for the drivers."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import Misconfigured

SCHEMES: Mapping[str, str] = {
    "sqlite+aiosqlite": "",
    "mysql+asyncmy": "mysql",
    "postgresql+asyncpg": "postgresql",
}
"""Supported schemes of DATABASE_URL, and the extra of `reelmate` that installs each driver ("" if none is needed)."""

ALIASES: Mapping[str, str] = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+psycopg": "postgresql+asyncpg",
    "postgresql+psycopg2": "postgresql+asyncpg",
    "mysql": "mysql+asyncmy",
    "mysql+aiomysql": "mysql+asyncmy",
    "mysql+pymysql": "mysql+asyncmy",
    "mariadb": "mysql+asyncmy",
    "mariadb+asyncmy": "mysql+asyncmy",
}
"""Other ways to write a scheme. Hosting services write the short ones."""

_SUPPORTED = ", ".join(f"{scheme}://" for scheme in SCHEMES)

_TLS_MODES: Mapping[str, Mapping[str, str]] = {
    "postgresql": dict.fromkeys(("disable", "allow", "prefer"), "")
    | {"require": "encrypt", "verify-ca": "verify authority", "verify-full": "verify host"},
    "mysql": {"disabled": "", "required": "encrypt", "verify_ca": "verify authority", "verify_identity": "verify host"},
}
"""What the modes of TLS of each database ask for; "" if the connection need not be encrypted."""

_SWITCHES = {"true": "encrypt", "1": "encrypt", "false": "", "0": ""}


@dataclass(frozen=True, slots=True)
class Address:
    """A database as SQLAlchemy and the driver take it.

    Attributes:
        url: without options.
        options: the arguments of the driver's `connect`.
    """

    url: URL
    options: Mapping[str, Any] = field(default_factory=dict)


def parse_address(database_url: str) -> Address:
    """Parse a DATABASE_URL.

    Raises:
        Misconfigured: the URL cannot be used; the message says what to write.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise Misconfigured(
            f"DATABASE_URL is not a URL; supported schemes are {_SUPPORTED}, and in a user or password @ is written"
            " %40, / %2F, # %23, ? %3F and : %3A"
        ) from None
    url = url.set(drivername=ALIASES.get(url.drivername, url.drivername))
    if url.drivername not in SCHEMES:
        raise Misconfigured(f"DATABASE_URL has the scheme {url.drivername}://; supported schemes are {_SUPPORTED}")
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in {None, "", ":memory:"}:
            raise Misconfigured("DATABASE_URL names no file; write sqlite+aiosqlite:////folder/reelmate.db")
        return Address(url)
    if "@" in (url.host or ""):
        raise Misconfigured("DATABASE_URL has an @ in its user or password; write it as %40")
    if not url.database:
        raise Misconfigured(
            f"DATABASE_URL names no database; write {url.drivername}://user:password@host/reelmate, with the database"
            " at the end"
        )
    query = {name.replace("-", "_").lower(): value for name, value in url.query.items()}
    options: dict[str, Any] = {}
    for name, value in query.items():
        translate = _OPTIONS[backend].get(name)
        if translate is None or not isinstance(value, str):
            known = ", ".join(sorted(_OPTIONS[backend]))
            raise Misconfigured(f"DATABASE_URL: the option {name!r} is not supported; remove it. Supported are {known}")
        try:
            options |= translate(value)
        except ValueError as error:
            raise Misconfigured(f"DATABASE_URL: the option {name!r} is {error}") from None
    return Address(url.set(query={}), _with_tls(backend, options))


def _with_tls(backend: str, options: dict[str, Any]) -> dict[str, Any]:
    """Replace the collected "tls" and "tls files" of the options by what the drivers take."""
    files = {name.removeprefix("tls "): options.pop(name) for name in list(options) if name.startswith("tls ")}
    wanted = options.pop("tls", "verify host" if "ca" in files else None)
    if wanted is None:
        return options
    if not wanted:
        return options | ({"ssl": False} if backend == "postgresql" else {})
    context = ssl.create_default_context()
    if wanted == "encrypt":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif wanted == "verify authority":
        context.check_hostname = False
    try:
        if "ca" in files:
            context.load_verify_locations(cafile=files["ca"])
        if "cert" in files:
            context.load_cert_chain(files["cert"], files.get("key"))
    except OSError:
        raise Misconfigured("DATABASE_URL: a file of certificates in its options cannot be read") from None
    return options | {"ssl": context}


def _tls(backend: str) -> Callable[[str], dict[str, Any]]:
    modes = {**_TLS_MODES[backend], **_SWITCHES}

    def translate(value: str) -> dict[str, Any]:
        wanted = modes.get(value.lower().replace("-", "_") if backend == "mysql" else value.lower())
        if wanted is None:
            raise ValueError(f"not one of {', '.join(modes)}")
        # "allow" and "prefer" encrypt if the server can.
        return {} if value.lower() in ("allow", "prefer") else {"tls": wanted}

    return translate


def _to(name: str, convert: Callable[[str], Any] = str) -> Callable[[str], dict[str, Any]]:
    def translate(value: str) -> dict[str, Any]:
        try:
            return {name: convert(value)}
        except ValueError:
            raise ValueError("not a number") from None

    return translate


def _statement_cache(value: str) -> dict[str, Any]:
    """Return the options for a size of the cache of prepared statements.

    With size 0, a pooler such as PgBouncer may give each transaction another connection. So no statement gets a name.
    Names must differ between connections, and a statement that is closed on another connection than it was prepared on
    would use memory of the server until the pooler closes the connection.
    """
    try:
        size = int(value)
    except ValueError:
        raise ValueError("not a number") from None
    options: dict[str, Any] = {"statement_cache_size": size}
    if size == 0:
        options |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
    return options


def _pooler(value: str) -> dict[str, Any]:
    return _statement_cache("0") if value.lower() == "true" else {}


_OPTIONS: Mapping[str, Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "postgresql": {
        "sslmode": _tls("postgresql"),
        "ssl": _tls("postgresql"),
        "sslrootcert": _to("tls ca"),
        "sslcert": _to("tls cert"),
        "sslkey": _to("tls key"),
        "application_name": lambda value: {"server_settings": {"application_name": value}},
        "connect_timeout": _to("timeout", float),
        "command_timeout": _to("command_timeout", float),
        "statement_cache_size": _statement_cache,
        "prepared_statement_cache_size": _statement_cache,
        "pgbouncer": _pooler,
        "target_session_attrs": _to("target_session_attrs"),
        "host": _to("host"),
        "port": _to("port", int),
    },
    "mysql": {
        "ssl": _tls("mysql"),
        "ssl_mode": _tls("mysql"),
        "sslmode": _tls("mysql"),
        "ssl_ca": _to("tls ca"),
        "ssl_cert": _to("tls cert"),
        "ssl_key": _to("tls key"),
        "connect_timeout": _to("connect_timeout", int),
        "charset": _to("charset"),
        "unix_socket": _to("unix_socket"),
    },
}
"""The options of a DATABASE_URL by backend, each with a function that returns the arguments of the driver."""
