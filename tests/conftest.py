"""No timing decides a test: a busy machine takes longer than hypothesis allows an example."""

from hypothesis import settings

settings.register_profile("chistovik", deadline=None)
settings.load_profile("chistovik")
