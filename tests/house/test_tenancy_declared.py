"""Every model of ours declares its tenancy, and the database enforces what it declares."""

import pytest
from django.apps import apps
from django.db import connection, models

from portal.checks import OURS, models_declare_tenancy, tenant_tables_are_protected
from portal.rls import model_tenancy
from portal.tenancy import Tenancy

MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
TENANTS = [model for model in MODELS if model_tenancy(model) is Tenancy.OWNED and model.__name__ != "Organisation"]


def test_every_model_declares_its_tenancy() -> None:
    assert len(MODELS) > 15
    assert models_declare_tenancy(None) == []


@pytest.mark.django_db
def test_every_tenant_table_is_protected() -> None:
    assert tenant_tables_are_protected(None, ["default"]) == []


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_owned_models_name_their_organisation(model: type[models.Model]) -> None:
    field = model._meta.get_field("organisation")
    assert isinstance(field, models.ForeignKey)
    assert not field.null


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_references_between_tenant_tables_stay_inside_the_tenant(model: type[models.Model]) -> None:
    """A foreign key from one owned table to another is accompanied by a composite key on (organisation, parent)."""
    parents = [
        field for field in model._meta.fields if isinstance(field, models.ForeignKey) and field.related_model in TENANTS
    ]
    with connection.cursor() as cursor:
        for field in parents:
            cursor.execute(
                "SELECT count(*) FROM pg_constraint WHERE conname = %s AND contype = 'f'",
                [f"{model._meta.db_table}_{field.column}_same_tenant"],
            )
            assert cursor.fetchone() == (1,), field.name


@pytest.mark.django_db
def test_the_public_and_participants_hold_no_rights_on_frozen_inputs() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name IN"
            " ('surveys_edition', 'surveys_columnsnapshot') AND grantee IN"
            " ('portal_test_participant', 'portal_test_api', 'portal_test_login')"
        )
        assert cursor.fetchone() == (0,)
