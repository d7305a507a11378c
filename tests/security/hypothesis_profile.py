"""A pytest plug-in: many more examples than in the suite, none of them with a deadline."""

from hypothesis import settings

settings.register_profile("security", max_examples=1000, deadline=None)
