"""Pure statistics of the benchmark: arrays in, frozen dataclasses out.

No Django, no models, no clock, no randomness: the same columns give the same bytes.
"""
