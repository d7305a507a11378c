"""Receipts: what was handed in or stands after a correction, kept with its hash, and told by mail."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.models import User
from portal.services.mail import put_in_outbox
from surveys.models import Receipt, Submission


def canonical_text(answers: Sequence[Sequence[Any]], reasons: Mapping[str, str]) -> str:
    """What is hashed: JSON without spaces, keys sorted, other characters than ASCII escaped.

    An answer is [question, status, number, option, options, parts, as typed].
    """
    content = {"answers": answers, "reasons": dict(reasons)}
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def make_receipt(
    submission: Submission, kind: Receipt.Kind, content: str, *, by: User | None, question: str = ""
) -> Receipt:
    """Keep what stands now; the caller holds the submission's lock, so that the numbers are those of the order."""
    last = Receipt.objects.filter(submission=submission).aggregate(last=Max("number"))["last"] or 0
    made = Receipt.objects.create(
        organisation_id=submission.organisation_id,
        submission=submission,
        number=last + 1,
        kind=kind,
        question=question,
        content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
        made_by=by,
    )
    made.refresh_from_db(fields=["made_at"])
    return made


def changed_between(submission: Submission, earlier: str) -> list[str]:
    """Codes of the questions of which the answer or the reason is another one than on the receipt with the hash
    `earlier`; empty when one of the two is not kept.
    """
    rows = Receipt.objects.filter(submission=submission, content_hash__in=[earlier, submission.content_hash])
    texts = dict(rows.values_list("content_hash", "content"))
    if len(texts) < 2:
        return []
    before, now = (json.loads(texts[name]) for name in (earlier, submission.content_hash))
    old, new = ({one[0]: one for one in content["answers"]} for content in (before, now))
    found = [code for code in {**new, **old} if old.get(code) != new.get(code)]
    reasons = (before["reasons"], now["reasons"])
    explained = {code for code in {**reasons[0], **reasons[1]} if reasons[0].get(code) != reasons[1].get(code)}
    return [*found, *sorted({code.partition(":")[2] for code in explained} - set(found))]


def send_receipt(receipt: Receipt, submission: Submission, to: User) -> None:
    """The receipt by mail, in the language that is active."""
    submitted = receipt.kind == Receipt.Kind.SUBMITTED
    words = {
        "organisation": submission.organisation.name,
        "round": submission.round.title,
        "number": receipt.number,
        "time": date_format(timezone.localtime(receipt.made_at), "DATETIME_FORMAT"),
        "person": str(receipt.made_by or to),
        "hash": receipt.content_hash,
    }
    if submitted:
        body = _(
            "The answers of %(organisation)s to “%(round)s” were submitted on %(time)s by %(person)s.\n\n"
            "Receipt %(number)s. Fingerprint of the answers and reasons (SHA-256):\n%(hash)s\n\n"
            "As long as the round is open you can reopen the submission and change the answers.\n\n"
            "Your organisation can withdraw at any time. What was published with your answers by then stays published;"
            " they leave every later edition and round."
        )
        subject = _("Received: %(round)s") % words
    else:
        body = _(
            "An answer of %(organisation)s to “%(round)s” was corrected on %(time)s by %(person)s.\n\n"
            "Receipt %(number)s. Fingerprint of the answers and reasons as they are now (SHA-256):\n%(hash)s\n\n"
            "This receipt takes the place of the earlier ones; they stay on the page with the receipt."
        )
        subject = _("Corrected: %(round)s") % words
    put_in_outbox(to=to.email, subject=subject, body=body % words, organisation=submission.organisation)
