"""Who reads policies, work under way and certificates; what never changes; and the policies that come with the software."""

import hashlib
import json

from django.db import migrations
from django.db.models.functions import Now

from portal.rls import ProtectTable, RunStatements, role
from portal.tenancy import Tenancy

WORKERS = {"login": "", "staff": ""}
POLICY = {"login": "", "staff": "SELECT, INSERT, UPDATE (approved_at, approved_by_id)", "worker": "SELECT"}

# As shipped, word for word: a change is a next version in a migration of its own, never an edit here.
STANDARD = {
    "profile": "standard",
    "version": 1,
    "min_contributors": 5,
    "min_contributors_signed": 10,
    "p": 0.1,
    "p_sensitive": 0.2,
    "coalition": 1,
    "coalition_from": 100,
    "coalition_large": 2,
    "change_tied": 0.05,
    "rounds_together": 3,
    "largest_share": 0.5,
    "two_largest_share": 0.67,
    "bounded_percentage_points": 5.0,
    "bounded_scale_fraction": 0.1,
    "quantile_minima": {"p10": 37, "p25": 15, "p50": 9, "p75": 15, "p90": 37},
    "quantile_outside": 2,
    "quantile_inside": 3,
    "share_min_contributors": 10,
    "share_sensitive_count": 3,
    "share_step": 3,
    "share_bases": [1, 2, 5, 10],
    "unanimous_share": 0.9,
    "digits": 3,
    "quantile_digits": 2,
    "quantile_digits_below": 30,
}
SHIPPED = (
    STANDARD,
    {**STANDARD, "profile": "official", "min_contributors": 10},
    {**STANDARD, "profile": "antitrust", "largest_share": 0.25},
)


def immutable_statements() -> list[str]:
    """A policy that was approved, and the certificates of what was published, never change; a proposal is only approved."""
    staff = role("staff").replace('"', "'")
    fields = "profile version body content_hash note is_shipped proposed_at proposed_by_id".split()
    old, new = (", ".join(f"{side}.{field}" for field in fields) for side in ("OLD", "NEW"))
    return [
        "CREATE TRIGGER approved_never_changes BEFORE UPDATE OR DELETE ON benchmark_policyversion"
        " FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL) EXECUTE FUNCTION portal_refuse_change()",
        "CREATE TRIGGER proposal_is_only_approved BEFORE UPDATE ON benchmark_policyversion"
        f" FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION portal_refuse_change()",
        "CREATE TRIGGER policy_begins_as_a_proposal BEFORE INSERT ON benchmark_policyversion FOR EACH ROW"
        f" WHEN (NEW.approved_at IS NOT NULL AND current_user = {staff}) EXECUTE FUNCTION portal_refuse_change()",
        "CREATE TRIGGER published_never_changes BEFORE UPDATE OR DELETE ON benchmark_releasecertificate"
        " FOR EACH ROW EXECUTE FUNCTION benchmark_refuse_change()",
        "CREATE FUNCTION benchmark_refuse_proof_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT FROM benchmark_releasecertificate c JOIN benchmark_release r ON r.id = c.release_id"
        " WHERE c.id = OLD.certificate_id AND r.state = 'published') THEN"
        " RAISE EXCEPTION 'the proof of a published release never changes'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER published_never_changes BEFORE UPDATE OR DELETE ON benchmark_certificatebody"
        " FOR EACH ROW EXECUTE FUNCTION benchmark_refuse_proof_change()",
    ]


def ship(apps, schema_editor) -> None:
    """Store the shipped profiles, approved by the system at installation."""
    version = apps.get_model("benchmark", "PolicyVersion")
    for body in SHIPPED:
        text = json.dumps(body, sort_keys=True, separators=(",", ":")) + "\n"
        version.objects.create(
            profile=body["profile"],
            version=body["version"],
            body=body,
            content_hash=hashlib.sha256(text.encode()).hexdigest(),
            is_shipped=True,
            approved_at=Now(),
        )


class Migration(migrations.Migration):
    dependencies = [("benchmark", "0003_policies_and_certificates")]
    operations = [
        migrations.RunPython(ship, migrations.RunPython.noop),
        ProtectTable("PolicyVersion", Tenancy.PLATFORM, grants=POLICY),
        ProtectTable("KpiWork", Tenancy.PLATFORM, grants=WORKERS),
        ProtectTable("ReleaseCertificate", Tenancy.PLATFORM, grants=WORKERS | {"staff": "SELECT"}),
        ProtectTable("CertificateBody", Tenancy.PLATFORM, grants=WORKERS),
        RunStatements(immutable_statements, "What two people approved and what was proven never changes"),
    ]
