"""Settings: environment variables, read once into a frozen value. Only `cli` passes the real environment in."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.document.clean import Extractor

MIB = 1 << 20
SECURITIES = ("plaintext", "tls", "sasl-plaintext", "sasl-tls")
MECHANISMS = ("scram-sha-512", "scram-sha-256", "plain")
EXTRACTORS = ("blocks", "trafilatura")


class Secret:
    """A text that shows itself only to who asks for it: neither in a log nor in an exception. Empty: there is none."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return "***" if self._text else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)


NO_SECRET = Secret()


def _setting(name: str, default: Any, says: str, *, low: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    meta = {"name": name, "says": says, "low": low, "choices": choices}
    return field(default=default, metadata=meta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set; `.env.example` is made from these fields."""

    brokers: str = _setting("CHISTOVIK_BROKERS", "localhost:9092", "Kafka's addresses, host:port, comma-separated")
    prefix: str = _setting("CHISTOVIK_PREFIX", "news.", "what all topic and group names begin with")
    security: str = _setting(
        "CHISTOVIK_SECURITY", "plaintext", "how Kafka is spoken to: " + ", ".join(SECURITIES), choices=SECURITIES
    )
    tls_ca: str = _setting(
        "CHISTOVIK_TLS_CA", "", "file (PEM) of the authorities that sign Kafka's certificates; empty: the system's"
    )
    tls_cert: str = _setting("CHISTOVIK_TLS_CERT", "", "file (PEM) of our own certificate, where Kafka asks for one")
    tls_key: str = _setting("CHISTOVIK_TLS_KEY", "", "file (PEM) of its key, without a passphrase")
    sasl_mechanism: str = _setting("CHISTOVIK_SASL_MECHANISM", MECHANISMS[0], ", ".join(MECHANISMS), choices=MECHANISMS)
    sasl_user: str = _setting("CHISTOVIK_SASL_USER", "", "user of sasl-plaintext and sasl-tls")
    sasl_password: Secret = _setting("CHISTOVIK_SASL_PASSWORD", NO_SECRET, "the user's password")
    sasl_password_file: str = _setting("CHISTOVIK_SASL_PASSWORD_FILE", "", "or the file whose first line it is")
    data_dir: Path = _setting("CHISTOVIK_DATA_DIR", Path("data"), "local state of the workers")
    http_host: str = _setting("CHISTOVIK_HTTP_HOST", "127.0.0.1", "address of /healthz and /metrics")
    http_port: int = _setting("CHISTOVIK_HTTP_PORT", 0, "their port; 0: any free one", low=0)
    replication: int = _setting("CHISTOVIK_REPLICATION", 1, "copies of each partition, for `topics apply`", low=1)
    processes: int = _setting("CHISTOVIK_PROCESSES", 0, "processes that clean pages; 0: one per core", low=0)
    page_timeout: float = _setting("CHISTOVIK_PAGE_TIMEOUT", 30.0, "seconds that one page may take", low=0.1)
    max_page_bytes: int = _setting("CHISTOVIK_MAX_PAGE_BYTES", 8 * MIB, "larger bodies are discarded", low=1024)
    page_memory: int = _setting(
        "CHISTOVIK_PAGE_MEMORY", 2048, "MiB of address space that a process may take to clean a page", low=512
    )
    extractor: Extractor = _setting(
        "CHISTOVIK_EXTRACTOR",
        EXTRACTORS[0],
        "what takes the article out of HTML: " + ", ".join(EXTRACTORS),
        choices=EXTRACTORS,
    )
    profiles: str = _setting(
        "CHISTOVIK_PROFILES",
        "on",
        "learn which lines recur on a host, and take them out: on, off",
        choices=("on", "off"),
    )
    window_days: float = _setting(
        "CHISTOVIK_WINDOW_DAYS",
        30.0,
        "days back that a page is compared with; at least 7, as long as pages are kept",
        low=7,
    )
    user_agent: str = _setting(
        "CHISTOVIK_USER_AGENT",
        "",
        "how we name ourselves to web servers, with where to reach you: MyBot/1.0 (+https://example.org/bot)",
    )
    fetch_pace: float = _setting("CHISTOVIK_FETCH_PACE", 1.0, "seconds between two requests to a host", low=0)
    fetch_parallel: int = _setting("CHISTOVIK_FETCH_PARALLEL", 256, "requests at once, to all hosts", low=1)
    fetch_host_parallel: int = _setting("CHISTOVIK_FETCH_HOST_PARALLEL", 1, "requests at once to one host", low=1)
    fetch_timeout: float = _setting("CHISTOVIK_FETCH_TIMEOUT", 60.0, "seconds that one answer may take", low=0.1)
    fetch_window: float = _setting(
        "CHISTOVIK_FETCH_WINDOW", 3600.0, "seconds within which a URL is fetched once, however often it is fed", low=0
    )
    fetch_attempts: int = _setting("CHISTOVIK_FETCH_ATTEMPTS", 5, "times that a failing URL is tried", low=1)
    fetch_backoff: float = _setting(
        "CHISTOVIK_FETCH_BACKOFF", 60.0, "seconds until the second try; four times as long before each next", low=0
    )
    fetch_languages: str = _setting("CHISTOVIK_FETCH_LANGUAGES", "", "Accept-Language, such as uk, ru;q=0.8")
    fetch_ports: str = _setting("CHISTOVIK_FETCH_PORTS", "80,443,8080,8443", "ports that may be spoken to")
    fetch_networks: str = _setting(
        "CHISTOVIK_FETCH_NETWORKS", "", "private networks that may be, CIDR, comma-separated; empty: none"
    )
    fetch_hosts: str = _setting("CHISTOVIK_FETCH_HOSTS", "", "file with addresses of hosts, in the form of /etc/hosts")
    session_timeout: float = _setting(
        "CHISTOVIK_SESSION_TIMEOUT", 10.0, "seconds until a dead worker is replaced", low=1
    )
    log_format: str = _setting("CHISTOVIK_LOG_FORMAT", "console", "console or json", choices=("console", "json"))
    log_level: str = _setting(
        "CHISTOVIK_LOG_LEVEL",
        "info",
        "debug, info, warning or error",
        choices=("debug", "info", "warning", "error"),
    )
    traces: str = _setting(
        "CHISTOVIK_TRACES", "", "OTLP endpoint (HTTP) that spans go to, such as http://localhost:4318; empty: none"
    )
    traces_ratio: float = _setting(
        "CHISTOVIK_TRACES_RATIO", 0.01, "share of the pages whose way is recorded, 0 to 1", low=0
    )
    watches: str = _setting("CHISTOVIK_WATCHES", "", "file that lists what `chistovik watch` watches")
    service_host: str = _setting(
        "CHISTOVIK_SERVICE_HOST", "127.0.0.1", "address of `chistovik serve`; one beyond this machine needs a token"
    )
    service_port: int = _setting("CHISTOVIK_SERVICE_PORT", 8081, "its port; 0: any free one", low=0)
    service_token: Secret = _setting("CHISTOVIK_SERVICE_TOKEN", NO_SECRET, "what its clients show to be let in")
    service_max_bytes: int = _setting("CHISTOVIK_SERVICE_MAX_BYTES", 32 * MIB, "bytes of one request", low=1024)
    service_max_rows: int = _setting("CHISTOVIK_SERVICE_MAX_ROWS", 10_000, "rows of one request", low=1)
    ui_host: str = _setting("CHISTOVIK_UI_HOST", "127.0.0.1", "address of `chistovik ui`")
    ui_port: int = _setting("CHISTOVIK_UI_PORT", 8082, "its port; 0: any free one", low=0)
    ui_token: Secret = _setting(
        "CHISTOVIK_UI_TOKEN", NO_SECRET, "what lets you in; empty, and beyond this machine: made anew at each start"
    )
    ui_events: int = _setting(
        "CHISTOVIK_UI_EVENTS", 5000, "of each outcome topic, how many of the newest events it knows", low=10
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings; SettingsError names the first variable that cannot be used."""
        values = {}
        for one in fields(cls):
            raw = env.get(one.metadata["name"], "").strip()
            if raw:
                values[one.name] = _parsed(raw, one.default, one.metadata)
        return cls(**values)

    @property
    def cleaners(self) -> int:
        """How many processes clean pages."""
        if self.processes:
            return self.processes
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parsed(raw: str, default: Any, meta: Mapping[str, Any]) -> Any:
    kind = type(default) if not isinstance(default, Path) else Path
    try:
        value: Any = kind(raw)
    except ValueError:
        expected = {int: "a whole number", float: "a number"}.get(kind, "another value")
        raise SettingsError(f"{meta['name']}={raw!r}: expected {expected}") from None
    if meta["choices"] and value not in meta["choices"]:
        raise SettingsError(f"{meta['name']}={raw!r}: expected one of {', '.join(meta['choices'])}")
    if meta["low"] is not None and not meta["low"] <= value < math.inf:
        raise SettingsError(f"{meta['name']}={raw!r}: expected at least {meta['low']}")
    return value


def example() -> str:
    """Write `.env.example`: every setting with its default and what it says."""
    lines = ["# Chistovik's settings, with their defaults. Copy to .env and change what you need."]
    for one in fields(Settings):
        lines += ["", f"# {one.metadata['says']}", f"{one.metadata['name']}={one.default}"]
    return "\n".join(lines) + "\n"
