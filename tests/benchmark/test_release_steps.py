"""Review and publication: two people, the very bytes that were computed, and never a change afterwards."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from benchmark.models import CertificateBody, KpiWork, Release, ReleaseCertificate, ReleasedCell, ReleasedDocument
from benchmark.selectors.releases import published_release, published_rounds
from benchmark.services.releasing import publish_release, review_release
from portal.errors import NotAllowed, NotPossibleNow
from portal.models import AuditEntry, User
from portal.roles import FoundationRole
from portal.tenancy import api_scope, participant_scope, staff_scope, worker_scope
from surveys.models import Round
from surveys.rounds import STEPS, register_step
from surveys.services.rounds import advance_round
from tests.benchmark.frozen import computed, freeze, person, small_answers, small_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_() -> Round:
    return computed(small_round())


@pytest.fixture
def researcher() -> User:
    return person(FoundationRole.RESEARCHER, "ruth")


@pytest.fixture
def publisher() -> User:
    return person(FoundationRole.PUBLISHER, "paul")


def test_the_database_wants_two_people_whatever_the_code_says(round_: Round, researcher: User, publisher: User) -> None:
    """The rule of two people is a constraint, which no role gets past; a name may go when the person does."""
    release = Release.objects.filter(round=round_)
    with worker_scope(), transaction.atomic():
        for both in (researcher, publisher):
            with pytest.raises(IntegrityError, match="release_is_of_two_people"), transaction.atomic():
                release.update(reviewed_by=both, published_by=both)
        release.update(reviewed_by=researcher, published_by=publisher)
        release.update(reviewed_by=None, published_by=publisher)
        release.update(reviewed_by=None, published_by=None)


def test_two_people_publish_and_the_public_reads(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
        release = publish_release(round_.pk, by=publisher)
        assert Round.objects.get(pk=round_.pk).state == Round.State.PUBLISHED
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert (release.state, release.reviewed_by, release.published_by) == ("published", researcher, publisher)
    assert release.published_at is not None
    assert {"release.reviewed", "release.published", "round.review", "round.publish"} <= actions
    with api_scope():
        assert ReleasedDocument.objects.count() == 3


def test_nobody_publishes_what_was_not_reviewed(round_: Round, publisher: User) -> None:
    with staff_scope(), pytest.raises(NotPossibleNow):
        publish_release(round_.pk, by=publisher)


def test_roles_are_kept(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope():
        for step, by in ((review_release, publisher), (review_release, None), (publish_release, researcher)):
            with pytest.raises(NotAllowed):
                step(round_.pk, by=by)


def test_the_reviewer_cannot_publish_even_with_a_new_role(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
        researcher.foundation_role = FoundationRole.PUBLISHER
        researcher.save()
        with pytest.raises(NotAllowed, match="second person"):
            publish_release(round_.pk, by=researcher)
        publish_release(round_.pk, by=publisher)


def test_a_double_click_changes_nothing_and_a_second_publisher_is_told(
    round_: Round, researcher: User, publisher: User
) -> None:
    with staff_scope():
        reviews = [review_release(round_.pk, by=researcher).reviewed_at for _click in range(2)]
        assert reviews[0] == reviews[1]
        first, again = publish_release(round_.pk, by=publisher), publish_release(round_.pk, by=publisher)
        assert first.published_at == again.published_at
        assert AuditEntry.objects.filter(action="release.published").count() == 1
        with pytest.raises(NotPossibleNow):
            publish_release(round_.pk, by=person(FoundationRole.PUBLISHER, "pia"))


@pytest.mark.parametrize("where", ["document", "cell", "missing cell"])
def test_one_altered_figure_stops_publication(round_: Round, researcher: User, publisher: User, where: str) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
    with worker_scope():
        if where == "document":
            row = ReleasedDocument.objects.get(kpi="aht")
            row.body = bytes(row.body).replace(b'"value":2', b'"value":3', 1)
            row.save()
        elif where == "cell":
            cell = ReleasedCell.objects.filter(status="released").exclude(statistic="n")[0]
            ReleasedCell.objects.filter(pk=cell.pk).update(value=f"{cell.value}1")
        else:
            ReleasedCell.objects.order_by("position")[0].delete()
    with staff_scope():
        with pytest.raises(NotPossibleNow, match="hash"):
            publish_release(round_.pk, by=publisher)
        assert Release.objects.get(round=round_).state == Release.State.REVIEWED
        assert Round.objects.get(pk=round_.pk).state == Round.State.REVIEWED


def test_what_is_published_never_changes(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
        publish_release(round_.pk, by=publisher)
    with worker_scope():
        for change in (
            lambda: Release.objects.update(content_hash=""),
            lambda: ReleasedCell.objects.update(value="1"),
            lambda: ReleasedDocument.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
                change()


def test_the_steps_are_registered_with_the_rounds() -> None:
    assert STEPS["review"] is review_release
    assert STEPS["publish"] is publish_release
    with pytest.raises(ValueError):
        register_step("publish", print)
    with pytest.raises(ValueError):
        register_step("fly", print)


def test_a_correction_is_a_new_edition_and_the_old_one_stays_readable(
    round_: Round, researcher: User, publisher: User
) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
        first = publish_release(round_.pk, by=publisher)
        corrected = advance_round(round_.pk, "correct", by=researcher)
    freeze(corrected, *small_answers(seed=9), {})
    with worker_scope():
        advance_round(round_.pk, "freeze", by=None)
    computed(corrected)
    with api_scope():
        newest = published_release(round_.code)
        assert newest is not None
        assert (newest.edition, newest.content_hash) == (1, first.content_hash)
    with staff_scope():
        review_release(round_.pk, by=researcher)
        publish_release(round_.pk, by=publisher)
    with api_scope():
        (found,) = published_rounds("small")
        assert (found.editions, found.edition) == ((1, 2), 2)
        old, new = published_release(round_.code, 1), published_release(round_.code)
        assert old is not None
        assert new is not None
        assert old.content_hash == first.content_hash != new.content_hash
        assert old.tables["aht"].meta.edition == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"proven": 0}, "claims are proven"),
        ({"uncovered": 1}, "claims are proven"),
        ({"mismatches": 1}, "give the same figures"),
        ({"replayed": 0}, "give the same figures"),
        ({"document_hash": "0" * 64}, "other figures"),
        ({"content_hash": "0" * 64}, "not the ones that were made"),
    ],
)
def test_nothing_is_published_without_a_sound_proof(
    round_: Round, researcher: User, publisher: User, change: dict[str, object], says: str
) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
    with worker_scope():
        assert ReleaseCertificate.objects.filter(kpi="satisfaction", claims__gt=0).update(**change) == 1
    with staff_scope(), translation.override("en"):
        with pytest.raises(NotPossibleNow, match=says):
            publish_release(round_.pk, by=publisher)
        assert Release.objects.get(round=round_).state == Release.State.REVIEWED


def test_a_document_without_a_certificate_is_not_even_reviewed(round_: Round, researcher: User) -> None:
    with worker_scope():
        CertificateBody.objects.filter(certificate__kpi="owner").delete()
        ReleaseCertificate.objects.filter(kpi="owner").delete()
    with staff_scope(), translation.override("en"), pytest.raises(NotPossibleNow, match=r"owner.*no certificate"):
        review_release(round_.pk, by=researcher)


def test_results_under_another_policy_are_not_published(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope(), translation.override("en"):
        review_release(round_.pk, by=researcher)
        Round.objects.filter(pk=round_.pk).update(policy_profile="official")
        with pytest.raises(NotPossibleNow, match="approved policy"):
            publish_release(round_.pk, by=publisher)


def test_results_that_something_was_published_beside_are_computed_again(
    round_: Round, researcher: User, publisher: User
) -> None:
    other = computed(small_round("small-2024", version="2025", period="2024", seed=3))
    with staff_scope(), translation.override("en"):
        review_release(round_.pk, by=researcher)
        review_release(other.pk, by=researcher)
        publish_release(other.pk, by=publisher)
        with pytest.raises(NotPossibleNow, match="meanwhile"):
            publish_release(round_.pk, by=publisher)
        assert published_release(round_.code) is None


def test_the_manifest_counts_the_proofs(round_: Round) -> None:
    with staff_scope():
        release = Release.objects.get(round=round_)
        rows = list(ReleaseCertificate.objects.filter(release=release))
    told = release.manifest["certificates"]
    assert told["claims"] == told["proven"] == sum(row.claims for row in rows) > 0
    assert told["witnesses"] == told["replayed"] == sum(told["kinds"].values()) > 0
    assert told["mismatches"] == told["uncovered"] == 0


def test_proofs_are_for_workers_and_their_numbers_for_staff(round_: Round) -> None:
    with staff_scope():
        assert ReleaseCertificate.objects.count() == 3
    for scope, models in (
        (staff_scope(), (CertificateBody, KpiWork)),
        (participant_scope(1), (CertificateBody, KpiWork, ReleaseCertificate)),
        (api_scope(), (CertificateBody, KpiWork, ReleaseCertificate)),
    ):
        with scope:
            for model in models:
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    list(model.objects.all())
    with worker_scope():
        assert CertificateBody.objects.count() == 3
        assert not KpiWork.objects.exists()  # the work is done with once the release is there


def test_the_proof_of_what_is_published_never_changes(round_: Round, researcher: User, publisher: User) -> None:
    with staff_scope():
        review_release(round_.pk, by=researcher)
        publish_release(round_.pk, by=publisher)
    with worker_scope():
        for change in (
            lambda: ReleaseCertificate.objects.update(claims=0),
            lambda: ReleaseCertificate.objects.all().delete(),
            lambda: CertificateBody.objects.update(body=b""),
            lambda: CertificateBody.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
                change()
