"""Parsed questionnaires by content hash: parsing YAML costs far more than any page that needs it."""

from functools import lru_cache

from surveys.questionnaire import QuestionnaireFile, load_questionnaire


@lru_cache(maxsize=32)
def _parsed(content_hash: str, source: str) -> QuestionnaireFile:
    return load_questionnaire(source, source=content_hash)


def parsed_questionnaire(content_hash: str, source: str) -> QuestionnaireFile:
    """The questionnaire of a stored version; kept in memory, since a version never changes."""
    return _parsed(content_hash, source)
