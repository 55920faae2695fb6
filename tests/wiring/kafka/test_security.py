"""Locked doors: the settings that go together, and the secrets that nobody sees."""

from __future__ import annotations

import pickle
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import SettingsError
from agents.kafka import Connection, connect
from agents.kafka.security import Security, security_of
from agents.settings import Secret, Settings
from agents.stage.faust_app import new_app
from tests.support.certificates import Authority
from tests.support.patience import SECONDS

PASSWORD = "correct-horse-battery"
USER = {"CHISTOVIK_SASL_USER": "reader", "CHISTOVIK_SASL_PASSWORD": PASSWORD}
COMMANDS = Path(__file__).parents[3] / "agents" / "cli"


def security(**env: str) -> Security:
    return security_of(Settings.from_env(env))


def refused(**env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        connect(Settings.from_env(env))
    said = str(caught.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return said


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_the_default_is_an_open_door_for_every_client() -> None:
    assert connect(Settings()) == Connection(brokers="localhost:9092")
    assert Security().aiokafka() == {"security_protocol": "PLAINTEXT", "ssl_context": None}
    assert Security().librdkafka() == {"security.protocol": "PLAINTEXT"}


def test_sasl_is_said_to_each_client_in_its_own_words() -> None:
    found = security(CHISTOVIK_SECURITY="sasl-plaintext", CHISTOVIK_SASL_MECHANISM="scram-sha-256", **USER)
    assert found.aiokafka() == {
        "security_protocol": "SASL_PLAINTEXT",
        "ssl_context": None,
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "reader",
        "sasl_plain_password": PASSWORD,
    }
    assert found.librdkafka() == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": "reader",
        "sasl.password": PASSWORD,
    }


def test_tls_checks_the_certificate_and_the_name_of_the_broker(authority: Authority) -> None:
    found = security(CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CA=str(authority.certificate))
    assert found.tls is not None
    assert found.tls.check_hostname
    assert found.tls.verify_mode == ssl.CERT_REQUIRED
    assert [dict(one["subject"][0])["commonName"] for one in found.tls.get_ca_certs()] == ["authority"]
    assert found.aiokafka() == {"security_protocol": "SSL", "ssl_context": found.tls}
    assert found.librdkafka() == {"security.protocol": "SSL", "ssl.ca.location": str(authority.certificate)}


def test_without_an_authority_of_its_own_tls_trusts_those_of_the_system() -> None:
    found = security(CHISTOVIK_SECURITY="sasl-tls", **USER)
    assert found.tls is not None
    assert found.tls.verify_mode == ssl.CERT_REQUIRED
    assert "ssl.ca.location" not in found.librdkafka()


def test_our_own_certificate_is_shown_by_each_client(authority: Authority) -> None:
    ours = authority.sign("ours")
    found = security(
        CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CERT=str(ours.certificate), CHISTOVIK_TLS_KEY=str(ours.key)
    )
    assert found.librdkafka() == {
        "security.protocol": "SSL",
        "ssl.certificate.location": str(ours.certificate),
        "ssl.key.location": str(ours.key),
    }


@pytest.mark.parametrize(
    ("protocol", "env"),
    [
        ("PLAINTEXT", {}),
        ("SSL", {"CHISTOVIK_SECURITY": "tls"}),
        ("SASL_SSL", {"CHISTOVIK_SECURITY": "sasl-tls", **USER}),
        ("SASL_PLAINTEXT", {"CHISTOVIK_SECURITY": "sasl-plaintext", **USER}),
    ],
)
async def test_faust_speaks_as_the_other_clients_do(protocol: str, env: dict[str, str], tmp_path: Path) -> None:
    from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth  # noqa: PLC0415

    settings = Settings.from_env(env)
    connection = connect(settings)
    conf = new_app("clean", settings, connection, data_dir=tmp_path).conf
    said = dict(credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context))
    assert said["security_protocol"] == protocol
    assert said == {name: value for name, value in connection.security.aiokafka().items() if name in said}
    assert bool(connection.security.tls) == (said.get("ssl_context") is not None)


def test_the_password_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD} \n")
    env = {"CHISTOVIK_SECURITY": "sasl-plaintext", "CHISTOVIK_SASL_USER": "reader"}
    assert security(**env, CHISTOVIK_SASL_PASSWORD_FILE=str(file)).password == Secret(f"{PASSWORD} ")


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"CHISTOVIK_SECURITY": "sasl-tls"}, "CHISTOVIK_SECURITY=sasl-tls needs CHISTOVIK_SASL_USER"),
        (
            {"CHISTOVIK_SECURITY": "sasl-tls", "CHISTOVIK_SASL_USER": "u"},
            "CHISTOVIK_SECURITY=sasl-tls needs CHISTOVIK_SASL_PASSWORD or CHISTOVIK_SASL_PASSWORD_FILE",
        ),
        (
            {"CHISTOVIK_SECURITY": "sasl-tls", "CHISTOVIK_SASL_PASSWORD_FILE": "x", **USER},
            "CHISTOVIK_SASL_PASSWORD and CHISTOVIK_SASL_PASSWORD_FILE are both set: set only one",
        ),
        (USER, "CHISTOVIK_SASL_USER is set, but CHISTOVIK_SECURITY=plaintext does not use it"),
        (
            {"CHISTOVIK_SASL_PASSWORD": PASSWORD, "CHISTOVIK_SECURITY": "tls"},
            "CHISTOVIK_SASL_PASSWORD is set, but CHISTOVIK_SECURITY=tls does not use it",
        ),
        (
            {"CHISTOVIK_TLS_CA": "ca.pem", "CHISTOVIK_SECURITY": "sasl-plaintext", **USER},
            "CHISTOVIK_TLS_CA is set, but CHISTOVIK_SECURITY=sasl-plaintext does not use it",
        ),
        (
            {"CHISTOVIK_SECURITY": "tls", "CHISTOVIK_TLS_CERT": "x"},
            "CHISTOVIK_TLS_CERT needs CHISTOVIK_TLS_KEY as well",
        ),
        ({"CHISTOVIK_SECURITY": "tls", "CHISTOVIK_TLS_KEY": "x"}, "CHISTOVIK_TLS_KEY needs CHISTOVIK_TLS_CERT as well"),
        (
            {"CHISTOVIK_SECURITY": "tls", "CHISTOVIK_TLS_CA": "no/such"},
            "CHISTOVIK_TLS_CA='no/such': No such file or directory",
        ),
        (
            {"CHISTOVIK_BROKERS": "localhost:kafka"},
            "CHISTOVIK_BROKERS='localhost:kafka': expected host:port, comma-separated",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_one_line_with_the_variable(env: dict[str, str], says: str) -> None:
    assert refused(**env) == says


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the first line of the file is empty"),
        (b"\nnext", "the first line of the file is empty"),
        (b"\xff\xfe", "the file is not UTF-8 text"),
        (None, "No such file or directory"),
    ],
)
def test_a_password_file_without_a_password_is_refused(content: bytes | None, says: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    env = {
        "CHISTOVIK_SECURITY": "sasl-plaintext",
        "CHISTOVIK_SASL_USER": "u",
        "CHISTOVIK_SASL_PASSWORD_FILE": str(file),
    }
    assert refused(**env) == f"CHISTOVIK_SASL_PASSWORD_FILE={str(file)!r}: {says}"


def test_an_authority_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate\n")
    assert refused(CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CA=str(file)) == (
        f"CHISTOVIK_TLS_CA={str(file)!r}: the file has no certificate in PEM format"
    )


def test_an_authority_whose_file_is_empty_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    assert "the file has no certificate in PEM format" in refused(CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CA=str(file))


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    ours, theirs = authority.sign("ours"), authority.sign("theirs")
    env = {"CHISTOVIK_TLS_CERT": str(ours.certificate), "CHISTOVIK_TLS_KEY": str(theirs.key)}
    assert "not the key of CHISTOVIK_TLS_CERT" in refused(CHISTOVIK_SECURITY="tls", **env)


def test_a_key_that_is_locked_is_refused_and_nobody_is_asked_for_its_passphrase(authority: Authority) -> None:
    ours = authority.sign("locked", passphrase=b"open sesame")
    env = {"CHISTOVIK_TLS_CERT": str(ours.certificate), "CHISTOVIK_TLS_KEY": str(ours.key)}
    assert refused(CHISTOVIK_SECURITY="tls", **env) == (
        f"CHISTOVIK_TLS_KEY={str(ours.key)!r}: use a key without a passphrase"
    )


def test_a_certificate_that_is_not_in_pem_is_refused(authority: Authority, tmp_path: Path) -> None:
    ours = authority.sign("ours")
    file = tmp_path / "ours.der"
    file.write_bytes(b"\x30\x82")
    said = refused(CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CERT=str(file), CHISTOVIK_TLS_KEY=str(ours.key))
    assert said.endswith("not PEM")


def test_a_certificate_that_is_not_there_is_refused(authority: Authority) -> None:
    ours = authority.sign("ours")
    said = refused(CHISTOVIK_SECURITY="tls", CHISTOVIK_TLS_CERT="no/such", CHISTOVIK_TLS_KEY=str(ours.key))
    assert said == "CHISTOVIK_TLS_CERT='no/such': No such file or directory"


def test_a_secret_is_shown_by_nothing_but_its_own_word() -> None:
    settings = Settings.from_env({"CHISTOVIK_SECURITY": "sasl-plaintext", **USER})
    connection = connect(settings)
    for shown in (
        repr(settings),
        str(settings),
        repr(connection),
        f"{settings.sasl_password}",
        f"{connection.security}",
    ):
        assert PASSWORD not in shown
    assert "***" in repr(settings)
    assert settings.sasl_password.reveal() == PASSWORD


def test_a_secret_is_compared_by_what_it_hides() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"
    assert pickle.loads(pickle.dumps(Secret("a"))) == Secret("a")
    assert not Secret()


def test_the_requests_of_a_client_library_are_never_logged_as_they_have_the_password() -> None:
    code = (
        "import logging; from agents.observe.logs import configure; configure(form='console', level='debug');"
        "print(any(logging.getLogger(name).isEnabledFor(logging.DEBUG) for name in ('aiokafka.conn', 'librdkafka')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, check=True)
    assert done.stdout == "False\n"


def test_every_command_connects_as_the_settings_say() -> None:
    for file in COMMANDS.glob("*.py"):
        assert "Connection(" not in file.read_text(encoding="utf-8"), (
            f"{file.name}: connect(settings) knows TLS and SASL"
        )
