"""Words that everybody around this portal would try first: a password must be more than those.

A list of common passwords knows nothing of a foundation for customer contact. What is left of a password without these
words, signs, spaces and a year must still be eight characters; usual disguises (`kl4nt`) are seen through. So a
sentence may hold such a word, and `Klantenservice2026!` is refused.

    WORDS       edit it when name, product or field change; the longest match is taken out first
"""

import re
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEFT_OVER = 8
_SIGNS = re.compile(r"[\W_]+")
_TEXT = (
    # the foundation, its product and what people call it
    "benchmark benchmarkportaal portaal portal stichting foundation klantinteractie klantcontact customercontact"
    " customerinteraction onderzoek trendonderzoek nationaal national platform klantenservicefederatie"
    # the field and its themes
    " klant klanten klantenservice klantgericht klantbeleving klanttevredenheid customer customers customerservice"
    " service contact contactcenter contactcentre callcenter callcentre telefonie telephony telefoon operations"
    " technologie technology multichannel omnichannel medewerkers medewerker agent agents strategie trends"
    # who takes part
    " inhouse facilitair toeleverancier outsourcer gemeente zorgverzekeraar verzekeraar bank energie webwinkel"
    # figures that everybody knows
    " bereikbaarheid wachttijd servicelevel gespreksduur ketenmanagement tevredenheid enquete vragenlijst deelnemer"
    # roles and doors
    " coordinator coordinatie beheerder beheer administrator admin onderzoeker researcher publisher welkom welcome"
    " inloggen aanmelden organisatie organisation"
)
WORDS = frozenset(_TEXT.split())
_LONGEST_FIRST = re.compile("|".join(sorted(WORDS, key=lambda word: (-len(word), word))))
_DISGUISES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_YEAR_OR_SIGN = re.compile(r"(?:19|20)\d\d|[\W_]")


def left_over(password: str) -> int:
    """How many characters a password has besides words of this context, signs and years."""
    plain = password.casefold()
    counts = []
    for read in (plain, plain.translate(_DISGUISES)):
        without = _YEAR_OR_SIGN.sub("", read)
        counts.append(len(_LONGEST_FIRST.sub("", without)))
    return min(counts)


class CommonPasswords(CommonPasswordValidator):
    """Refuses common passwords, and two of them in a row: few of the usual twenty thousand have twelve characters, and
    whoever must make one longer doubles it or adds digits (`iloveyou1234`, `password password!`).
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for one that programs try first."""
        super().validate(password, user)
        letters = _SIGNS.sub("", password.lower())
        for at in range(len(letters)):
            if all(not part or part in self.passwords for part in (letters[:at], letters[at:])):
                raise ValidationError(self.get_error_message(), code="password_too_common")


class ContextWords:
    """Refuses passwords made of little else than words of this context (settings.AUTH_PASSWORD_VALIDATORS)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for one that everybody here would guess."""
        if left_over(password) < LEFT_OVER:
            raise ValidationError(_("This password is made of words that everybody here would try."), code="context")

    def get_help_text(self) -> str:
        """What a password page says beforehand."""
        return _("Not only words of this portal and of customer contact, such as “klantenservice”.")
