"""Decide which IP addresses may be contacted: only public ones, never addresses inside a private network.

Otherwise anybody who submits a URL could make us request the cloud's metadata, a router or a database (server-side
request forgery, CWE-918). Nothing is resolved here.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Networks that Python's is_global (IANA's special-purpose registries) does not report, or not in every release.
_BLOCKED: tuple[tuple[Network, str], ...] = (
    (ip_network("168.63.129.16/32"), "the metadata of a cloud"),  # Azure's metadata has a public address
    (ip_network("169.254.0.0/16"), "link-local"),  # and the metadata of most clouds
    (ip_network("100.64.0.0/10"), "shared by a provider's customers"),
    (ip_network("192.0.0.0/24"), "reserved"),
    (ip_network("192.88.99.0/24"), "a relay of 6to4"),
    (ip_network("64:ff9b:1::/48"), "local NAT64"),
    (ip_network("fec0::/10"), "site-local"),
    (ip_network("2002::/16"), "6to4, of which nothing is left (RFC 7526)"),  # global for Python 3.11, not for 3.13
    (ip_network("2001::/23"), "reserved"),  # includes Teredo, which embeds an IPv4 address
    (ip_network("3fff::/20"), "for documentation"),
    (ip_network("5f00::/16"), "for segment routing"),
)
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = {0x00005EFE, 0x02005EFE}  # RFC 5214: the upper half of an interface id; the lower half is an IPv4 address
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z", re.IGNORECASE)


def why_blocked(address: Address, opened: tuple[Network, ...] = ()) -> str | None:
    """Return in a few words why an address is blocked; None if it may be contacted. `opened` networks always may."""
    if any(address in network for network in opened if network.version == address.version):
        return None
    for inner in _carried(address):
        if why_blocked(inner) is not None:
            return f"leads to {inner}, which is {why_blocked(inner)}"
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64):
        return None  # the same as its IPv4 address; a network without IPv4 reaches all of IPv4 this way (RFC 6052)
    for network, why in _BLOCKED:
        if network.version == address.version and address in network:
            return why
    for is_such, why in (
        (address.is_unspecified, "unspecified"),
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (address.is_private, "private or reserved"),
        (address.is_reserved, "reserved"),
        (not address.is_global, "not of the public internet"),
    ):
        if is_such:
            return why
    return None


def _carried(address: Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address embeds or tunnels to."""
    if isinstance(address, IPv4Address):
        return []
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64 or (address in _COMPATIBLE and number > 1):
        return [low]
    carried = [address.sixtofour] if address.sixtofour is not None else []
    return [*carried, low] if (number >> 32) & 0xFFFFFFFF in _ISATAP else carried


def literal_address(host: str) -> Address | str | None:
    """Return the address of a host that is an IP address, the reason why it is refused, or None for a host name.

    Browsers and the C library also read `127.1`, `0x7f000001` and `017700000001` as addresses (WHATWG URL, "ends in a
    number"). No news page has such a URL, so these spellings are refused.
    """
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        pass
    last = host.rstrip(".").rpartition(".")[2]
    return "an address in an unusual spelling" if _NUMBER.match(last) or ":" in host else None


def networks_of(text: str) -> tuple[Network, ...]:
    """Read comma-separated networks in CIDR notation; raise ValueError with the first that is invalid."""
    return tuple(ip_network(network.strip()) for network in text.split(",") if network.strip())
