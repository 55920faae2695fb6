"""No network for this process: a peer that would fetch what a page names (newspaper4k does) fails instead."""

from __future__ import annotations

import socket
from typing import NoReturn


def stay_offline() -> None:
    """Let every look-up and connection of this process raise, for good."""
    for owner, name in ((socket, "getaddrinfo"), (socket.socket, "connect"), (socket.socket, "connect_ex")):
        setattr(owner, name, _refuse)


def _refuse(*_: object, **__: object) -> NoReturn:
    raise PermissionError("the benchmark stays offline")
