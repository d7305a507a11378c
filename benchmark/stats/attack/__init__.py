"""The attacker: what anybody can work out from the bytes of a release.

A package of its own that shares no code with the protection (an import contract): it reads released documents as
plain JSON, knows who takes part with which public attributes, may know one participant's own values, and lists what
it recovers.
"""
