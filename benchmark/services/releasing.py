"""Review and publication of a release: two people, the very bytes that were computed, and a proof for each of them."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from benchmark.models import Release, ReleasedCell, ReleasedDocument
from benchmark.services.certificates import check_certificates
from benchmark.stats.release import DocumentError, cell_rows, content_hash, document_hash, read_document
from portal.errors import NotAllowed, NotPossibleNow
from portal.models import User
from portal.roles import PUBLISHING, RUNNING_ROUNDS, FoundationRole
from portal.services.audit import record
from surveys.models import Round
from surveys.services.rounds import advance_round, lock_round


@transaction.atomic
def review_release(round_id: int, *, by: User | None) -> Release:
    """Record that `by` looked at the computed results and found them fit to publish; the round advances.

    A second click of the same person changes nothing. Raises NotAllowed, NotPossibleNow.
    """
    person = _person(by, RUNNING_ROUNDS)
    current = lock_round(round_id)
    release = _release_of(current)
    if current.state == Round.State.REVIEWED and release.reviewed_by_id == person.pk:
        return release
    advance_round(round_id, "review", by=person)
    _check_bytes(release)
    check_certificates(release)
    Release.objects.filter(pk=release.pk).update(
        state=Release.State.REVIEWED, reviewed_at=Now(), reviewed_by_id=person.pk
    )
    record("release.reviewed", subject=release, by=person, content_hash=release.content_hash)
    release.refresh_from_db()
    return release


@transaction.atomic
def publish_release(round_id: int, *, by: User | None) -> Release:
    """Publish the reviewed results; from then on they never change.

    Needs a publisher who is not the reviewer. A second click of the same person changes nothing; a second publisher
    gets NotPossibleNow. Raises NotAllowed, and NotPossibleNow when the stored bytes are not those that were computed.
    """
    person = _person(by, PUBLISHING)
    current = lock_round(round_id)
    release = _release_of(current)
    if release.state == Release.State.PUBLISHED and release.published_by_id == person.pk:
        return release
    if release.reviewed_by_id == person.pk:
        raise NotAllowed(_("You reviewed these results yourself. A second person has to publish them."))
    advance_round(round_id, "publish", by=person)
    if release.state != Release.State.REVIEWED or release.reviewed_by_id is None:
        raise NotPossibleNow(_("These results were not reviewed by anybody who still works here: review them again."))
    _check_bytes(release)
    check_certificates(release)
    Release.objects.filter(pk=release.pk).update(
        state=Release.State.PUBLISHED, published_at=Now(), published_by_id=person.pk
    )
    record("release.published", subject=release, by=person, content_hash=release.content_hash)
    release.refresh_from_db()
    return release


def _person(by: User | None, roles: frozenset[FoundationRole]) -> User:
    """Four eyes need two names: the system itself reviews and publishes nothing."""
    if by is None or by.foundation_role not in roles:
        raise NotAllowed(_("Your role does not allow this step of a round."))
    return by


def _release_of(current: Round) -> Release:
    """The release of the edition under way, locked; the round's lock is held already."""
    found = Release.objects.select_for_update(of=("self",)).filter(round=current, edition=current.edition).first()
    if found is None:
        raise NotPossibleNow(_("Round “%(round)s” has no results yet: compute them first.") % {"round": current.code})
    return found


def _check_bytes(release: Release) -> None:
    """Every stored document and cell is what was computed, or NotPossibleNow."""
    rows = ReleasedDocument.objects.filter(release=release).order_by("position")
    documents = {row.kpi: bytes(row.body) for row in rows}
    intact = content_hash(documents) == release.content_hash == release.manifest.get("content_hash")
    intact = intact and all(document_hash(documents[row.kpi]) == row.content_hash for row in rows)
    if not intact or not _cells_agree(release, list(documents.values())):
        raise NotPossibleNow(
            _("The stored results are not the ones that were computed (their hash differs): compute them again.")
        )


def _cells_agree(release: Release, documents: list[bytes]) -> bool:
    """Whether the rows for filtering and export say exactly what the documents say."""
    fields = ("kpi", "peer_group", "statistic", "value", "status", "n", "reason")
    stored = ReleasedCell.objects.filter(release=release).order_by("position").values_list(*fields)
    try:
        cells = cell_rows([read_document(body) for body in documents])
        return [tuple(getattr(cell, name) for name in fields) for cell in cells] == list(stored)
    except DocumentError:
        return False
