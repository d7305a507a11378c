"""Reading rounds and questionnaire versions: which one, in which state, and whether it still takes answers."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from surveys.models import QuestionnaireVersion, Round


def taking_answers() -> QuerySet[Round]:
    """The rounds that take answers at this moment: open, and not past their closing time by the database's clock."""
    return Round.objects.filter(Q(closes_at=None) | Q(closes_at__gt=Now()), state=Round.State.OPEN)


def accepts_answers(current: Round) -> bool:
    """Whether the round takes answers now. Asked of the database, so neither a stale object nor a web server's clock
    decides; call it after taking the round's lock where the answer must stay true until commit.
    """
    return taking_answers().filter(pk=current.pk).exists()


def round_by_code(code: str) -> Round | None:
    """The round with its questionnaire version, or None."""
    return Round.objects.select_related("version__questionnaire").filter(code=code).first()


def all_rounds() -> QuerySet[Round]:
    """Every round, newest reference period first, with its questionnaire version."""
    return Round.objects.select_related("version__questionnaire").order_by("-reference_period", "code")


def previous_round(current: Round) -> Round | None:
    """The round before this one: same questionnaire, the latest earlier reference period, no longer a draft."""
    earlier = Round.objects.filter(
        version__questionnaire=current.version.questionnaire_id, reference_period__lt=current.reference_period
    ).exclude(state=Round.State.DRAFT)
    return earlier.select_related("version__questionnaire").order_by("-reference_period", "-id").first()


def questionnaire_versions(code: str | None = None) -> QuerySet[QuestionnaireVersion]:
    """Stored versions, by questionnaire and then the one loaded last first."""
    versions = QuestionnaireVersion.objects.select_related("questionnaire").order_by("questionnaire__code", "-id")
    return versions.filter(questionnaire__code=code) if code else versions


def questionnaire_version(code: str, version: str) -> QuestionnaireVersion | None:
    """One stored version, or None."""
    return questionnaire_versions(code).filter(version=version).first()
