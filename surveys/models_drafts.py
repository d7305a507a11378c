"""Questionnaires that staff are still writing. Part of `surveys.models`."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenancy import Tenancy


class QuestionnaireDraft(models.Model):
    """A questionnaire file under way; it becomes a version through the compiler, and may hold mistakes until then."""

    tenancy = Tenancy.PLATFORM

    title = models.CharField(_("title"), max_length=200)
    source = models.TextField(_("file as it is now"))
    based_on = models.ForeignKey(
        "surveys.QuestionnaireVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-changed_at",)

    def __str__(self) -> str:
        return self.title
