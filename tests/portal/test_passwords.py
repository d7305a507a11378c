"""Passwords that somebody who knows this portal would try are refused; sentences that hold such a word are not."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from benchmark.demo.people import PASSWORD
from portal.passwords import LEFT_OVER, WORDS, left_over


@pytest.mark.parametrize(
    "word",
    [
        "Klantenservice2026!",
        "klantcontact-2026",
        "kl4ntenserv1ce-2025",
        "BenchmarkPortaal",
        "welkom-coordinator",
        "stichting_klantinteractie",
        "contactcenter-1-2-3",
    ],
)
def test_words_of_this_context_are_refused(word: str) -> None:
    with pytest.raises(ValidationError, match="everybody here would try"):
        validate_password(word)


@pytest.mark.parametrize(
    "word", ["onze klant eet graag haring", "vier blauwe fietsen op zolder", "een-lang-wachtwoord", PASSWORD]
)
def test_sentences_are_not(word: str) -> None:
    validate_password(word)


def test_no_word_is_too_short_to_be_meant_and_each_alone_is_refused() -> None:
    assert min(map(len, WORDS)) >= 4
    for word in WORDS:
        assert word == word.casefold()
        assert left_over(f"{word}-{word}-2026") < LEFT_OVER, word
