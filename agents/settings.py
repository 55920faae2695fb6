"""Settings: environment variables, read once into a frozen value. Only `cli` passes the real environment."""

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
    from pipeline.document.metadata.reservations import Obey
    from pipeline.records.page_type import PageType

MIB = 1 << 20
SECURITIES = ("plaintext", "tls", "sasl-plaintext", "sasl-tls")
MECHANISMS = ("scram-sha-512", "scram-sha-256", "plain")
OBEYED = ("noindex", "noarchive", "tdm")
EXTRACTORS = ("blocks", "trafilatura")
TYPES = ("article", "listing", "collection", "product", "service", "forum", "documentation")


class Secret:
    """A secret text. It appears in no log and no exception; only `reveal` returns it. Empty means no secret."""

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


def _setting(
    name: str,
    default: Any,
    help_text: str,
    *,
    low: float | None = None,
    choices: tuple[str, ...] = (),
    several: tuple[str, ...] = (),
) -> Any:
    meta = {"name": name, "help": help_text, "low": low, "choices": choices, "several": several}
    return field(default=default, metadata=meta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `.env.example` is generated from these fields."""

    brokers: str = _setting("CHISTOVIK_BROKERS", "localhost:9092", "Kafka's addresses, host:port, comma-separated")
    prefix: str = _setting("CHISTOVIK_PREFIX", "news.", "prefix of all topic and group names")
    security: str = _setting(
        "CHISTOVIK_SECURITY",
        "plaintext",
        "protocol of the connection to Kafka: " + ", ".join(SECURITIES),
        choices=SECURITIES,
    )
    tls_ca: str = _setting(
        "CHISTOVIK_TLS_CA", "", "file (PEM) with the CA certificates to trust for Kafka; empty: those of the system"
    )
    tls_cert: str = _setting("CHISTOVIK_TLS_CERT", "", "file (PEM) with the client certificate, if Kafka requires one")
    tls_key: str = _setting(
        "CHISTOVIK_TLS_KEY", "", "file (PEM) with the key of the client certificate, without a passphrase"
    )
    sasl_mechanism: str = _setting(
        "CHISTOVIK_SASL_MECHANISM", MECHANISMS[0], "SASL mechanism: " + ", ".join(MECHANISMS), choices=MECHANISMS
    )
    sasl_user: str = _setting("CHISTOVIK_SASL_USER", "", "user name for sasl-plaintext and sasl-tls")
    sasl_password: Secret = _setting("CHISTOVIK_SASL_PASSWORD", NO_SECRET, "password of this user")
    sasl_password_file: str = _setting(
        "CHISTOVIK_SASL_PASSWORD_FILE", "", "or: file with the password in its first line"
    )
    data_dir: Path = _setting("CHISTOVIK_DATA_DIR", Path("data"), "folder for the local state of workers")
    http_host: str = _setting("CHISTOVIK_HTTP_HOST", "127.0.0.1", "address to serve /healthz and /metrics on")
    http_port: int = _setting("CHISTOVIK_HTTP_PORT", 0, "port of /healthz and /metrics; 0: any free port", low=0)
    replication: int = _setting(
        "CHISTOVIK_REPLICATION", 1, "replicas of each partition that `topics apply` creates", low=1
    )
    processes: int = _setting("CHISTOVIK_PROCESSES", 0, "number of cleaning processes; 0: one per core", low=0)
    page_timeout: float = _setting(
        "CHISTOVIK_PAGE_TIMEOUT", 30.0, "time limit for cleaning one page, in seconds", low=0.1
    )
    max_page_bytes: int = _setting(
        "CHISTOVIK_MAX_PAGE_BYTES", 8 * MIB, "largest page body in bytes; larger ones are discarded", low=1024
    )
    page_memory: int = _setting("CHISTOVIK_PAGE_MEMORY", 2048, "address space of a cleaning process, in MiB", low=512)
    extractor: Extractor = _setting(
        "CHISTOVIK_EXTRACTOR",
        EXTRACTORS[0],
        "extractor of articles from HTML: " + ", ".join(EXTRACTORS),
        choices=EXTRACTORS,
    )
    profiles: str = _setting(
        "CHISTOVIK_PROFILES",
        "on",
        "learn which lines recur on a host, and remove them: on, off",
        choices=("on", "off"),
    )
    obey: str = _setting(
        "CHISTOVIK_OBEY",
        "",
        "declarations of publishers to obey, comma-separated: "
        + ", ".join(OBEYED)
        + "; empty: none, events carry them",
        several=OBEYED,
    )
    accept: str = _setting(
        "CHISTOVIK_ACCEPT",
        TYPES[0],
        "types of pages that are accepted, comma-separated; all others are discarded: " + ", ".join(TYPES),
        several=TYPES,
    )
    window_days: float = _setting(
        "CHISTOVIK_WINDOW_DAYS",
        30.0,
        "pages are compared with those of so many days; at least 7, the retention of pages",
        low=7,
    )
    user_agent: str = _setting(
        "CHISTOVIK_USER_AGENT",
        "",
        "User-Agent sent to web servers, with your contact: MyBot/1.0 (+https://example.org/bot)",
    )
    fetch_pace: float = _setting("CHISTOVIK_FETCH_PACE", 1.0, "seconds between two requests to a host", low=0)
    fetch_parallel: int = _setting("CHISTOVIK_FETCH_PARALLEL", 256, "parallel requests to all hosts together", low=1)
    fetch_host_parallel: int = _setting("CHISTOVIK_FETCH_HOST_PARALLEL", 1, "parallel requests to one host", low=1)
    fetch_timeout: float = _setting("CHISTOVIK_FETCH_TIMEOUT", 60.0, "time limit for one response, in seconds", low=0.1)
    fetch_window: float = _setting(
        "CHISTOVIK_FETCH_WINDOW", 3600.0, "a URL that is fed again within so many seconds is fetched only once", low=0
    )
    fetch_attempts: int = _setting("CHISTOVIK_FETCH_ATTEMPTS", 5, "number of attempts for a failing URL", low=1)
    fetch_backoff: float = _setting(
        "CHISTOVIK_FETCH_BACKOFF",
        60.0,
        "seconds before the second attempt; each later wait is four times longer",
        low=0,
    )
    fetch_give_up: float = _setting(
        "CHISTOVIK_FETCH_GIVE_UP",
        0.0,
        "seconds that a URL waits for a host that does not answer; 0: 17 times as long as its own attempts take, a day",
        low=0,
    )
    fetch_languages: str = _setting("CHISTOVIK_FETCH_LANGUAGES", "", "Accept-Language header, for example uk, ru;q=0.8")
    fetch_ports: str = _setting("CHISTOVIK_FETCH_PORTS", "80,443,8080,8443", "ports that may be contacted")
    fetch_networks: str = _setting(
        "CHISTOVIK_FETCH_NETWORKS", "", "private networks that may be contacted, as CIDR, comma-separated; empty: none"
    )
    fetch_hosts: str = _setting(
        "CHISTOVIK_FETCH_HOSTS", "", "file with addresses of hosts, in the format of /etc/hosts"
    )
    session_timeout: float = _setting(
        "CHISTOVIK_SESSION_TIMEOUT", 10.0, "seconds without a heartbeat until a worker loses its partitions", low=1
    )
    stop_seconds: float = _setting(
        "CHISTOVIK_STOP_SECONDS",
        35.0,
        "seconds after SIGTERM until a process that has not stopped ends by force; less than what Docker or Kubernetes "
        "waits before it kills",
        low=1,
    )
    audit_every: float = _setting(
        "CHISTOVIK_AUDIT_EVERY",
        600.0,
        "seconds between two audits of the newest pages by the worker of `publish`; 0: none",
        low=0,
    )
    audit_hours: float = _setting(
        "CHISTOVIK_AUDIT_HOURS", 6.0, "how far these audits look back, in hours; at 100,000 events, less far", low=0.1
    )
    log_format: str = _setting(
        "CHISTOVIK_LOG_FORMAT", "console", "log format: console or json", choices=("console", "json")
    )
    log_level: str = _setting(
        "CHISTOVIK_LOG_LEVEL",
        "info",
        "log level: debug, info, warning or error",
        choices=("debug", "info", "warning", "error"),
    )
    traces: str = _setting(
        "CHISTOVIK_TRACES", "", "OTLP endpoint (HTTP) for traces, such as http://localhost:4318; empty: no traces"
    )
    traces_ratio: float = _setting("CHISTOVIK_TRACES_RATIO", 0.01, "share of pages that are traced, 0 to 1", low=0)
    watches: str = _setting(
        "CHISTOVIK_WATCHES", "", "watch list: file with the feeds, sitemaps and sites for `chistovik watch`"
    )
    service_host: str = _setting(
        "CHISTOVIK_SERVICE_HOST",
        "127.0.0.1",
        "address of `chistovik serve`; a token is needed unless it is a loopback address",
    )
    service_port: int = _setting("CHISTOVIK_SERVICE_PORT", 8081, "port of `chistovik serve`; 0: any free port", low=0)
    service_token: Secret = _setting(
        "CHISTOVIK_SERVICE_TOKEN", NO_SECRET, "token that clients of `chistovik serve` must send"
    )
    service_max_bytes: int = _setting("CHISTOVIK_SERVICE_MAX_BYTES", 32 * MIB, "largest request in bytes", low=1024)
    service_max_rows: int = _setting(
        "CHISTOVIK_SERVICE_MAX_ROWS", 10_000, "largest number of rows in one request", low=1
    )
    ui_host: str = _setting("CHISTOVIK_UI_HOST", "127.0.0.1", "address of `chistovik ui`")
    ui_port: int = _setting("CHISTOVIK_UI_PORT", 8082, "port of `chistovik ui`; 0: any free port", low=0)
    ui_token: Secret = _setting(
        "CHISTOVIK_UI_TOKEN",
        NO_SECRET,
        "token for `chistovik ui`; if empty and not on a loopback address, a new one is made at each start",
    )
    ui_events: int = _setting(
        "CHISTOVIK_UI_EVENTS", 5000, "number of newest events that `chistovik ui` keeps of each outcome topic", low=10
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings. Raises SettingsError with the name of the first variable that cannot be used."""
        values = {}
        for setting in fields(cls):
            raw = env.get(setting.metadata["name"], "").strip()
            if raw:
                values[setting.name] = _parsed(raw, setting.default, setting.metadata)
        return cls(**values)

    @property
    def obeyed(self) -> Obey:
        """The declarations of publishers that are obeyed, and the name under which pages are fetched."""
        from pipeline.document.metadata.reservations import obey_of  # noqa: PLC0415 — most commands do not clean
        from pipeline.url.robots import product_token  # noqa: PLC0415

        return obey_of(_listed(self.obey), product_token(self.user_agent))

    @property
    def accepted(self) -> frozenset[PageType]:
        """The types of pages that become articles."""
        from pipeline.records.page_type import PageType  # noqa: PLC0415 — as above

        return frozenset(map(PageType, _listed(self.accept)))

    @property
    def cleaners(self) -> int:
        """The number of cleaning processes."""
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
    if meta["several"] and any(one not in meta["several"] for one in _listed(value)):
        raise SettingsError(f"{meta['name']}={raw!r}: expected some of {', '.join(meta['several'])}")
    if meta["low"] is not None and not meta["low"] <= value < math.inf:
        raise SettingsError(f"{meta['name']}={raw!r}: expected at least {meta['low']}")
    return value


def _listed(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def example() -> str:
    """Return the text of `.env.example`: every setting with its default and its help."""
    lines = ["# Chistovik's settings, with their defaults. Copy to .env and change what you need."]
    for setting in fields(Settings):
        lines += ["", f"# {setting.metadata['help']}", f"{setting.metadata['name']}={setting.default}"]
    return "\n".join(lines) + "\n"
