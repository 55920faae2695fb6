"""Addresses that are blocked in every spelling: the table of tricks."""

from ipaddress import ip_address

import pytest

from agents.errors import SettingsError
from agents.fetch.guard import Guard, hosts_of
from pipeline.records.reason import Reason
from pipeline.url.addresses import literal_address, networks_of, why_blocked

BLOCKED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "0.0.0.0": "unspecified",
    "0.1.2.3": "private or reserved",
    "10.0.0.1": "private or reserved",
    "172.16.0.1": "private or reserved",
    "172.31.255.255": "private or reserved",
    "192.168.1.1": "private or reserved",
    "100.64.0.1": "shared",
    "100.100.100.200": "shared",  # Alibaba's metadata
    "169.254.169.254": "link-local",  # the metadata of AWS, Google, Azure, DigitalOcean
    "169.254.170.2": "link-local",  # of AWS's containers
    "168.63.129.16": "metadata",  # Azure's
    "192.0.0.192": "reserved",  # Oracle's
    "192.0.2.1": "private or reserved",
    "198.18.0.1": "private or reserved",
    "198.51.100.7": "private or reserved",
    "203.0.113.7": "private or reserved",
    "192.88.99.1": "6to4",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "site-local",
    "fc00::1": "private or reserved",
    "fd00:ec2::254": "private or reserved",  # AWS's metadata
    "ff02::1": "multicast",
    "2001:db8::1": "private or reserved",
    "3fff::1": "documentation",
    "100::1": "private or reserved",
    "5f00::1": "segment routing",
    "::ffff:127.0.0.1": "leads to 127.0.0.1",
    "::ffff:10.0.0.1": "leads to 10.0.0.1",
    "::ffff:a9fe:a9fe": "leads to 169.254.169.254",
    "::127.0.0.1": "leads to 127.0.0.1",
    "64:ff9b::7f00:1": "leads to 127.0.0.1",
    "64:ff9b::169.254.169.254": "leads to 169.254.169.254",
    "64:ff9b:1::a00:1": "local NAT64",
    "2002:7f00:1::": "leads to 127.0.0.1",
    "2002:a9fe:a9fe::1": "leads to 169.254.169.254",
    "2002:808:808::1": "6to4",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "reserved",  # Teredo
    "2a00:1450::5efe:10.0.0.1": "leads to 10.0.0.1",  # ISATAP
    "2a00:1450::200:5efe:192.168.0.1": "leads to 192.168.0.1",
}
OPEN = [
    "93.184.216.34",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:2800:220:1::1",
    "2a00:1450:4001::1",
]
OPEN += ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize(("address", "why"), BLOCKED.items())
def test_an_address_inside_a_private_network_is_blocked(address: str, why: str) -> None:
    assert why in (why_blocked(ip_address(address)) or "")


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_not_blocked(address: str) -> None:
    assert why_blocked(ip_address(address)) is None


def test_a_network_that_was_opened_is_open_and_no_other() -> None:
    opened = networks_of("127.0.0.0/8, fd00::/8")
    assert why_blocked(ip_address("127.0.0.9"), opened) is None
    assert why_blocked(ip_address("fd00::9"), opened) is None
    assert why_blocked(ip_address("10.0.0.1"), opened) is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "1.2.3.4.5",
        "256.1.1.1",
    ],
)
def test_an_address_in_an_unusual_spelling_is_refused(host: str) -> None:
    found = literal_address(host)
    assert isinstance(found, str)


@pytest.mark.parametrize("host", ["sosny.example", "7x.example", "0xfeed.example", "1.2.3.example", "a1"])
def test_a_name_is_a_name(host: str) -> None:
    assert literal_address(host) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", Reason.BLOCKED_ADDRESS),
        ("http://[::1]/", Reason.BLOCKED_ADDRESS),
        ("http://[::ffff:7f00:1]/", Reason.BLOCKED_ADDRESS),
        ("http://0x7f.1/", Reason.BLOCKED_ADDRESS),
        ("http://2130706433/", Reason.BLOCKED_ADDRESS),
        ("http://１２７.0.0.1/", Reason.BLOCKED_ADDRESS),  # full-width digits
        ("http://127。0。0。1/", Reason.BLOCKED_ADDRESS),  # ideographic full stops
        ("http://①②⑦.0.0.1/", Reason.BLOCKED_ADDRESS),
        ("http://user@sosny.example/", Reason.NOT_FETCHABLE),
        ("http://:secret@sosny.example/", Reason.NOT_FETCHABLE),
        ("http://sosny.example@127.0.0.1/", Reason.BLOCKED_ADDRESS),
        ("http://sosny.example:22/", Reason.NOT_FETCHABLE),
        ("http://sosny.example:99999/", Reason.NOT_FETCHABLE),
        ("http://sosny.example:x/", Reason.NOT_FETCHABLE),
        ("ftp://sosny.example/", Reason.NOT_FETCHABLE),
        ("file:///etc/passwd", Reason.NOT_FETCHABLE),
        ("gopher://127.0.0.1:70/_", Reason.NOT_FETCHABLE),
        ("http:///", Reason.NOT_FETCHABLE),
        ("http://[::1%25eth0]/", Reason.NOT_FETCHABLE),
        ("//sosny.example/", Reason.NOT_FETCHABLE),
        ("", Reason.NOT_FETCHABLE),
    ],
)
def test_a_url_that_is_blocked_by_itself_is_refused_without_a_request(url: str, reason: Reason) -> None:
    found = Guard().why_not(url)
    assert found is not None
    if "@127" not in url:
        assert found[0] is reason


@pytest.mark.parametrize("url", ["http://sosny.example/", "https://сосны.рф:8443/a", "http://8.8.8.8:8080/"])
def test_an_allowed_url_may_be_requested(url: str) -> None:
    assert Guard().why_not(url) is None


def test_a_file_of_hosts_is_read(tmp_path) -> None:
    path = tmp_path / "hosts"
    path.write_text("# ours\n127.0.0.2 one.test two.test # both\n\n::1 two.test\n")
    assert hosts_of(str(path)) == {"one.test": ("127.0.0.2",), "two.test": ("127.0.0.2", "::1")}


@pytest.mark.parametrize("text", ["127.0.0.2\n", "one.test 127.0.0.2\n", "999.0.0.1 one.test\n"])
def test_an_invalid_file_of_hosts_gives_an_error(tmp_path, text: str) -> None:
    path = tmp_path / "hosts"
    path.write_text(text)
    with pytest.raises(SettingsError, match="CHISTOVIK_FETCH_HOSTS"):
        hosts_of(str(path))
