"""What loading and compiling say of a file, in Dutch.

The sentences are made in English where a mistake is found, for files, logs and commands. A page in Dutch finds them
back here by their form: `{}` stands for a code or another piece of the file, which stays as it is. A sentence that is
not here stays English; a test holds the mistakes that people make against this list.
"""

import re

SENTENCES: tuple[tuple[str, str], ...] = (
    # what the compiler proves
    (
        "`{}` can never be asked: its condition cannot hold together with what comes before it; correct `ask_if`",
        "`{}` kan nooit gesteld worden: de voorwaarde gaat niet samen met wat eraan voorafgaat; verbeter `ask_if`",
    ),
    (
        "`{}` can never be answered: the hard checks {} leave no answer; make one of them soft, or correct it",
        "`{}` kan nooit beantwoord worden: de harde controles {} laten geen antwoord over; maak er een zacht, of"
        " verbeter die",
    ),
    (
        "`{}` can never be answered: the ranges leave no answer; make one of them soft, or correct it",
        "`{}` kan nooit beantwoord worden: de grenzen laten geen antwoord over; maak er een zacht, of verbeter die",
    ),
    (
        "the hard check `{}` can never hold together with {}: correct one of them",
        "de harde controle `{}` kan nooit samengaan met {}: verbeter er een",
    ),
    (
        "`{}` can never hold: no answer within the ranges meets it; correct it or the ranges",
        "aan `{}` kan nooit voldaan worden: geen antwoord binnen de grenzen voldoet; verbeter het of de grenzen",
    ),
    # what must fit together
    ("`{}` is no type of question: write one of {}", "`{}` is geen soort vraag: schrijf een van {}"),
    ("the text in `{}` is missing: add it", "de tekst in `{}` ontbreekt: voeg die toe"),
    (
        "`{}` is not in `languages` of this file: add it there, or remove this text",
        "`{}` staat niet onder `languages` van dit bestand: voeg het daar toe, of haal deze tekst weg",
    ),
    ("the code `{}` exists twice: give each its own", "de code `{}` bestaat twee keer: geef elk een eigen code"),
    (
        "`{}` is the address of another page: choose another code",
        "`{}` is het adres van een andere pagina: kies een andere code",
    ),
    (
        "`{}` has a meaning of its own here: choose another code",
        "`{}` heeft hier een eigen betekenis: kies een andere code",
    ),
    (
        "`{}` is a column of the `import` section: choose another code",
        "`{}` is een kolom van het deel `import`: kies een andere code",
    ),
    (
        "`{}` stands under `ignore` of the `import` section, so it would never be read",
        "`{}` staat onder `ignore` van het deel `import` en zou dus nooit gelezen worden",
    ),
    (
        "a dimension has either `options` or `open: true`: write one of the two",
        "een dimensie heeft `options` of `open: true`: schrijf een van de twee",
    ),
    (
        "only an `open` dimension has `names`: an option has its own `label`",
        "alleen een dimensie die `open` is heeft `names`: een optie heeft een eigen `label`",
    ),
    (
        "`{}` is not one of the dimensions of this file: add it there or remove it",
        "`{}` is geen dimensie van dit bestand: voeg die toe of haal dit weg",
    ),
    ("the expression names no question: it would always be the same",
     "de uitdrukking noemt geen vraag: ze zou altijd hetzelfde zijn"),
    ("`{}` is asked here or later: a condition can use earlier questions only",
     "`{}` wordt hier of later gevraagd: een voorwaarde kan alleen eerdere vragen gebruiken"),
    ("`{{}}` is no earlier question and nothing of the organisation: correct it",
     "`{{}}` is geen eerdere vraag en niets van de organisatie: verbeter het"),
    ("name questions of this section that follow each other, in their order",
     "noem vragen van dit thema die op elkaar volgen, in hun volgorde"),
    ("`{}` is no question asked before: a repeat needs one that says how many",
     "`{}` is geen eerder gestelde vraag: een herhaling heeft er een nodig die zegt hoe vaak"),
    ("`{}` is a {}: a repeat needs a number or a multiple_choice",
     "`{}` is een {}: een herhaling heeft een number of een multiple_choice nodig"),
    ("`max` is missing: say how many copies there can be at most",
     "`max` ontbreekt: zeg hoeveel keer er ten hoogste herhaald wordt"),
    ("a repeat over a multiple_choice has a copy per option: remove `max`",
     "een herhaling over een multiple_choice heeft er een per optie: haal `max` weg"),
    ("the label needs {} in every language, so that the copies can be told apart",
     "in het label moet {} staan, in elke taal, zodat de herhalingen uit elkaar te houden zijn"),
    ("`{}` is taken: choose another code", "`{}` bestaat al: kies een andere code"),
    ("`{}` is no question of this section: correct it, or remove `after`",
     "`{}` is geen vraag van dit thema: verbeter het, of haal `after` weg"),
    ("a check concerns at least one question: name it, or list `questions`",
     "een controle gaat over ten minste één vraag: noem die, of geef `questions`"),
    ("there is no question `{}`: correct it", "er is geen vraag `{}`: verbeter het"),
    # expressions
    ("`{}` is not the code of a question or part that can be used here: correct it",
     "`{}` is geen code van een vraag of onderdeel die hier gebruikt kan worden: verbeter het"),
    ("{} is in {} and {} in {}: they cannot be compared; divide or multiply one of them first",
     "{} is in {} en {} in {}: die zijn niet te vergelijken; deel of vermenigvuldig eerst een van de twee"),
    ("{} is in {} and {} in {}: they cannot be put together; divide or multiply one of them first",
     "{} is in {} en {} in {}: die zijn niet samen te nemen; deel of vermenigvuldig eerst een van de twee"),
    ("a condition is needed here, such as question == 'option' or number > 0, but {} is a {}",
     "hier is een voorwaarde nodig, zoals vraag == 'optie' of getal > 0, maar {} is een {}"),
    ("a number is needed here, but {} is a {}", "hier is een getal nodig, maar {} is een {}"),
    ("{} needs numbers, but {} is a {}", "{} heeft getallen nodig, maar {} is een {}"),
    ("+ - * / need numbers, but {} is a {}", "+ - * / hebben getallen nodig, maar {} is een {}"),
    ("a list or multiple choice cannot be compared with {}: write 'option' in question",
     "een lijst of meerkeuzevraag is niet te vergelijken met {}: schrijf 'optie' in vraag"),
    ("{} ({}) cannot be compared with {} ({})", "{} ({}) is niet te vergelijken met {} ({})"),
    ("texts can be compared with == and != only, not with {}",
     "teksten zijn alleen met == en != te vergelijken, niet met {}"),
    ("`in` needs a list or a multiple choice on its right, but {} is a {}",
     "`in` heeft rechts een lijst of meerkeuzevraag nodig, maar {} is een {}"),
    ("`in` needs one value on its left, but {} is a {}", "`in` heeft links één waarde nodig, maar {} is een {}"),
    ("{} is a {}, so `{}` can never be it", "{} is een {}, dus het kan nooit `{}` zijn"),
    ("`{}` is not one of the options: {}", "`{}` is geen van de opties: {}"),
    ("the expression is longer than {} characters", "de uitdrukking is langer dan {} tekens"),
    ("the expression `{}` cannot be read at character {}", "de uitdrukking `{}` is niet te lezen bij teken {}"),
    ("the expression `{}` cannot be read", "de uitdrukking `{}` is niet te lezen"),
    ("the expression is nested more than {} deep: split it up",
     "de uitdrukking is meer dan {} diep genest: splits haar"),
    # what a type of question cannot work with
    ("`{}` does not belong to a {} question: remove it (its own keys are: {})",
     "`{}` hoort niet bij een vraag van soort {}: haal het weg (eigen sleutels: {})"),
    ("a {} question needs `{}`: add it", "een vraag van soort {} heeft `{}` nodig: voeg het toe"),
    ("a choice needs at least 2 options: add one, or make it another type of question",
     "een keuze heeft ten minste 2 opties nodig: voeg er een toe, of maak er een ander soort vraag van"),
    ("`exclusive` only means something in a multiple_choice: remove it",
     "`exclusive` betekent alleen iets bij een multiple_choice: haal het weg"),
    ("a yes_no question has the options yes and no: remove `options`, or make it a single_choice",
     "een ja-neevraag heeft de opties yes en no: haal `options` weg, of maak er een single_choice van"),
    ("`{}` cannot be read: write it as in {}", "`{}` is niet te lezen: schrijf het zoals {}"),
    ("`earliest` is later than `latest`: exchange them", "`earliest` is later dan `latest`: verwissel ze"),
    ("a matrix needs at least 2 cells: add a row or a column, or make it a number",
     "een matrix heeft ten minste 2 cellen nodig: voeg een rij of kolom toe, of maak er een number van"),
    ("`min` is larger than `max` in the {} range: exchange them",
     "`min` is groter dan `max` in de grenzen {}: verwissel ze"),
    ("the soft range must lie inside the hard range ({}): narrow it, or widen `hard`",
     "de zachte grenzen moeten binnen de harde liggen ({}): maak ze nauwer, of `hard` ruimer"),
    ("a percentage_set needs at least 2 parts: add one, or make it a percentage",
     "een percentage_set heeft ten minste 2 onderdelen nodig: voeg er een toe, of maak er een percentage van"),
    ("`min` must be smaller than `max`: exchange them", "`min` moet kleiner zijn dan `max`: verwissel ze"),
    ("a scale has at most {} points: make it a number with a range",
     "een schaal heeft ten hoogste {} punten: maak er een getal met grenzen van"),
    ("an nps question goes from 0 to 10 and high is good: make another scale a likert question",
     "een NPS-vraag loopt van 0 tot 10 en hoog is goed: maak van een andere schaal een likert-vraag"),
    # the shape of the file
    ("`{}` is missing: add it", "`{}` ontbreekt: voeg het toe"),
    ("`{}` is not a key that is known here: correct the spelling or remove it",
     "`{}` is hier geen bekende sleutel: verbeter de spelling of haal het weg"),
    ("`{}` is not possible here: write {}", "`{}` kan hier niet: schrijf {}"),
    ("`{}` is no code: use small letters, digits and _, starting with a letter",
     "`{}` is geen code: gebruik kleine letters, cijfers en _, te beginnen met een letter"),
    ("this is longer than {} characters: shorten it", "dit is langer dan {} tekens: maak het korter"),
    ("this is empty: add at least one", "dit is leeg: voeg er ten minste een toe"),
    ("this must be {}, not {}", "dit moet {} zijn, niet {}"),
)  # fmt: skip
THINGS = {
    "section": "het thema",
    "question": "de vraag",
    "check": "de controle",
    "language": "de taal",
    "dimension": "de dimensie",
    "option": "de optie",
    "part": "het onderdeel",
}
TWICE = tuple(
    (f"the {english} `{{}}` exists twice: give each its own code",
     f"{dutch} `{{}}` bestaat twee keer: geef elk een eigen code")
    for english, dutch in THINGS.items()
)  # fmt: skip


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = [re.escape(one) for one in sentence.split("{}")]
    return re.compile("(.+?)".join(pieces), re.DOTALL)


PATTERNS = [(_pattern(english), dutch) for english, dutch in (*SENTENCES, *TWICE)]


def in_language(sentence: str, language: str) -> str:
    """A sentence of the compiler in the reader's language; as it is where there is no other."""
    if language != "nl":
        return sentence
    for pattern, dutch in PATTERNS:
        match = pattern.fullmatch(sentence)
        if match is not None:
            words = dutch.split("{}")
            return words[0] + "".join(piece + word for piece, word in zip(match.groups(), words[1:], strict=True))
    return sentence
