"""No timing decides a test: a busy machine takes longer than hypothesis allows an example, or the making of one."""

from hypothesis import HealthCheck, settings

settings.register_profile("chistovik", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chistovik")
