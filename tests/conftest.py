"""Nothing of the machine decides a test: no variable of the user, and no timing.

The environment is cleaned here, before a test file imports anything that reads it.
A busy machine takes longer than hypothesis allows an example, or the making of one.
"""

import os
import time

from hypothesis import HealthCheck, settings

from tests.support.environment import clean

cleaned = clean(os.environ)
os.environ.clear()
os.environ.update(cleaned)
time.tzset()

settings.register_profile("chistovik", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chistovik")
