"""What reads the answers to a questionnaire, registered by the apps that do (AppConfig.ready).

A reader gets a questionnaire that is about to be stored and tells which of its own things would no longer find what
they need: (name, sentence) pairs. Each name must be confirmed before such a version is stored.
"""

from collections.abc import Callable

from surveys.questionnaire import QuestionnaireFile

Reader = Callable[[QuestionnaireFile], list[tuple[str, str]]]
READERS: dict[str, Reader] = {}


def register_reader(name: str, reader: Reader) -> None:
    """Let `reader` look at each new version. Raises ValueError when the name is taken by another."""
    if READERS.get(name, reader) is not reader:
        raise ValueError(f"the reader {name!r} is registered already")
    READERS[name] = reader


def what_readers_miss(file: QuestionnaireFile) -> list[tuple[str, str]]:
    """Everything that any reader would no longer find."""
    return [one for name in sorted(READERS) for one in READERS[name](file)]
