"""The live page in a real headless Chromium: by keyboard, at 320 pixels, in the dark, and as axe-core sees it.

Skipped where there is no Chromium; CHISTOVIK_SHOTS=folder keeps pictures of what it saw.
"""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agents.subscribe import subscribe
from pipeline.records.article import Article
from pipeline.records.wire import decode
from pipeline.topics import ARTICLES
from tests.support.patience import SECONDS
from tests.support.uiworld import PREFIX, letter, open_page, settled, unused, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.kafka import Connection

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
PATIENCE_MS = SECONDS * 1000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
    # Playwright's own subprocess pipes are closed behind the test's back
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@asynccontextmanager
async def browsing(
    base: str, *, scheme: str = "light", width: int = 1280, scripts: bool = True, expected: str = ""
) -> AsyncIterator[Any]:
    """Open a tab; whatever it complains of, and whatever it asks of another address, fails the test."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 — takes long, and without Chromium it is for nothing

    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS, timeout=PATIENCE_MS
        )
        context = await browser.new_context(
            base_url=base,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE_MS)
        tab = await context.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        tab.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        tab.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(base) else None)
        yield tab
        await browser.close()
    assert [one for one in complaints if not expected or expected not in one] == []


async def keep(tab: Any, name: str) -> None:
    if folder := os.environ.get("CHISTOVIK_SHOTS"):
        await tab.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def path_of(connection: Connection, begin: str) -> str:
    async for event in subscribe(connection, PREFIX + ARTICLES.name, from_beginning=True, follow=False):
        article = decode(Article, event.value)
        if article.url.startswith(begin):
            return f"/articles/{event.partition}/{event.offset}"
    raise AssertionError(begin)


async def paths(connection: Connection, tab: Any) -> list[str]:
    await tab.goto("/dead-letters")
    letter_path = await tab.locator("tbody th a").first.get_attribute("href")
    articles = [await path_of(connection, f"https://{host}.example/") for host in ("sosny", "hostile", "dala")]
    lists = [
        "/",
        "/articles",
        "/duplicates",
        "/discarded",
        "/dead-letters",
        "/hosts",
        "/hosts/sosny.example",
        "/nothing",
    ]
    return [*lists, *articles, letter_path]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(published: Connection, scheme: str, width: int):
    from axe_playwright_python.base import AXE_FILE_PATH  # noqa: PLC0415 — imports Playwright

    axe = AXE_FILE_PATH.read_text(encoding="utf-8")
    async with open_page(published) as (client, _):
        await settled(client)
        base = str(client._base_url).rstrip("/")
        async with browsing(base, scheme=scheme, width=width) as tab:
            for path in await paths(published, tab):
                if path == "/nothing":  # Chromium itself complains of a 404 in its console
                    continue
                await tab.goto(path)
                assert await tab.evaluate("document.documentElement.scrollWidth") <= width, path
                await tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
                await tab.evaluate(axe)  # by the debugger, so the page's own policy stays as strict as it is
                found = await tab.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
                told = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]]
                assert told == [], path
                await keep(tab, f"{scheme}-{width}-{path.strip('/').replace('/', '-') or 'overview'}")


async def test_a_page_that_holds_scripts_runs_none_of_them(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        async with browsing(str(client._base_url).rstrip("/"), expected="Content Security Policy") as tab:
            await tab.goto(await path_of(published, "https://hostile.example/"))
            assert '<script>alert("script")</script>' in await tab.locator("h1").inner_text()
            assert await tab.locator("main script, main img, main b").count() == 0
            refused = await tab.evaluate(
                """() => new Promise((done) => {
                    document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
                    const script = document.createElement("script");
                    script.textContent = "window.ran = true";
                    document.body.append(script);
                })"""
            )
            assert refused.startswith("script-src"), "what got in all the same would not run"
            assert await tab.evaluate("window.ran") is None


async def test_why_a_line_was_removed_is_told_to_pointer_and_keyboard(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        async with browsing(str(client._base_url).rstrip("/")) as tab:
            await tab.goto(await path_of(published, "https://sosny.example/"))
            block = tab.locator("details.gone").first
            if await tab.locator("details.fold").count():
                await tab.evaluate("document.querySelectorAll('details.fold').forEach((one) => { one.open = true })")
            why, summary = block.locator(".why"), block.locator("summary")
            struck = await summary.locator("del").evaluate("(one) => getComputedStyle(one).textDecorationLine")
            assert struck == "line-through"
            await summary.hover()
            assert await why.is_visible()
            await tab.mouse.move(0, 0)
            await summary.focus()
            await tab.keyboard.press("Enter")
            assert await block.evaluate("(one) => one.open")
            assert await why.is_visible()
            await keep(tab, "why")


async def test_the_page_is_walked_by_keyboard_and_shows_where_one_is(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        async with browsing(str(client._base_url).rstrip("/")) as tab:
            await tab.goto("/articles")
            await tab.keyboard.press("Tab")
            assert await tab.evaluate("document.activeElement.className") == "skip"
            await tab.keyboard.press("Enter")
            assert await tab.evaluate("document.activeElement.id") == "main"
            seen = []
            for _ in range(12):
                await tab.keyboard.press("Tab")
                outline = await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                seen.append(outline)
            assert set(seen) <= {"solid", "auto"}, "focus is always to be seen"


async def test_the_overview_goes_on_by_itself_and_stops_when_asked():
    with unused() as connection:
        async with open_page(connection) as (client, _):
            await settled(client)
            async with browsing(str(client._base_url).rstrip("/")) as tab:
                await tab.goto("/")
                await tab.evaluate("document.getElementById('live').dataset.every = '200'")
                await tab.locator("#partitions > summary").focus()
                await tab.keyboard.press("Enter")
                await write(connection, letter("new"))
                card = tab.locator(".card", has_text="Dead letters")
                await card.get_by_text("1 event").wait_for()
                assert await tab.locator("#partitions").evaluate("(one) => one.open"), "what was open stays open"
                assert await tab.evaluate("document.activeElement.tagName") == "SUMMARY", "and focus where it was"
                await tab.get_by_role("button", name="Pause").click()
                await write(connection, letter("later"))
                await tab.wait_for_timeout(3000)
                assert await card.get_by_text("2 event").count() == 0
                await tab.get_by_role("button", name="Resume").click()
                await card.get_by_text("2 event").wait_for()


async def test_a_dead_letter_is_replayed_by_keyboard_and_without_scripts():
    with unused() as connection:
        ((partition, offset),) = await write(connection, letter("again"))
        async with open_page(connection) as (client, _):
            await settled(client)
            async with browsing(str(client._base_url).rstrip("/"), scripts=False) as tab:
                await tab.goto(f"/dead-letters/{partition}/{offset}")
                assert await tab.get_by_role("button", name="Replay now").count() == 0, "one yes is not enough"
                await tab.locator("summary", has_text="Replay").focus()
                await tab.keyboard.press("Enter")
                await tab.keyboard.press("Tab")
                await tab.keyboard.press("Enter")
                await tab.get_by_text("was sent again").wait_for()
                assert await tab.get_by_role("status").count() >= 1
                await keep(tab, "replayed")
