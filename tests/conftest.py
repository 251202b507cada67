"""Settings that hold for every test."""

from hypothesis import settings

# No deadline: a slow machine is not a wrong result. No database: a test leaves nothing behind.
settings.register_profile("longread", deadline=None, database=None, max_examples=60)
settings.load_profile("longread")
