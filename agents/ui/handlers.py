"""What the live page answers: its paths and what each shows. Who may see it: `agents/ui/application.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from agents.ui.access import Turned, comes_from_us, next_path
from agents.ui.article import profile_of
from agents.ui.dead_letters import Undoable
from agents.ui.lists import PAGE, choose, groups, parted
from pipeline.article.copies import chosen_rows, in_time, rows_of
from pipeline.records.document import Document
from pipeline.records.wire import encode
from pipeline.reports.hosts import hosts_with_profiles
from pipeline.reports.lag import MINUTE, SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.ui.access import Door
    from agents.ui.article import ReadingRoom
    from agents.ui.dead_letters import Letters
    from agents.ui.live import Live
    from agents.ui.rendering import Pages
    from pipeline.reports.hosts import Repeated

SHOWN_ARTICLES = 8  # on the first page
SHOWN_HOSTS = 12
SHOWN_COPIES = 50
log = structlog.get_logger("chistovik")


@dataclass(slots=True, kw_only=True)
class Site:
    """What the handlers share."""

    live: Live
    room: ReadingRoom
    letters: Letters
    door: Door
    pages: Pages
    static: Mapping[str, tuple[bytes, str]]
    _routes: list[web.RouteDef] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        """Say what is answered where."""
        place = r"{partition:\d{1,6}}/{offset:\d{1,18}}"
        return [
            web.get("/", self.overview),
            web.get("/live", self.overview_live),
            web.get("/status.json", self.status),
            web.get("/articles", self.articles),
            web.get(f"/articles/{place}", self.article),
            web.get("/articles/{id:[0-9a-f]{32}}", self.article_by_id),
            web.get("/duplicates", self.duplicates),
            web.get("/discarded", self.discarded),
            web.get("/dead-letters", self.dead_letters),
            web.get(f"/dead-letters/{place}", self.dead_letter),
            web.post(f"/dead-letters/{place}/" + r"{what:replay|drop}", self.work_on_letter),
            web.get("/hosts", self.hosts),
            web.get("/hosts/{host}", self.host),
            web.get("/login", self.login),
            web.post("/login", self.show_token),
            web.post("/logout", self.logout),
            web.get("/healthz", self.health),
            web.get("/static/{name}", self.asset),
        ]

    # the overview

    async def overview(self, request: web.Request) -> web.Response:
        """Show what flows, how it stands and what is new."""
        return self._page(request, "overview.html", **self._overview())

    async def overview_live(self, request: web.Request) -> web.Response:
        """Show the part of the overview that changes."""
        return self._page(request, "overview_live.html", **self._overview())

    async def status(self, _request: web.Request) -> web.Response:
        """Say what `chistovik status --json` says."""
        return web.Response(body=encode(self.live.standings.row()), content_type="application/json")

    def _overview(self) -> dict[str, Any]:
        standings = self.live.standings
        return {
            "standings": standings,
            "sources": SOURCES,
            "steps": {name: self.live.steps(name) for name in SOURCES},
            "minute": MINUTE,
            "hosts": self.live.newest.hosts()[:SHOWN_HOSTS],
            "articles": self.live.newest.shelves["articles"].glances[: -SHOWN_ARTICLES - 1 : -1],
        }

    # what came out

    async def articles(self, request: web.Request) -> web.Response:
        """List the newest articles."""
        shelf = self.live.newest.shelves["articles"]
        asked = _asked(request, "host", "lang", "q")
        chosen = choose(shelf.glances, host=asked["host"], language=asked["lang"], text=asked["q"])
        languages = sorted({one.language for one in shelf.glances})
        return self._list(request, "articles.html", chosen, shelf=shelf, asked=asked, languages=languages)

    async def article(self, request: web.Request) -> web.Response:
        """Show an article beside its raw page, with its revisions and all that repeats it."""
        filed = await self.room.article(int(request.match_info["partition"]), int(request.match_info["offset"]))
        if filed is None:
            raise Turned(
                404, "No article here", "It is not in `articles` any more: a newer revision may have its place."
            )
        article = filed.article
        profile = profile_of(self.live, article.provenance, article.url)
        copies = await self.room.copies(filed, self.live)
        sight = await self.room.sight(article.provenance, profile if article.provenance.profile is not None else None)
        now = sight.explanation.cleaned if sight.explanation else None
        rows = rows_of(copies.repeats)
        return self._page(
            request,
            "article.html",
            filed=filed,
            article=article,
            sight=sight,
            differs=isinstance(now, Document) and now.article_body != article.article_body,
            is_gone_now=sight.explanation is not None and not isinstance(now, Document),
            head=copies.head(),
            revisions=in_time(copies.revisions, most=SHOWN_COPIES),
            rows=chosen_rows(rows, most=SHOWN_COPIES),
            more=max(0, len(rows) - SHOWN_COPIES),
            shelf=self.live.newest.shelves["duplicates"],
        )

    async def article_by_id(self, request: web.Request) -> web.Response:
        """Lead to the newest revision of an article."""
        name = request.match_info["id"]
        for glance in reversed(self.live.newest.shelves["articles"].glances):
            if glance.article_id == name:
                raise web.HTTPSeeOther(f"/articles/{glance.partition}/{glance.offset}")
        line = f"It is not among the newest events. `chistovik duplicates {name}` looks through all of them."
        raise Turned(404, "Not among the newest", line)

    async def duplicates(self, request: web.Request) -> web.Response:
        """List the newest duplicates, in the groups of their articles."""
        shelf = self.live.newest.shelves["duplicates"]
        asked = _asked(request, "host", "kind")
        chosen = choose(shelf.glances, host=asked["host"], what=asked["kind"])
        found = groups(chosen, self.live.newest.shelves["articles"].glances)
        return self._list(request, "duplicates.html", found, shelf=shelf, asked=asked)

    async def discarded(self, request: web.Request) -> web.Response:
        """List the newest pages without an article, by reason."""
        shelf = self.live.newest.shelves["discarded"]
        asked = _asked(request, "host", "reason")
        chosen = choose(shelf.glances, host=asked["host"], what=asked["reason"])
        return self._list(request, "discarded.html", chosen, shelf=shelf, asked=asked)

    # dead letters

    async def dead_letters(self, request: web.Request) -> web.Response:
        """List the newest dead letters, the open ones unless all are asked for."""
        shelf = self.live.newest.shelves["dead-letters"]
        asked = _asked(request, "host", "q", "all")
        found = [
            (one, self.letters.state(self.letters.place_of(one)))
            for one in choose(shelf.glances, host=asked["host"], text=asked["q"])
        ]
        opened = [pair for pair in found if pair[1] is None]
        shown = found if asked["all"] else opened
        return self._list(
            request, "dead_letters.html", shown, shelf=shelf, asked=asked, others=len(found) - len(opened)
        )

    async def dead_letter(self, request: web.Request) -> web.Response:
        """Show a dead letter, and what may be done about it."""
        return await self._letter(request, alert="")

    async def _letter(self, request: web.Request, *, alert: str, status: int = 200) -> web.Response:
        sight = await self.letters.read(int(request.match_info["partition"]), int(request.match_info["offset"]))
        if sight is None:
            raise Turned(404, "No dead letter here", "It is not in `dead-letters` any more.")
        return self._page(
            request, "dead_letter.html", status=status, alert=alert, said=request.query.get("said", ""), **sight
        )

    async def work_on_letter(self, request: web.Request) -> web.StreamResponse:
        """Replay or drop a dead letter, and say what came of it."""
        form = await request.post()
        what, info = request.match_info["what"], request.match_info
        partition, offset = int(info["partition"]), int(info["offset"])
        try:
            await self.letters.work(what, partition, offset, force=form.get("force") == "yes")
        except Undoable as undoable:
            return await self._letter(request, alert=str(undoable), status=409)
        log.info("dead letter", what=what, partition=partition, offset=offset)
        raise web.HTTPSeeOther(f"/dead-letters/{partition}/{offset}?said={what}")

    # hosts

    async def hosts(self, request: web.Request) -> web.Response:
        """List the hosts, with what became of their pages and what is known of them."""
        asked = _asked(request, "q")
        wanted = asked["q"].casefold()
        known = hosts_with_profiles(self.live.newest.hosts(), self.live.profiles.known)
        found = [one for one in known if wanted in one.tally.host.casefold()]
        shelves = self.live.newest.shelves
        return self._list(request, "hosts.html", found, shelf=shelves["articles"], asked=asked)

    async def host(self, request: web.Request) -> web.Response:
        """Show a host: what became of its pages, and which lines it repeats."""
        name = request.match_info["host"]
        tally = next((one for one in self.live.newest.hosts() if one.host == name), None)
        if tally is None:
            raise Turned(404, "No such host", "None of the newest events is of it.")
        newest = [one for one in reversed(self.live.newest.shelves["articles"].glances) if one.host == name]
        (known,) = hosts_with_profiles([tally], self.live.profiles.known)
        repeated: list[Repeated] = []
        looked_at = 0
        if known.profile is not None and newest:
            repeated, looked_at = await self.room.repeats(newest, known.profile)
        return self._page(
            request,
            "host.html",
            known=known,
            tally=tally,
            kinds={topic: choose(shelf.glances, host=name) for topic, shelf in self.live.newest.shelves.items()},
            newest=newest[:SHOWN_ARTICLES],
            repeated=repeated,
            looked_at=looked_at,
        )

    # the door

    async def login(self, request: web.Request) -> web.Response:
        """Ask for the token."""
        if self.door.is_in(request):
            raise web.HTTPSeeOther("/")
        return self._page(request, "login.html", next=next_path(request.query.get("next", "/")), alert="")

    async def show_token(self, request: web.Request) -> web.Response:
        """Take the token from a form."""
        form = await request.post()
        goal = next_path(str(form.get("next", "/")))
        answer = web.Response(status=303, headers={"Location": goal})
        if comes_from_us(request) and await self.door.let_in(str(form.get("token", "")).strip(), answer):
            return answer
        alert = "That is not the token. `chistovik ui` shows it when it starts."
        return self._page(request, "login.html", status=401, next=goal, alert=alert)

    async def logout(self, _request: web.Request) -> web.Response:
        """Take the cookie back."""
        answer = web.Response(status=303, headers={"Location": "/login"})
        answer.del_cookie("chistovik-ui", path="/")
        return answer

    async def health(self, _request: web.Request) -> web.Response:
        """Say whether the page knows how it stands."""
        problem = self.live.problem or self.live.tail_problem
        return web.Response(text=f"ui: {problem or 'ok'}\n", status=503 if problem else 200)

    async def asset(self, request: web.Request) -> web.Response:
        """Give a style sheet or a script."""
        found = self.static.get(request.match_info["name"])
        if found is None:
            raise Turned(404, "Not found", "There is no such file.")
        content, kind = found
        return web.Response(
            body=content, content_type=kind, charset="utf-8", headers={"Cache-Control": "private, max-age=31536000"}
        )

    # for all of them

    def _list(self, request: web.Request, name: str, found: list[Any], **values: Any) -> web.Response:
        page = parted(found, request.query.get("page", "1"), PAGE)
        return self._page(request, name, page=page, total=len(found), **values)

    def _page(self, request: web.Request, name: str, *, status: int = 200, **values: Any) -> web.Response:
        text = self.pages.render(
            name,
            path=request.path,
            csrf=self.door.csrf,
            has_token=bool(self.door.token) and self.door.is_in(request),
            problem=self.live.problem or self.live.tail_problem,
            is_caught_up=self.live.is_caught_up,
            open_letters=len(self.live.newest.shelves["dead-letters"].glances),
            **values,
        )
        return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})

    def turned(self, request: web.Request, turned: Turned) -> web.Response:
        """Show why something is not shown."""
        return self._page(request, "turned.html", status=turned.status, title=turned.title, line=turned.line)


def _asked(request: web.Request, *names: str) -> dict[str, str]:
    """Read what a list is narrowed by."""
    return {name: request.query.get(name, "").strip()[:200] for name in names}
