"""Real mail servers on this machine that behave badly: one that refuses, one that is silent, one that is gone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox(MessageHandler):
    """Keeps what it accepts; refuses recipients whose address contains `nobody`, and waits with those of `later`."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []
        self.controller: Controller | None = None

    def open(self, port: int) -> None:
        """Take mail at this port from now on."""
        self.controller = Controller(self, hostname="127.0.0.1", port=port)
        self.controller.start()

    def close(self) -> None:
        """Take none any more; what came is kept."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def handle_message(self, message: Message) -> None:
        """Keep it."""
        self.mails.append(message)

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Say yes, never, or not now."""
        if "nobody" in address:
            return "550 5.1.1 no such mailbox here"
        if "later" in address:
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def received(self) -> list[str]:
        """Addresses that got a mail, in order."""
        return [str(mail["To"]) for mail in self.mails]


@contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    """A working server with a mailbox."""
    mailbox = Mailbox()
    mailbox.open(port)
    try:
        yield mailbox
    finally:
        mailbox.close()


@contextmanager
def silent_server(port: int) -> Iterator[list[socket.socket]]:
    """Takes connections and never says a word."""
    accepted: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", port))

    def accept() -> None:
        while True:
            try:
                accepted.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield accepted
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
        for one in accepted:
            one.close()
