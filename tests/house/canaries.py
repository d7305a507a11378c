"""Organisations whose every number and text occurs nowhere else, and a search for whose they are in any bytes."""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass

from pypdf import PdfReader

from portal.models import Organisation, User
from portal.roles import MemberRole
from portal.services.people import add_member, create_user
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Round
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.submissions import submit_submission

TEXT = re.compile(rb"kanarie-(\d\d)-[0-9a-f]{8}")
BETWEEN_DIGITS = re.compile("(?<=\\d)[.,'\u00a0\u202f\u2009 ](?=\\d{3})")
DIGITS = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Bird:
    """One organisation and its coordinator, with what it typed."""

    index: int
    organisation: Organisation
    person: User

    @property
    def numbers(self) -> tuple[int, int]:
        """Two numbers of its own; nothing that is counted or rounded looks like them."""
        return 500_003 + 7_919 * self.index, 150_000_007 + 104_729 * self.index

    @property
    def text(self) -> str:
        """A text of its own."""
        return word(self.index)


def word(index: int) -> str:
    """The text of the organisation with this index."""
    return f"kanarie-{index:02d}-{hashlib.sha256(str(index).encode()).hexdigest()[:8]}"


def make_birds(number: int, round_: Round, *, by: User) -> list[Bird]:
    """So many organisations with a coordinator each, and their answers in `round_`."""
    rows = [
        OrganisationRow(f"bird-{i}", f"Vogel {word(i)}", "", {"sector": ("public", "private")[i % 2]})
        for i in range(number)
    ]
    with staff_scope(by.pk):
        save_organisations(rows, by=None, is_invented=True)
        birds = []
        for i in range(number):
            organisation = Organisation.objects.get(code=f"bird-{i}")
            person = create_user(email=f"{word(i)}@world.invalid", name=f"Mens {word(i)}", by=by)
            add_member(organisation, person, role=MemberRole.COORDINATOR, by=by)
            birds.append(Bird(i, organisation, person))
    for bird in birds:
        answer(bird, round_)
    return birds


def answer(bird: Bird, round_: Round) -> None:
    """Type everything that the bird has, and hand it in."""
    calls, talk = bird.numbers
    typed = {"calls": calls, "talk": talk, "satisfaction": "7,5", "owner": "ours", "remark": bird.text}
    with participant_scope(bird.organisation.pk, bird.person.pk):
        submission = start_submission(bird.organisation, round_, by=bird.person)
        given = [Typing(code, str(one)) for code, one in typed.items()]
        save_answers(submission, given, by=bird.person, language="nl")
        submit_submission(submission, by=bird.person, language="nl")


def owners(birds: list[Bird], data: bytes) -> set[int]:
    """Whose numbers or texts these bytes hold; files are unpacked first."""
    plain = readable(data)
    found = {int(index) for index in TEXT.findall(plain)}
    by_number = {str(number): bird.index for bird in birds for number in bird.numbers}
    text = BETWEEN_DIGITS.sub("", plain.decode("utf-8", "replace"))
    return found | {by_number[digits] for digits in DIGITS.findall(text) if digits in by_number}


def readable(data: bytes) -> bytes:
    """The text of a PDF, the parts of a workbook, else the bytes as they are."""
    if data.startswith(b"%PDF-"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return b"\n".join(parts.read(name) for name in parts.namelist())
    return data
