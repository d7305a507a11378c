"""The small tree of errors that services raise; views and commands turn them into words for people."""


class PortalError(Exception):
    """A request that cannot be carried out; its text says what to do, in the reader's language."""


class NotAllowed(PortalError):
    """This person may not do this."""


class NotPossibleNow(PortalError):
    """The state of things forbids it (a closed round, a published version)."""


class Conflict(PortalError):
    """Somebody else changed the same thing in the meantime."""


class InvalidInput(PortalError):
    """What was given cannot be used; `problems` lists why, one sentence each."""

    def __init__(self, message: str, problems: list[str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []
