"""Ports of the tests: none is given twice, whichever process asks."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.support.ports import PORTS, free_port

HOLD = """
import sys
from tests.support.ports import free_port
print(*(free_port(range(int(sys.argv[1]), int(sys.argv[2]))) for _ in range(12)), flush=True)
sys.stdin.read()
"""


def holder(ports: range) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(ports[0]), str(ports[-1] + 1)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_no_port_is_given_to_two_processes_until_the_first_has_ended() -> None:
    begin = free_port(range(31_000, 31_900))
    few = range(begin, begin + 100)
    with holder(few) as first, holder(few) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        theirs = [int(port) for one in (first, second) for port in one.stdout.readline().split()]
        ours = [free_port(few) for _ in range(12)]
        assert len({*theirs, *ours}) == len(theirs) + len(ours) == 36
        with pytest.raises(OSError, match="no port between"):
            free_port(theirs)
    assert free_port(theirs) in theirs


def test_a_port_on_which_somebody_listens_is_not_free_nor_one_that_we_have() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="no port between"):
            free_port(range(port, port + 1))
    ours = free_port()
    assert ours in PORTS
    with pytest.raises(OSError, match="no port between"):
        free_port(range(ours, ours + 1))
