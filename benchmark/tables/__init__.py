"""Tables of the benchmark pages, on the base table of django-tables2."""
