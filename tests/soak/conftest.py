"""One installation for all fault tests of a process: making it costs more than breaking it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.house.walk import give_invitations
from tests.portal.mail_servers import Mailbox, free_port, mail_server
from tests.soak.crew import Crew
from tests.soak.ledger import Ledger, invariants
from tests.soak.place import SoakPlace, soak_place
from tests.world import World, build_world


@dataclass
class Soak:
    """The installation, the world in it, and what it has promised so far."""

    place: SoakPlace
    world: World
    ledger: Ledger

    def check(self) -> None:
        """The invariants."""
        invariants(self.place, self.world, self.ledger)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Soak]:
    """Made once."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    with soak_place(tmp_path_factory.mktemp("soak")) as place:
        with django_db_blocker.unblock(), place.connected():
            world, ledger = build_world(), Ledger()
            give_invitations(world)
            ledger.published()
        yield Soak(place, world, ledger)


@pytest.fixture
def soak(installation: Soak, django_db_blocker: Any) -> Iterator[Soak]:
    """Each test works in the installation and ends with the invariants, whatever it broke; other tests of the process,
    before, between and after, work in their own database.
    """
    with django_db_blocker.unblock(), installation.place.connected():
        yield installation
        installation.check()


@pytest.fixture(scope="session")
def mail_port() -> int:
    """Where the mail server is."""
    return free_port()


@pytest.fixture(scope="session")
def mailbox(mail_port: int) -> Iterator[Mailbox]:
    """A working mail server."""
    with mail_server(mail_port) as box:
        yield box


@pytest.fixture(scope="session")
def crew(installation: Soak, mail_port: int, mailbox: Mailbox) -> Iterator[Crew]:
    """A worker and a clock for all tests that need them."""
    backend = "django.core.mail.backends.smtp.EmailBackend"
    there = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mail_port), "EMAIL_TIMEOUT": "2"}
    made = Crew(installation.place, EMAIL_BACKEND=backend, **there)
    yield made
    made.stop()
