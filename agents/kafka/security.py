"""TLS and SASL: read from the settings, and written as options of each client library.

Nothing here contacts a broker, so wrong settings are found before the first connection.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import SettingsError
from agents.settings import NO_SECRET, Secret

if TYPE_CHECKING:
    from agents.settings import Settings

PROTOCOLS = {"plaintext": "PLAINTEXT", "tls": "SSL", "sasl-plaintext": "SASL_PLAINTEXT", "sasl-tls": "SASL_SSL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a client authenticates itself and the broker. The default does neither."""

    protocol: str = "PLAINTEXT"  # Kafka's name
    tls: ssl.SSLContext | None = None  # if the protocol has TLS
    ca: str = ""
    certificate: str = ""
    key: str = ""
    mechanism: str = ""  # if the protocol has SASL; Kafka's name
    user: str = ""
    password: Secret = NO_SECRET

    def aiokafka(self) -> dict[str, Any]:
        """Return the options of aiokafka."""
        options: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self.tls}
        if self.mechanism:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password.reveal()
        return options

    def librdkafka(self) -> dict[str, str]:
        """Return the options of librdkafka."""
        options = {
            "security.protocol": self.protocol,
            "ssl.ca.location": self.ca if self.tls else "",
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
            "sasl.mechanism": self.mechanism,
            "sasl.username": self.user,
            "sasl.password": self.password.reveal(),
        }
        return {name: value for name, value in options.items() if value}


def security_of(settings: Settings) -> Security:
    """Read the files that the settings name. Raises SettingsError with the name of the wrong variable."""
    _check_together(settings)
    has_sasl = settings.security.startswith("sasl-")
    return Security(
        protocol=PROTOCOLS[settings.security],
        tls=_tls(settings) if settings.security.endswith("tls") else None,
        ca=settings.tls_ca,
        certificate=settings.tls_cert,
        key=settings.tls_key,
        mechanism=settings.sasl_mechanism.upper() if has_sasl else "",
        user=settings.sasl_user,
        password=_password(settings) if has_sasl else NO_SECRET,
    )


def _check_together(settings: Settings) -> None:
    """Raise SettingsError for security settings that are unused, incomplete or contradictory."""
    tls = {
        "CHISTOVIK_TLS_CA": settings.tls_ca,
        "CHISTOVIK_TLS_CERT": settings.tls_cert,
        "CHISTOVIK_TLS_KEY": settings.tls_key,
    }
    sasl = {
        "CHISTOVIK_SASL_USER": settings.sasl_user,
        "CHISTOVIK_SASL_PASSWORD": settings.sasl_password,
        "CHISTOVIK_SASL_PASSWORD_FILE": settings.sasl_password_file,
    }
    security = settings.security
    unused = ({} if security.endswith("tls") else tls) | ({} if security.startswith("sasl-") else sasl)
    for name, value in unused.items():
        if value:
            raise SettingsError(f"{name} is set, but CHISTOVIK_SECURITY={security} does not use it")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        present, missing = ("CERT", "KEY") if settings.tls_cert else ("KEY", "CERT")
        raise SettingsError(f"CHISTOVIK_TLS_{present} needs CHISTOVIK_TLS_{missing} as well")
    if security.startswith("sasl-"):
        if not settings.sasl_user:
            raise SettingsError(f"CHISTOVIK_SECURITY={security} needs CHISTOVIK_SASL_USER")
        if not settings.sasl_password and not settings.sasl_password_file:
            both = "CHISTOVIK_SASL_PASSWORD or CHISTOVIK_SASL_PASSWORD_FILE"
            raise SettingsError(f"CHISTOVIK_SECURITY={security} needs {both}")
        if settings.sasl_password and settings.sasl_password_file:
            both = "CHISTOVIK_SASL_PASSWORD and CHISTOVIK_SASL_PASSWORD_FILE"
            raise SettingsError(f"{both} are both set: set only one")


def _password(settings: Settings) -> Secret:
    if settings.sasl_password:
        return settings.sasl_password
    name = f"CHISTOVIK_SASL_PASSWORD_FILE={settings.sasl_password_file!r}"
    try:
        lines = Path(settings.sasl_password_file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:  # its message would show a part of the password
        raise SettingsError(f"{name}: the file is not UTF-8 text") from None
    if not lines or not lines[0]:
        raise SettingsError(f"{name}: the first line of the file is empty")
    return Secret(lines[0])


def _tls(settings: Settings) -> ssl.SSLContext:
    ca = settings.tls_ca or None
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise SettingsError(f"CHISTOVIK_TLS_CA={ca!r}: the file has no certificate in PEM format") from None
    except OSError as error:
        raise SettingsError(f"CHISTOVIK_TLS_CA={ca!r}: {error.strerror}") from None
    if settings.tls_cert:
        _load_certificate(context, settings)
    return context


def _load_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    for name, path in (("CHISTOVIK_TLS_CERT", settings.tls_cert), ("CHISTOVIK_TLS_KEY", settings.tls_key)):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise SettingsError(f"{name}={path!r}: {error.strerror}") from None

    def refuse() -> str:  # otherwise OpenSSL asks for the passphrase on the terminal
        raise SettingsError(f"CHISTOVIK_TLS_KEY={settings.tls_key!r}: use a key without a passphrase") from None

    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=refuse)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            why = f"CHISTOVIK_TLS_KEY={settings.tls_key!r}: not the key of CHISTOVIK_TLS_CERT={settings.tls_cert!r}"
        else:
            why = f"CHISTOVIK_TLS_CERT={settings.tls_cert!r}, CHISTOVIK_TLS_KEY={settings.tls_key!r}: not PEM"
        raise SettingsError(why) from None
