"""A person's browser, over real HTTP, that notices when the server hangs up."""

import http.client
import re
import time
from urllib.parse import urlencode

from django.test import Client

from portal.sessions import SEEN
from tests.sign_in import sign_in
from tests.soak.conftest import Soak


class Browser:
    """One person's session with the web server, over real HTTP."""

    def __init__(self, soak: Soak, port: int, who: str) -> None:
        self.port, self.client = port, (client := Client())
        sign_in(client, soak.world.person(who))
        token = "t" * 32
        cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {"csrftoken": token}
        self.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": token}

    def was_used(self, *, hours_ago: float) -> None:
        """The session was last used then."""
        session = self.client.session
        session[SEEN] = time.time() - hours_ago * 3600
        session.save()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and page; raises OSError when the server hangs up."""
        talk = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = self.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            talk.request(method, path, urlencode(form or {}), headers)
            response = talk.getresponse()
            return response.status, response.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            talk.close()


def answers(browser: Browser, path: str) -> bool:
    """Whether the server shows this page."""
    try:
        return browser.ask("GET", path)[0] == 200
    except OSError:
        return False


def post(browser: Browser, path: str, form: dict[str, str]) -> int:
    """The status, 0 when the server hung up."""
    try:
        return browser.ask("POST", path, form)[0]
    except OSError:
        return 0


def marks(page: str) -> dict[str, str]:
    """The hidden fields of the page's form: which version of each answer it shows."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}
