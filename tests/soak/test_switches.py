"""Each way to grow, with a real service on this machine: another broker, reports in a bucket, a replica to read from.

Needs programs that not every machine has (`moto_server` for S3, RabbitMQ): those tests are skipped, visibly, without.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from benchmark.models import Report
from benchmark.services.report_files import has_report, read_report
from benchmark.services.reports import request_report
from portal.celery_settings import broker_settings
from portal.environment import report_bucket
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Round
from tests.portal.mail_servers import free_port
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak
from tests.soak.crew import Crew
from tests.soak.place import BROKER, send_to
from tests.soak.rounds import asked, closed_round, is_done

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not in_soak(), reason="other services belong to `make soak`"),
]
MOTO = os.environ.get("MOTO_SERVER") or shutil.which("moto_server")
AMQP = os.environ.get("SOAK_AMQP", "")  # such as amqp://guest:guest@127.0.0.1:5672/soak
REDIS = os.environ.get("SOAK_REDIS", "")  # such as redis://127.0.0.1:6379/9


@pytest.mark.parametrize("url", [pytest.param(AMQP, id="rabbitmq"), pytest.param(REDIS, id="redis")])
def test_round_goes_through_another_broker(soak: Soak, url: str) -> None:
    """Freeze, computation and a report, by a worker that gets its messages elsewhere."""
    if not url:
        pytest.skip("no address given in SOAK_AMQP or SOAK_REDIS")
    from celery import current_app

    before = {key: current_app.conf[key] for key in BROKER}
    with soak.place.alone():
        send_to(broker_settings("", url))
        crew = Crew(soak.place, CELERY_BROKER_URL=url)
        try:
            round_ = closed_round(soak, f"broker-{url.partition(':')[0]}")
            took = {}
            for kind in ("freeze", "compute"):
                job = asked(soak, round_, kind)
                took[kind] = becomes(lambda j=job: is_done(j), 60, why=soak.place.logs)
            took["report"] = becomes_ready(soak, soak.world.finished, "nl" if "amqp" in url else "en")
        finally:
            crew.stop()
            send_to(before)
    told = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in took.items())
    sys.stdout.write(f"\n{url.partition(':')[0]}: {told}\n")


def becomes_ready(soak: Soak, round_: Round, language: str) -> float:
    """Have B's report made; the seconds until it is ready."""
    person = soak.world.person("coordinator of B")
    with participant_scope(soak.world.b.pk, person.pk):
        job = request_report(soak.world.b, round_, language, by=person)
    if job is None:
        return 0.0
    soak.ledger.asked_for(job)
    return becomes(lambda: is_done(job), 90, why=soak.place.logs)


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket; the variables that point to it."""
    if MOTO is None:
        pytest.skip("no moto_server: pip install 'moto[s3,server]' somewhere and name it in MOTO_SERVER")
    pytest.importorskip("boto3", reason="the extra `s3` is not installed: requirements-extras.txt")
    port = free_port()
    server = subprocess.Popen(
        [MOTO, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    variables = {
        "PORTAL_S3_BUCKET": "reports-of-the-portal",
        "PORTAL_S3_ENDPOINT": f"http://127.0.0.1:{port}",
        "PORTAL_S3_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        becomes(lambda: bucket_made(variables), 30)
        yield variables
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        server.kill()
        server.wait()


def bucket_made(variables: dict[str, str]) -> bool:
    import boto3
    from botocore.exceptions import BotoCoreError

    client = boto3.client("s3", endpoint_url=variables["PORTAL_S3_ENDPOINT"], region_name="eu-west-1")
    try:
        place = {"LocationConstraint": "eu-west-1"}
        client.create_bucket(Bucket=variables["PORTAL_S3_BUCKET"], CreateBucketConfiguration=place)
    except BotoCoreError:
        return False
    return True


def test_reports_lie_in_a_bucket(soak: Soak, s3: dict[str, str], settings: Any) -> None:
    """A worker makes a report, and another process that shares no disk with it hands it out."""
    settings.STORAGES = {**django_settings.STORAGES, "reports": report_bucket(s3)}
    round_ = soak.world.finished
    with soak.place.alone():
        crew = Crew(soak.place, **s3, PORTAL_DATA_DIR=str(soak.place.folder / "another-disk"))
        try:
            with staff_scope():
                Report.objects.filter(organisation=soak.world.b).update(state=Report.State.WAITING)
            seconds = becomes_ready(soak, round_, "nl")
        finally:
            crew.stop()
    with staff_scope():
        report = Report.objects.get(organisation=soak.world.b, language="nl", state=Report.State.READY)
    assert has_report(report.file)
    assert read_report(report.file).startswith(b"%PDF")
    assert not has_report("reports/1/other.pdf")
    with pytest.raises(FileNotFoundError):
        read_report("reports/1/other.pdf")
    sys.stdout.write(f"\nS3: report of {len(read_report(report.file))} bytes in the bucket after {seconds:.1f} s\n")
    with staff_scope():  # the invariants look on the disk
        Report.objects.filter(pk=report.pk).update(state=Report.State.WAITING)
