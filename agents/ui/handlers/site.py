"""The objects and helpers that all handlers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from agents.ui.lists import PAGE_SIZE, list_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.ui.access import Access, PageError
    from agents.ui.article import ArticleReader
    from agents.ui.dead_letters import DeadLetters
    from agents.ui.live import LiveState
    from agents.ui.rendering import Pages

RECORD = r"{partition:\d{1,6}}/{offset:\d{1,18}}"  # the part of a path that names a record


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The objects that the handlers share."""

    live: LiveState
    articles: ArticleReader
    dead_letters: DeadLetters
    access: Access
    pages: Pages
    static: Mapping[str, tuple[bytes, str]]

    def page(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Render a template with the values that every page needs."""
        text = self.pages.render(
            template,
            path=request.path,
            csrf=self.access.csrf,
            has_token=bool(self.access.token) and self.access.is_allowed(request),
            problem=self.live.problem or self.live.tail_problem,
            is_caught_up=self.live.is_caught_up,
            **values,
        )
        return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})

    def list_page(self, request: web.Request, template: str, entries: Sequence[Any], **values: Any) -> web.Response:
        """Render one page of a list: the one that the query names."""
        page = list_page(entries, request.query.get("page", "1"), PAGE_SIZE)
        return self.page(request, template, page=page, total=len(entries), **values)

    def error(self, request: web.Request, error: PageError) -> web.Response:
        """Render a page that says why the request was not answered."""
        return self.page(request, "error.html", status=error.status, title=error.title, line=error.line)


def record_of(request: web.Request) -> tuple[int, int]:
    """Return the partition and offset that a path names."""
    return int(request.match_info["partition"]), int(request.match_info["offset"])


def filters_of(request: web.Request, *names: str) -> dict[str, str]:
    """Read the filters of a list from the query; an absent filter is empty."""
    return {name: request.query.get(name, "").strip()[:200] for name in names}
