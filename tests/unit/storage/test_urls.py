"""URLs as people and hosting services write them: what they mean, what is refused, and what is shown of them."""

import ssl
from pathlib import Path

import pytest

from storage.errors import Misconfigured
from storage.sql.database.addresses import parse_address
from storage.urls import check_escaped, lite_folder, path_of, redact, secrets_in
from storage.vectors.milvus_connection import _server


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgres://me:pw@host/reelmate", "postgresql+asyncpg://me:pw@host/reelmate"),
        ("postgresql://me:pw@host:5433/x", "postgresql+asyncpg://me:pw@host:5433/x"),
        ("postgresql+psycopg2://me@host/x", "postgresql+asyncpg://me@host/x"),
        ("mysql://me:pw@host/x", "mysql+asyncmy://me:pw@host/x"),
        ("mariadb://me:pw@host:3307/x", "mysql+asyncmy://me:pw@host:3307/x"),
        ("mysql://me:a#b/c@host/x", "mysql+asyncmy://me:a%23b%2Fc@host/x"),
        ("sqlite+aiosqlite:////srv/my#1/reelmate.db", "sqlite+aiosqlite:////srv/my#1/reelmate.db"),
    ],
)
def test_other_ways_to_write_a_database(written: str, meant: str) -> None:
    """The driver, the password and the database are those of the URL."""
    expected = parse_address(meant).url
    assert parse_address(written).url == expected
    assert expected.render_as_string(hide_password=False).replace("%23", "#") == meant.replace("%23", "#")


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("postgres://h/x?application_name=bot", {"server_settings": {"application_name": "bot"}}),
        ("postgres://h/x?connect_timeout=10", {"timeout": 10.0}),
        ("postgres://h/x?statement_cache_size=50", {"statement_cache_size": 50}),
        ("postgres://h/x?sslmode=disable", {"ssl": False}),
        ("postgres://h/x?sslmode=prefer", {}),
        ("mysql://h/x?ssl=false", {}),
        ("mysql://h/x?ssl-mode=DISABLED&charset=utf8mb4", {"charset": "utf8mb4"}),
        ("mysql://h/x?connect_timeout=10", {"connect_timeout": 10}),
    ],
)
def test_options_of_databases(written: str, options: dict[str, object]) -> None:
    """They become arguments of the driver."""
    assert dict(parse_address(written).options) == options


@pytest.mark.parametrize(
    ("written", "verify", "checks_host"),
    [
        ("postgres://h/x?sslmode=require", ssl.CERT_NONE, False),
        ("postgres://h/x?ssl=true", ssl.CERT_NONE, False),
        ("postgres://h/x?sslmode=verify-ca", ssl.CERT_REQUIRED, False),
        ("postgres://h/x?sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("mysql://h/x?ssl_mode=REQUIRED", ssl.CERT_NONE, False),
        ("mysql://h/x?ssl=true", ssl.CERT_NONE, False),
        ("mysql://h/x?ssl-mode=VERIFY_CA", ssl.CERT_REQUIRED, False),
        ("mysql://h/x?ssl_mode=verify_identity", ssl.CERT_REQUIRED, True),
    ],
)
def test_encrypted_connections(written: str, verify: ssl.VerifyMode, checks_host: bool) -> None:
    """The mode says what is verified."""
    context = parse_address(written).options["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (verify, checks_host)


def test_a_pooler_gets_statements_without_names() -> None:
    """A pooler may give each transaction another connection, where a name may exist already, or not exist."""
    for written in ("postgres://h/x?statement_cache_size=0", "postgres://h/x?pgbouncer=true"):
        options = parse_address(written).options
        assert (options["statement_cache_size"], options["prepared_statement_cache_size"]) == (0, 0)
        assert options["prepared_statement_name_func"]() == ""


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("postgres://me:hunter2@host", "names no database; write postgresql\\+asyncpg://user:password@host/reelmate"),
        ("mysql://me:hunter2@host/", "names no database"),
        ("mysql://me:hun@ter2@host/x", "an @ in its user or password; write it as %40"),
        ("postgres://me:hunter2@h/x?channel_binding=require", "the option 'channel_binding' is not supported; remove"),
        ("postgres://me:hunter2@h/x?sslmode=on", "the option 'sslmode' is not one of disable, allow"),
        ("postgres://me:hunter2@h/x?connect_timeout=soon", "the option 'connect_timeout' is not a number"),
        ("postgres://me:hunter2@h/x?sslrootcert=/nowhere", "a file of certificates .* cannot be read"),
        ("mysql://me:hunter2@h/x?ssl_mode=PREFERRED", "the option 'ssl_mode' is not one of disabled, required"),
        ("mysql://me:hunter2@h/x?useSSL=true", "the option 'usessl' is not supported; remove it"),
        ("mysql://me:hunter2@host:port/x", "is not a URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(written: str, sentence: str) -> None:
    """It names the setting, says what to write, and shows nothing of the password."""
    with pytest.raises(Misconfigured, match=f"^DATABASE_URL.*{sentence}") as raised:
        parse_address(written)
    assert "hun" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "uri", "token", "database"),
    [
        ("milvus://host", "http://host:19530", "", ""),
        ("http://milvus:19530", "http://milvus:19530", "", ""),
        ("https://in03.zillizcloud.com", "https://in03.zillizcloud.com:443", "", ""),
        ("milvuss://KEY@host/db", "https://host:19530", "KEY", "db"),
        ("milvus://me:p%2Fw@host:1/db", "http://host:1", "me:p/w", "db"),
        ("milvus://host?token=me:pw&db_name=movies", "http://host:19530", "me:pw", "movies"),
        ("https://host?user=me&password=pw", "https://host:443", "me:pw", ""),
    ],
)
def test_addresses_of_milvus(written: str, uri: str, token: str, database: str) -> None:
    """Host, port, key and database, also in the form of Milvus' own documentation."""
    address = _server(written)
    assert (address.uri, address.token, address.database) == (uri, token, database)


@pytest.mark.parametrize("written", ["milvus://host?timeout=5", "milvus://host/x#y"])
def test_an_unknown_option_of_milvus_is_refused(written: str) -> None:
    """It would be ignored otherwise."""
    with pytest.raises(Misconfigured, match=r"VECTORS_URL: the option .* is not supported; remove it"):
        _server(written)


@pytest.mark.parametrize(
    "written",
    [
        "redis://:hun#ter2@host:6379",
        "redis://:hun/ter2@host",
        "redis://me:12?3hun@host",
        "milvus://me:12#hun@host",
        "milvuss://hun/ter2@host",
        "milvus://me:hun@ter2@host:1",
    ],
)
def test_a_password_that_would_end_early_is_one_sentence(written: str) -> None:
    """Otherwise another host would be called, or half the password be shown."""
    with pytest.raises(Misconfigured, match=r"^METADATA_URL has a character .* write @ as %40") as raised:
        check_escaped("METADATA_URL", written)
    assert "hun" not in str(raised.value)
    assert "hun" not in redact(written)


@pytest.mark.parametrize(
    "written",
    [
        "redis://host",
        "redis://me:p%23w@host:6379/0",
        "rediss://[::1]:6379/0?password=a@b",
        "redis://host/0?x=@",
        "redis+sentinel://one:1,two:2/x",
    ],
)
def test_escaped_passwords_pass(written: str) -> None:
    """As do options with an @."""
    check_escaped("METADATA_URL", written)


@pytest.mark.parametrize(
    ("written", "shown", "hidden"),
    [
        ("milvuss://KEY@host", "milvuss://***@host", ["KEY"]),
        ("https://KEY@host:443/x", "https://***@host:443/x", ["KEY"]),
        ("redis://pw@host", "redis://***@host", ["pw"]),
        ("redis+cluster://pw@one:1,two:2", "redis+cluster://***@one:1,two:2", ["pw"]),
        (
            "rediss+sentinel://me:pw@one,two/x?sentinel_password=other",
            "rediss+sentinel://me:***@one,two/x?sentinel_password=***",
            ["pw", "other"],
        ),
        ("milvus://host?token=KEY&db_name=x", "milvus://host?token=***&db_name=x", ["KEY"]),
        ("postgres://me:a#b@host/x", "postgres://me:***@host/x", ["a#b"]),
        ("postgres://me@host/x", "postgres://me@host/x", []),
        ("redis://host/0", "redis://host/0", []),
    ],
)
def test_what_is_shown_of_a_url(written: str, shown: str, hidden: list[str]) -> None:
    """Keys and passwords are not."""
    assert redact(written) == shown
    assert list(secrets_in(written)) == hidden


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("milvus+lite:///srv/my#1/milvus.db", "/srv/my#1/milvus.db"),
        ("milvus+lite:///srv/my%20home/milvus.db", "/srv/my home/milvus.db"),
        ("milvus+lite:///srv/100%25/milvus.db", "/srv/100%/milvus.db"),
        ("milvus+lite:/srv/milvus.db", "/srv/milvus.db"),
        ("file:///srv/a?b#c/models", "/srv/a?b#c/models"),
        ("file://localhost/srv/models", "/srv/models"),
        ("file://host/srv/models", None),
        ("milvus+lite://milvus.db", None),
        ("milvus+lite:", None),
        ("file:///", None),
    ],
)
def test_paths_of_folders(written: str, path: str | None) -> None:
    """A # is part of the path."""
    assert path_of(written) == (path and Path(path))
    if written.startswith("milvus+lite") and path:
        assert lite_folder(written) == Path(path)
