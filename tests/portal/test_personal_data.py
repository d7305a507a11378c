"""A person takes their data along, and is forgotten: figures stay, their author becomes a pseudonym."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from portal.errors import NotPossibleNow
from portal.models import AuditEntry, Membership, OutboxMail, User
from portal.services.audit_chain import verify_chain
from portal.services.mail import put_in_outbox
from portal.services.people import create_user
from portal.services.personal_data import (
    ABOUT_PEOPLE,
    ERASED_HOST,
    FORGOTTEN,
    SECRET,
    address_fields,
    erase_person,
    is_erased,
    left_without_coordinator,
    people_fields,
    person_data,
)
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Answer
from tests.sign_in import SECRET as SEED
from tests.sign_in import give_factor, sign_in
from tests.superuser import as_superuser, empty
from tests.world import World

ADDRESS = "coordinator-a@world.invalid"


@pytest.fixture
def person(world: World) -> User:
    """A's coordinator, with everything that a person can have here."""
    user = world.person("coordinator of A")
    give_factor(user)
    EmailAddress.objects.create(user=user, email=ADDRESS, primary=True, verified=True)
    with staff_scope():
        put_in_outbox(to=ADDRESS, subject="Hello", body="To you", organisation=world.a)
        put_in_outbox(to="other@world.invalid", subject="Hello", body="To another", organisation=world.a)
    return user


def everything_stored(text: str) -> list[str]:
    """Columns of any table in which `text` occurs; looked up by the owner of the database, whom no policy stops."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                cursor.execute(
                    f'SELECT count(*) FROM "{model._meta.db_table}" WHERE "{field.column}"::text ILIKE %s',  # noqa: S608
                    [f"%{text}%"],
                )
                if cursor.fetchone() != (0,):
                    found.append(f"{model._meta.label}.{field.name}")
    return found


def test_what_is_told_is_everything_but_secrets(world: World, person: User) -> None:
    sign_in(Client(), person)
    with staff_scope():
        found = person_data(person)
        assert left_without_coordinator(person) == [world.a]
        assert left_without_coordinator(world.person("viewer of A")) == []
    assert found["person"]["email"] == ADDRESS
    assert found["sessions"] == 1
    about = found["about"]
    assert [one["role"] for one in about["portal.Membership"]] == ["coordinator"]
    assert [one["body"] for one in about["portal.OutboxMail"]] == ["To you"]
    assert [one["type"] for one in about["mfa.Authenticator"]] == ["totp"]
    assert {"actor", "subject"} == {one["as"] for one in about["portal.AuditEntry"]}
    did = found["did"]["surveys.Answer"]
    assert len(did) >= 4
    assert all("organisation_id" in one for one in did)
    text = json.dumps(found)
    for secret in ("15600000", "alfa schreef dit", person.password, SEED):
        assert secret not in text


def test_every_table_about_people_is_known(world: World) -> None:
    """A new table with an address in it must be told and forgotten, or say here why not."""
    assert {model for model, _field in address_fields()} <= set(ABOUT_PEOPLE) & set(FORGOTTEN)
    kept = {"surveys.Answer", "portal.AuditEntry", "portal.ApiKey", "portal.Job"}
    assert kept <= {model._meta.label for model, _field in people_fields()}
    assert {"password", "token_hash", "key_hash", "data"} <= SECRET


@pytest.fixture
def erased(world: World, person: User) -> User:
    sign_in(Client(), person)
    with staff_scope():
        erase_person(person, by=world.person("administrator"))
    return person


def test_nothing_names_an_erased_person_any_more_and_figures_stay(world: World, erased: User) -> None:
    assert (erased.email, erased.name) == (f"{erased.pk}@{ERASED_HOST}", f"pseudonym {erased.pk}")
    assert is_erased(erased)
    assert not erased.is_active
    assert not User.objects.get(pk=erased.pk).has_usable_password()  # in no scope: only there is it told
    with staff_scope():
        assert person_data(erased)["sessions"] == 0
    with worker_scope():
        assert [
            row for row in (Membership, Authenticator, EmailAddress) if row.objects.filter(user=erased).exists()
        ] == []
        assert [mail.body for mail in OutboxMail.objects.all() if mail.body.startswith("To ")] == ["To another"]
    figures_stay(world, erased)
    erasing_again_changes_nothing(world, erased)


def figures_stay(world: World, erased: User) -> None:
    """Of the organisation; their author is a pseudonym."""
    with staff_scope():
        answers = Answer.objects.filter(organisation=world.a, submission__round=world.open)
        assert answers.count() >= 4
        assert {field.name for model, field in people_fields() if model is Answer} != set()
        entries = AuditEntry.objects.filter(actor=erased)
        assert entries.exists()
        assert {str(entry.actor) for entry in entries} == {f"pseudonym {erased.pk}"}
        assert AuditEntry.objects.filter(action="person.erased", subject=f"portal.user:{erased.pk}").count() == 1
        assert ADDRESS not in json.dumps(list(AuditEntry.objects.values_list("detail", flat=True)))


def erasing_again_changes_nothing(world: World, erased: User) -> None:
    """And staff must lose their role first."""
    with staff_scope():
        erase_person(erased, by=world.person("administrator"))
        assert AuditEntry.objects.filter(action="person.erased").count() == 1
        for somebody in ("administrator", "researcher"):
            with pytest.raises(NotPossibleNow):
                erase_person(world.person(somebody), by=world.person("administrator"))


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """Somebody who really is in the database, with an entry of their own; emptied by the owner afterwards."""
    with django_db_blocker.unblock():
        with staff_scope():
            user = create_user(email="gone@world.invalid", name="Gone Person", by=None)
        with as_superuser(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE shipped AS TABLE benchmark_policyversion")
            yield user
            empty("portal_user")
            cursor.execute("INSERT INTO benchmark_policyversion TABLE shipped")
            cursor.execute("DROP TABLE shipped")


def test_the_chain_stays_whole_and_no_column_of_any_table_keeps_the_name(committed: User) -> None:
    assert everything_stored("gone@world") != []
    erase_person(committed, by=None)
    report = verify_chain()
    assert report.faults == []
    assert report.entries >= 2
    assert everything_stored("gone@world") == everything_stored("Gone Person") == []


def test_pages_find_export_and_erase_a_person(world: World, person: User) -> None:
    client = Client()
    sign_in(client, world.person("administrator"))
    find = reverse("staff_people_data")
    assert client.post(find, {"email": "nobody@world.invalid"}).status_code == 400
    page = reverse("staff_person_data", args=[person.pk])
    assert client.post(find, {"email": ADDRESS.upper()})["Location"] == page
    assert "Alfa" in client.get(page).content.decode()
    answer = client.post(reverse("staff_person_export", args=[person.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert json.loads(pack.read("person.json"))["person"]["email"] == ADDRESS
        assert ADDRESS in pack.read(next(name for name in pack.namelist() if name.endswith(".txt"))).decode()
    erase = reverse("staff_person_erase", args=[person.pk])
    client.post(erase)
    with staff_scope():
        assert not is_erased(User.objects.get(pk=person.pk))
    client.post(erase, {"confirm": "yes"})
    with staff_scope():
        assert is_erased(User.objects.get(pk=person.pk))
        actions = set(AuditEntry.objects.filter(subject=f"portal.user:{person.pk}").values_list("action", flat=True))
    assert {"person.exported", "person.erased"} <= actions
    assert "pseudonym" in client.get(page).content.decode()


def test_every_model_with_a_person_keeps_them_apart_from_content() -> None:
    """What is told in full is about people; the rest is told by place and time only."""
    assert all(isinstance(model, type) and issubclass(model, models.Model) for model in ABOUT_PEOPLE)
    assert set(FORGOTTEN) < set(ABOUT_PEOPLE)
