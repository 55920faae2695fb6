"""`chistovik subscribe`: print outcome events as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    from agents.settings import Settings

NAME = "subscribe"
HELP = (
    "Print the pipeline's events as JSON lines.\n\n"
    "TOPIC is one or more of articles, duplicates, discarded, dead-letters. Only committed events are printed. "
    "The command ends after the last event that Kafka has now; with --follow it waits for more.\n\n"
    "With --group it remembers its position: the next run continues there. An event is committed after it was "
    "printed, so after a crash the last events are printed again."
)
EXAMPLE = "Example: `chistovik subscribe articles --from-beginning --limit 10`"


def command(
    context: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPIC", help="Topics to read.", show_default=False)],
    group: Annotated[
        str | None, typer.Option(help="Consumer group: continue at its position, share its partitions.")
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest event that Kafka has.")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="Stop after this many events.", min=1)] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for new events. Starts at the end of the topic.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(help="With --follow: stop after this many seconds without an event.", min=0.1)
    ] = None,
) -> None:
    from pipeline.topics import OUTCOMES

    if unknown := [topic for topic in topics if topic not in OUTCOMES]:
        complain(f"no topic {unknown[0]}; choose from {', '.join(OUTCOMES)}")
        raise typer.Exit(EXIT_USAGE)
    finish(_print(context.obj, topics, group, from_beginning, limit, follow, timeout))


async def _print(
    settings: Settings,
    topics: list[str],
    group: str | None,
    from_beginning: bool,
    limit: int | None,
    follow: bool,
    timeout: float | None,  # noqa: ASYNC109 — seconds without an event, not a limit for this call
) -> None:
    from contextlib import aclosing

    from agents.cli.show.events import printer
    from agents.kafka import connect
    from agents.subscribe import Subscription
    from agents.subscribe.signals import until_stopped

    show, seen = printer(), 0
    names = [settings.prefix + topic for topic in topics]
    subscription = Subscription(
        connect(settings),
        names,
        group=group,
        from_beginning=from_beginning,
        follow=follow,
        timeout=timeout,
        session_seconds=settings.session_timeout,
    )
    async with until_stopped(), subscription, aclosing(subscription.events()) as events:
        async for event in events:
            show(event.value)
            seen += 1
            if seen == limit:
                await subscription.commit()
                return
