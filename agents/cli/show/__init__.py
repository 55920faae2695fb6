"""How commands print: events, tables, progress bars, explanations.

Here: output only. Not here: Kafka, and options of commands.
"""
