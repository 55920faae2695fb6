"""Metrics, traces, logs and dashboards of a process.

Belongs here: every metric and label. Does not belong here: decisions; without this room, events stay the same.
"""
