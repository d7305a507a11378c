"""Parsed questionnaires by content hash: parsing YAML costs far more than any page that needs it."""

from collections import OrderedDict
from collections.abc import Callable

from surveys.questionnaire import QuestionnaireFile, load_questionnaire

KEPT = 32
_kept: OrderedDict[str, QuestionnaireFile] = OrderedDict()


def parsed_questionnaire(content_hash: str, source: Callable[[], str]) -> QuestionnaireFile:
    """The questionnaire of a stored version; kept in memory, since a version never changes.

    `source` gives its text and is called only when the version was not met before, so that pages need not read it.
    """
    found = _kept.get(content_hash)
    if found is None:
        found = load_questionnaire(source(), source=content_hash)
        _kept[content_hash] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found
