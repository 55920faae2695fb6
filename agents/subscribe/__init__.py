"""Read the outcome topics from a program: the public interface for subscribers.

Belongs here: the iterator over events, its commits, and the filter for replayed events.
Does not belong here: the command (cli) and reports (reports).
"""

from agents.subscribe.event import Event, EventError
from agents.subscribe.loop import subscribe
from agents.subscribe.replays import Replays
from agents.subscribe.signals import until_stopped
from agents.subscribe.subscription import Subscription

__all__ = ["Event", "EventError", "Replays", "Subscription", "subscribe", "until_stopped"]
