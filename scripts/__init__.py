"""Bootstrap of a bare machine: everything in here runs on the standard library alone."""
