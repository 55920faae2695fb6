"""Ports that cannot be listened on: one line that names the setting."""

from __future__ import annotations

import socket

import pytest
from aiohttp import web

from agents.errors import SettingsError
from agents.http import listen


@pytest.fixture
async def runner():
    made = web.AppRunner(web.Application())
    await made.setup()
    yield made
    await made.cleanup()


async def test_a_port_that_does_not_exist_is_one_line(runner: web.AppRunner) -> None:
    with pytest.raises(SettingsError, match=r"^CHISTOVIK_UI_PORT=99999: expected at most 65535$"):
        await listen(runner, "127.0.0.1", 99999, "CHISTOVIK_UI")


async def test_a_port_that_is_taken_is_one_line(runner: web.AppRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^CHISTOVIK_UI_HOST=127.0.0.1, CHISTOVIK_UI_PORT={port}: .*in use"):
            await listen(runner, "127.0.0.1", port, "CHISTOVIK_UI")
