"""One article beside its raw page, with its revisions and duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from agents.ui.access import PageError
from agents.ui.article import profile_of
from agents.ui.handlers.site import RECORD, record_of
from pipeline.article.copies import chosen_rows, in_time, rows_of
from pipeline.records.document import Document

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site

SHOWN_COPIES = 50


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of one article."""

    async def article(request: web.Request) -> web.Response:
        return await _article(site, request)

    async def article_by_id(request: web.Request) -> web.Response:
        """Redirect to the newest revision of an article."""
        article_id = request.match_info["id"]
        for glance in reversed(site.live.newest.shelves["articles"].glances):
            if glance.article_id == article_id:
                raise web.HTTPSeeOther(f"/articles/{glance.partition}/{glance.offset}")
        line = f"The live page knows only the newest events. Run `chistovik duplicates {article_id}` to search all."
        raise PageError(404, "Article not found", line)

    return [web.get(f"/articles/{RECORD}", article), web.get("/articles/{id:[0-9a-f]{32}}", article_by_id)]


async def _article(site: Site, request: web.Request) -> web.Response:
    stored = await site.articles.article(*record_of(request))
    if stored is None:
        raise PageError(
            404, "Article not found", "It is no longer in `articles`; a newer revision may have replaced it."
        )
    article = stored.article
    profile = profile_of(site.live, article.provenance, article.url)
    copies = await site.articles.copies(stored, site.live)
    raw_page = await site.articles.raw_page(
        article.provenance, profile if article.provenance.profile is not None else None
    )
    cleaned = raw_page.explanation.cleaned if raw_page.explanation else None
    rows = rows_of(copies.repeats)
    return site.page(
        request,
        "article.html",
        stored=stored,
        article=article,
        raw_page=raw_page,
        differs=isinstance(cleaned, Document) and cleaned.article_body != article.article_body,
        is_article_now=cleaned is None or isinstance(cleaned, Document),
        head=copies.head(),
        revisions=in_time(copies.revisions, most=SHOWN_COPIES),
        rows=chosen_rows(rows, most=SHOWN_COPIES),
        more=max(0, len(rows) - SHOWN_COPIES),
        shelf=site.live.newest.shelves["duplicates"],
    )
