"""The shapes that the API answers with; they also write its OpenAPI schema."""

from rest_framework import serializers


class RoundSerializer(serializers.Serializer):
    """A round with published results."""

    round = serializers.CharField(help_text="Code of the round")
    questionnaire = serializers.CharField()
    version = serializers.CharField(help_text="Version of the questionnaire")
    reference_period = serializers.CharField(help_text="2025 or 2025-10")
    title = serializers.DictField(child=serializers.CharField(), help_text="Title per language")
    is_invented = serializers.BooleanField(help_text="Invented organisations, for demonstration")
    editions = serializers.ListField(child=serializers.IntegerField(), help_text="Published editions, oldest first")
    published_at = serializers.DateTimeField(help_text="When the newest edition was published")
    content_hash = serializers.CharField(help_text="SHA-256 of the newest edition")


class KpiSerializer(serializers.Serializer):
    """An indicator as it was defined for the release."""

    kpi = serializers.CharField(help_text="Code of the indicator")
    theme = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField())
    definition = serializers.DictField(child=serializers.CharField())
    why_it_matters = serializers.DictField(child=serializers.CharField(), allow_null=True)
    kind = serializers.CharField(help_text="ratio, value or share")
    unit = serializers.CharField()
    direction = serializers.CharField(help_text="Direction of good: higher, lower or neutral")
    headline = serializers.CharField(help_text="Which figure is the national one: ratio (of sums), mean, median, share")
    lineage = serializers.DictField(allow_null=True, help_text="How it relates to the round before")


class PeerGroupSerializer(serializers.Serializer):
    """A peer group of a round."""

    peer_group = serializers.CharField(help_text="Key: `all`, `sector=public`, `sector=public|semi`, `block=b01`")
    label = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # DRF's own attribute
    terms = serializers.DictField(help_text="Category per peer dimension; a list of categories for a union")


class ObservationSerializer(serializers.Serializer):
    """One released figure, or the reason why it is withheld."""

    round = serializers.CharField()
    edition = serializers.IntegerField()
    kpi = serializers.CharField()
    peer_group = serializers.CharField()
    statistic = serializers.CharField(help_text="n, mean, ratio, p10, p25, p50, p75, p90 or share:<option>")
    value = serializers.CharField(help_text="The figure as released (decimal point); empty when withheld")
    status = serializers.CharField(help_text="released or suppressed")
    n = serializers.CharField(help_text="Number of organisations, or a band such as <5")
    reason = serializers.CharField(help_text="Code of the reason when withheld; see /method/")


class ObservationPageSerializer(serializers.Serializer):
    """A page of observations."""

    count = serializers.IntegerField(help_text="Number of observations that fit the filters")
    next = serializers.CharField(allow_null=True, help_text="Address of the next page")
    content_hash = serializers.CharField(help_text="SHA-256 of the edition that they come from")
    results = ObservationSerializer(many=True)
