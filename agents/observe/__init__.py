"""Metrics, traces, logs and dashboards: how a process tells what it does.

Here: every metric and label. Not here: decisions; removing this room must change no event.
"""
