"""The method in words, for the method page and the PDF: the numbers come from the policy that is applied.

The rules are printed; how far a value must stay uncertain, and against how many who pool their knowledge, stays with
the foundation (DISCLOSURE.md, section 2).
"""

from django.utils import translation
from django.utils.translation import gettext as _

from benchmark.reports.viewmodels_proof import (
    MethodFact,
    MethodSection,
    auditor_section,
    limits_section,
    percentage,
    promise_section,
    proof_section,
    rounds_section,
)
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.reasons import Reason, reason_text
from benchmark.stats.quantiles import PLAIN_FROM, WINDOW


def method_view(language: str, policy: Policy | None = None) -> tuple[MethodSection, ...]:
    """The whole method; `policy`: the one that is described, default the one that the software came with."""
    rules = policy or Policy()
    with translation.override(language):
        return (
            promise_section(),
            _figures(),
            _quantiles(rules),
            _minimum(rules),
            _rounding(rules),
            _groups(rules),
            _never(),
            _blanks(language),
            _position(),
            proof_section(),
            auditor_section(),
            rounds_section(rules),
            limits_section(),
        )


def _figures() -> MethodSection:
    return MethodSection(
        "figures",
        _("Which figure is shown"),
        (
            _(
                "Each indicator has a written definition: what is counted, where it is measured, over which channels"
                " and which period. Beside each figure stands which one it is, because these are different figures:"
            ),
        ),
        (
            MethodFact(
                _("Ratio of sums"),
                _(
                    "The amounts of all organisations together, divided by each other: all talk time by all calls. A"
                    " large organisation counts for more. National percentages that others publish are usually this."
                ),
            ),
            MethodFact(
                _("Mean of the organisations"),
                _("Each organisation's own value, added up and divided by their number. Each counts equally."),
            ),
            MethodFact(
                _("Median of the organisations"),
                _("The value in the middle: half of the organisations are lower, half are higher."),
            ),
            MethodFact(
                _("Share"),
                _("The percentage of the organisations that gave an answer, of all that answered the question."),
            ),
        ),
    )


def _quantiles(policy: Policy) -> MethodSection:
    return MethodSection(
        "quantiles",
        _("Quartiles and percentiles are smoothed"),
        (
            _(
                "A plain percentile is the value of one organisation, or lies between two. So what is shown is a"
                " smoothed one: the values are put in order, the position of the percentile is found as in Hyndman and"
                " Fan's definition 7 (linear between the neighbours), and the mean is taken of the values around that"
                " position."
            ),
            _("The same definition 7, without smoothing, is the raw statistic of the computation. It is not released."),
        ),
        (
            MethodFact(
                _("Width of the window"),
                _("%(window)s values; from %(from)s organisations 5 %% of the values")
                % {"window": WINDOW, "from": PLAIN_FROM},
            ),
            MethodFact(
                _("Outside the window, on each side"),
                _("at least %(number)s organisations") % {"number": policy.quantile_outside},
            ),
            MethodFact(
                _("Inside the window"),
                _("values of at least %(number)s different holdings or independent organisations")
                % {"number": policy.quantile_inside},
            ),
        ),
    )


def _minimum(policy: Policy) -> MethodSection:
    minima = policy.quantile_minima
    organisations = _("from %(number)s organisations")
    return MethodSection(
        "minimum",
        _("How many organisations a figure needs"),
        (
            _(
                "Organisations of one group or holding count as one. A figure is shown only when its group has at least"
                " this many:"
            ),
        ),
        (
            MethodFact(_("Any figure at all"), organisations % {"number": policy.min_contributors}),
            MethodFact(
                _("Figures that can be below zero, such as NPS"),
                organisations % {"number": policy.min_contributors_signed},
            ),
            MethodFact(_("Median"), organisations % {"number": minima["p50"]}),
            MethodFact(_("Quartiles (P25 and P75)"), organisations % {"number": minima["p25"]}),
            MethodFact(_("P10 and P90"), organisations % {"number": minima["p10"]}),
            MethodFact(_("Shares of answers"), organisations % {"number": policy.share_min_contributors}),
            *_rules_on_values(policy),
        ),
    )


def _rules_on_values(policy: Policy) -> tuple[MethodFact, ...]:
    return (
        MethodFact(
            _("The largest share of a sum"),
            _("one organisation at most %(one)s, the two largest together at most %(two)s")
            % {"one": percentage(policy.largest_share), "two": percentage(policy.two_largest_share)},
        ),
        MethodFact(
            _("A mean or a ratio"),
            _("only when those who know the most of it cannot work out the value of another organisation closely"),
        ),
        MethodFact(
            _("Sensitive questions (pay, prices, cost)"),
            _(
                "stricter: more uncertainty must remain; an answer is shown only when it was given by nobody or"
                " by at least %(number)s, else answers are shown together"
            )
            % {"number": policy.share_sensitive_count},
        ),
        MethodFact(
            _("Nearly everybody gave the same answer"),
            _("from %(share)s on not shown when the few others could then tell what each of the rest answered")
            % {"share": percentage(policy.unanimous_share)},
        ),
    )


def _rounding(policy: Policy) -> MethodSection:
    return MethodSection(
        "rounding",
        _("Rounding"),
        (_("Every figure is rounded once, in the same way on every page, in the PDF, in the files and in the API."),),
        (
            MethodFact(_("Figures"), _("%(digits)s significant digits") % {"digits": policy.digits}),
            MethodFact(
                _("Percentiles of fewer than %(number)s organisations") % {"number": policy.quantile_digits_below},
                _("%(digits)s significant digits") % {"digits": policy.quantile_digits},
            ),
            MethodFact(_("Shares"), _("whole percentages")),
            MethodFact(
                _("Shares of sensitive questions"),
                _(
                    "steps of %(steps)s percentage points, so large that at least %(number)s organisations make up a"
                    " step; the ends are written as “less than” and “more than”"
                )
                % {"steps": _steps(policy), "number": policy.share_step},
            ),
        ),
    )


def _groups(policy: Policy) -> MethodSection:
    return MethodSection(
        "groups",
        _("Peer groups, and who counts once"),
        (
            _(
                "Peer groups are fixed by rules before the round: all participants, each category of each dimension"
                " (sector, size …), in larger rounds crossings of these, and categories that were joined beforehand."
            ),
            _(
                "A round may offer groups of your own choice. Then all participants are divided beforehand, by their"
                " sector and size and never by their answers, into blocks of at least %(number)s. A chosen group is two"
                " or more whole blocks, and its figures are worked out from the published figures of those blocks: no"
                " question ever goes to the answers. So however many groups are asked for, by however many readers,"
                " together they tell no more than the blocks do. A list of your own is taken to the nearest blocks, and"
                " the page says with how many you are compared."
            )
            % {"number": policy.min_contributors},
            _(
                "A holding with several organisations counts as one contributor in every minimum, and everybody in it"
                " is taken to know the values of all of them. In means and medians each of its organisations counts."
            ),
            _(
                "Amounts of a round that belong to no organisation count in the national ratio of sums only, so that a"
                " published national figure can be met exactly."
            ),
        ),
    )


def _never() -> MethodSection:
    return MethodSection(
        "never",
        _("What is never published"),
        (
            _(
                "The value of one organisation, the lowest and the highest value, rankings, lists of who is in a group"
                " with which value, and figures that are made from the answers when somebody asks for them. Sponsors"
                " and clients of the research see the same released figures as everybody else."
            ),
        ),
    )


def _blanks(language: str) -> MethodSection:
    meanings = {
        Reason.TOO_FEW: _("The group has fewer organisations than the minimum for any figure."),
        Reason.TOO_FEW_FOR_PERCENTILE: _("The group is large enough for other figures, but not for this percentile."),
        Reason.TOO_FEW_FOR_SHARES: _("The group is too small to show which part gave which answer."),
        Reason.MERGED: _("The answer was given by so few that it is added to another answer."),
        Reason.PROTECTED: _(
            "Shown, this figure would say too much about one organisation. All rules that look at values share this one"
            " sentence, because a more exact reason would itself tell something."
        ),
        Reason.TREND_HELD: _(
            "Both figures are published, each in its own round; set side by side they would show the one or two who"
            " came or went."
        ),
    }
    return MethodSection(
        "blanks",
        _("What a blank means"),
        (_("A figure that is not shown says why, and where there is one it names the nearest figure that is shown."),),
        tuple(MethodFact(reason_text(code, language), meaning) for code, meaning in meanings.items()),
    )


def _position() -> MethodSection:
    return MethodSection(
        "position",
        _("Where you stand"),
        (
            _(
                "A participant sees its own value between released figures: “between the first quartile and the"
                " median”. That position is worked out from the released figures and the own value alone, never from"
                " the values of others, so it can give nothing away. When rounding does not tell on which side a value"
                " lies, the page says so, and when the released figures do not tell where it stands, it says nothing."
            ),
            _(
                "Not filled in, not applicable, not available and zero are four different things and are never mixed."
                " Only zero is a value."
            ),
        ),
    )


def _steps(policy: Policy) -> str:
    """`1, 2, 5 or 10`."""
    *first, last = [str(base) for base in policy.share_bases]
    return _("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last} if first else last
