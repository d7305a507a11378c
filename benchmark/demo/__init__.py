"""Invented content for `make demo`: sixty organisations, three yearly rounds, people to sign in as.

Pure from `organisations.py` to `answers.py` (the same seed gives the same answers on every machine); `filling.py` puts
it into the database through the services that staff and participants use.
"""
