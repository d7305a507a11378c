"""The part of the method that says what is promised to participants, how it is proven, and how somebody else checks.

Plain words; the numbers come from the policy of the release. How far a value must stay uncertain, and against how many
who pool their knowledge, is printed nowhere (DISCLOSURE.md, section 2).
"""

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from benchmark.charts import number_format
from benchmark.reports.viewmodels_words import profile_name
from benchmark.stats.disclosure.policy import Policy


@dataclass(frozen=True)
class MethodFact:
    """A rule with its value."""

    key: str
    value: str


@dataclass(frozen=True)
class MethodSection:
    """A part of the method: paragraphs, then rules with values. `picture`: this part has the drawing of the proof."""

    code: str
    title: str
    paragraphs: tuple[str, ...]
    facts: tuple[MethodFact, ...] = ()
    picture: bool = False


def percentage(fraction: float) -> str:
    """A fraction in words: `50 %`."""
    return number_format(get_language() or "nl", 0 if round(fraction * 100, 6) % 1 == 0 else 1, "%")(fraction * 100)


def promise_section() -> MethodSection:
    """What participants may count on."""
    return MethodSection(
        "promise",
        _("What we promise, and to whom"),
        (
            _(
                "Nobody can work out the value of your organisation from anything that we ever publish: not from one"
                " figure, and not from all figures of all rounds and editions together. That holds for the public, for"
                " other participants who know their own values, for a holding that knows the values of all its"
                " organisations, and in large rounds for several participants who pool what they know."
            ),
            _(
                "We reckon with a reader who knows who took part and in which sector and size, who knows our rules and"
                " our software, and who keeps everything that was ever published."
            ),
            _(
                "The promise is about what is possible, not about chances: for every organisation values well above and"
                " well below the true one stay possible, each of them in full agreement with everything published. It"
                " does not say how likely each of them is. How wide the range is that must stay open, and against how"
                " many who pool their knowledge, the foundation keeps to itself, as statistical offices do. The proof"
                " does not depend on keeping that secret."
            ),
        ),
    )


def proof_section() -> MethodSection:
    """Certificates in plain words."""
    return MethodSection(
        "proof",
        _("How it is proven"),
        (
            _(
                "Take the answers as they are, and exchange the values of two organisations that are alike in"
                " everything published. The report stays the same, to the last letter. So nobody who reads the report"
                " can tell which of the two has which value. Such an other set of answers that gives the same report"
                " is called a witness."
            ),
            _(
                "Before results are published the computer looks for witnesses for every organisation, for every"
                " indicator, upwards and downwards, and against every reader named above. Often an exchange of two will"
                " do; otherwise it calculates values for several organisations at once that leave all published figures"
                " as they are. Then it makes the whole report again from each witness and compares the bytes."
            ),
            _(
                "All these checks together are the certificate of the release. Where no witness is found, figures are"
                " left out until there is one. Without a complete certificate the portal refuses to publish, and nobody"
                " can overrule that."
            ),
            _(
                "Figures are left out such that as much as possible stays: among all choices that are safe the computer"
                " takes the one that keeps most, large groups first."
            ),
        ),
        picture=True,
    )


def auditor_section() -> MethodSection:
    """How somebody from outside checks."""
    return MethodSection(
        "auditor",
        _("How an auditor from outside checks this"),
        (
            _(
                "Everything that is published can be fetched through the API or as files, with its fingerprint. With"
                " those files alone an auditor can run our attacker, a program that shares no code with the protection"
                " and does what an ill-willed reader would do; or an attacker of its own."
            ),
            _(
                "The certificates hold data near the real answers and therefore stay inside. At the foundation an"
                " auditor can have each of them replayed: the program makes the report again from every witness and"
                " compares it, byte for byte, with what was published."
            ),
        ),
        (
            MethodFact(_("Attack what is published"), "manage.py attack_release"),
            MethodFact(_("Replay a certificate"), "manage.py verify_certificate"),
            MethodFact(_("The method for experts"), "docs/methodology/method.md"),
        ),
    )


def rounds_section(policy: Policy) -> MethodSection:
    """What changes over time: rounds, editions, joiners and leavers, withdrawal, and the rules themselves."""
    return MethodSection(
        "editions",
        _("Rounds, editions and comparing years"),
        (
            _(
                "A published edition never changes. A correction becomes the next edition, and the old one stays"
                " readable. Each edition has a fingerprint, computed from the published bytes: the same answers give"
                " the same fingerprint. A correction waits until it no longer shows whose answers were corrected."
            ),
            _(
                "A new round is protected together with the rounds before it: an organisation whose value hardly"
                " changed could otherwise be found by subtracting one round from the other. We reckon with readers"
                " who know exactly how much a value changed when the change is small."
            ),
            _(
                "Figures of two rounds are joined by a line only when the definition says that the question measures"
                " the same. Where it changed, the line is broken and the chart says so. Where one or two organisations"
                " joined or left a group, the two rounds are not set side by side."
            ),
            _(
                "Whoever withdraws after a round was frozen stays in what was published by then, because a published"
                " edition never changes, and is left out of everything later. Whoever withdraws earlier is not in it at"
                " all. The protection of what was published goes on."
            ),
            _(
                "Before results are published, a researcher reviews them and a second person publishes them. Nobody can"
                " switch the protection off: its rules have a version, a change needs two people as well, and it"
                " applies to rounds that open later only."
            ),
        ),
        _rules_over_time(policy),
    )


def _rules_over_time(policy: Policy) -> tuple[MethodFact, ...]:
    """Which rules these are, and how far back they look."""
    return (
        MethodFact(
            _("Rules in use"),
            _("profile %(profile)s, version %(version)s")
            % {"profile": profile_name(policy.profile), "version": policy.version},
        ),
        MethodFact(
            _("Releases protected together"),
            _("%(number)s rounds, this one included, with all their editions") % {"number": policy.rounds_together},
        ),
        MethodFact(
            _("A small change since an earlier round"),
            _("at most %(share)s of the value") % {"share": percentage(policy.change_tied)},
        ),
    )


def limits_section() -> MethodSection:
    """What the promise does not cover."""
    return MethodSection(
        "limits",
        _("What this does not promise"),
        (
            _(
                "Who knows an organisation's value from elsewhere, such as an annual report, knows it. And when a few"
                " organisations tell each other their values, they know more than we can reckon with."
            ),
            _(
                "Each indicator has a certificate of its own. Where one indicator follows from others, such as a cost"
                " per contact from a cost and a number of contacts, a reader may combine them; the certificates do"
                " not look at such combinations."
            ),
            _(
                "Thirty organisations cannot carry percentiles at the ends or crossings of two dimensions honestly;"
                " expect blanks there."
            ),
        ),
    )
