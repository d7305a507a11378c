"""Mutants: one wrong line each, in the rules, cuts, windows, rounding, intervals, coalitions, checks and the attacker.

A mutant says which text is replaced by which, and which tests must notice. The text must be found exactly once: when
the source changes, the mutant is to be made anew.
"""

from dataclasses import dataclass

DISCLOSURE, STATS = "benchmark/stats/disclosure/", "benchmark/stats/"
TESTS, EXACT = "tests/benchmark/stats/disclosure/", "tests/benchmark/stats/disclosure_exact/"
ATTACK = "tests/benchmark/stats/attack/"


@dataclass(frozen=True)
class Mutant:
    """`path`: file of the product; `before` → `after`: the wrong line; `killers`: tests, one of which must fail."""

    name: str
    path: str
    before: str
    after: str
    killers: tuple[str, ...]


def _rule(name: str, before: str, after: str, *killers: str) -> Mutant:
    return Mutant(
        name, DISCLOSURE + "primary.py", before, after, tuple(f"{TESTS}test_primary.py::{k}" for k in killers)
    )


def _share(name: str, file: str, before: str, after: str, *killers: str) -> Mutant:
    return Mutant(name, f"{DISCLOSURE}{file}.py", before, after, tuple(f"{EXACT}test_shares.py::{k}" for k in killers))


def _shown(name: str, before: str, after: str, *killers: str) -> Mutant:
    return Mutant(name, DISCLOSURE + "shares.py", before, after, tuple(f"{TESTS}test_shares.py::{k}" for k in killers))


def _exact(name: str, file: str, before: str, after: str, *killers: str) -> Mutant:
    return Mutant(name, f"{DISCLOSURE}{file}.py", before, after, tuple(EXACT + k for k in killers))


VERDICT = "test_ordinary_verdict_equals_trying_everything"
FORGED = "test_forged_witnesses_are_noticed"

MUTANTS = (
    _rule(
        "the target is attacked by itself",
        "others[attackers] = rest - room[next_one]",
        "others[attackers] = rest",
        "test_p_rule_alone_with_dominance_switched_off",
    ),
    _rule(
        "one may dominate as far as two may",
        "first <= policy.largest_share * total and",
        "first <= policy.two_largest_share * total and",
        "test_mean_of_hand_made_groups",
    ),
    _rule(
        "the second largest alone must not dominate",
        "first + second <= policy.two_largest_share",
        "second <= policy.two_largest_share",
        "test_mean_of_hand_made_groups",
    ),
    _rule(
        "the move is clipped at the wrong end of the scale",
        "stays_uncertain(down, np.minimum(width, up), coalition)",
        "stays_uncertain(down, np.minimum(width, down), coalition)",
        "test_percentages_near_the_end_of_the_scale_pin_each_other",
    ),
    _rule(
        "organisations are counted instead of holdings",
        "if row.n_contributors < policy.minimum(indicator.scale_type):",
        "if row.n_organisations < policy.minimum(indicator.scale_type):",
        "test_a_holding_counts_once",
    ),
    _rule(
        "nobody need lie outside the window",
        "enough = min(below, above) >= policy.quantile_outside and inside",
        "enough = inside",
        "test_two_contributors_must_lie_outside_the_window_on_each_side",
    ),
    _rule(
        "percentiles appear one too early",
        "row.n_contributors < policy.quantile_minima[name] or",
        "row.n_contributors < policy.quantile_minima[name] - 1 or",
        "test_quantiles_appear_with_the_number_of_contributors",
    ),
    Mutant(
        "a window of three",
        STATS + "quantiles.py",
        "WINDOW = 5\n",
        "WINDOW = 3\n",
        ("tests/benchmark/stats/test_quantiles.py::test_smoothed_median_of_nine_and_of_ten",),
    ),
    Mutant(
        "a tie of P75 is rounded away from the middle",
        STATS + "quantiles.py",
        "if rest > 100 or (rest == 100 and percent < 50):",
        "if rest >= 100:",
        ("tests/benchmark/stats/test_quantiles.py::test_windows_of_p_and_of_1_minus_p_mirror_each_other",),
    ),
    Mutant(
        "large windows are rounded down",
        STATS + "quantiles.py",
        "-(-n // 20)",
        "n // 20",
        ("tests/benchmark/stats/test_quantiles.py::test_window_grows_from_hundred_on",),
    ),
    Mutant(
        "figures are cut off instead of rounded",
        DISCLOSURE + "rounding.py",
        "Context(prec=digits, rounding=ROUND_HALF_EVEN)",
        'Context(prec=digits, rounding="ROUND_DOWN")',
        (TESTS + "test_rounding.py::test_significant_digits_half_to_even",),
    ),
    Mutant(
        "an interval ten times too wide below a power of ten",
        DISCLOSURE + "rounding.py",
        "fine = half / 10 if",
        "fine = half if",
        (EXACT + "test_audit.py::test_rounding_interval_is_finer_below_a_power_of_ten",),
    ),
    Mutant(
        "percentages are rounded up",
        DISCLOSURE + "rounding.py",
        "return round(Fraction(100 * count, base * step)) * step",
        "return -(-100 * count // (base * step)) * step",
        (TESTS + "test_rounding.py::test_percentages_are_exact",),
    ),
    _shown(
        "one more may know that all others agree",
        "others <= policy.coalition + 1",
        "others <= policy.coalition",
        "test_near_unanimous_answers_are_not_shown",
    ),
    _shown(
        "two sensitive answers are enough",
        "side >= policy.share_sensitive_count",
        "side >= policy.share_sensitive_count - 1",
        "test_sensitive_options_of_one_or_two_are_merged",
    ),
    _shown(
        "a step of the rounding holds fewer organisations",
        "base * n >= 100 * policy.share_step)",
        "base * n > 95 * policy.share_step)",
        "test_rounding_base_follows_the_number_of_organisations",
    ),
    _shown(
        "a coded end takes one more in",
        "if 100 * count < base * total:",
        "if 100 * count <= base * total:",
        "test_a_count_of_exactly_one_base_is_not_coded",
    ),
    _shown(
        "two of two are merged to 100 %",
        "if len(filled) < 3:",
        "if len(filled) < 2:",
        "test_two_holdings_behind_one_of_two_sensitive_options_show_nothing",
    ),
    _shown(
        "an interval of a share stops one short",
        "while abs(other - same) > 1:",
        "while abs(other - same) > 2:",
        "test_counts_that_print_alike_are_found_by_trying_all",
    ),
    _share(
        "coalitions have one member",
        "witness_shares",
        "for one in self.witnesses[version]), self.coalition)",
        "for one in self.witnesses[version]), 1)",
        VERDICT,
    ),
    _share(
        "what has no proof is taken for proven",
        "witness_shares",
        "return coalition\n",
        "return None\n",
        VERDICT,
    ),
    _share(
        "one witness is enough",
        "witness_shares",
        "        return frozenset()\n    if not size:",
        "        return frozenset()\n    if size:",
        VERDICT,
    ),
    _share(
        "moves are counted in all groups alike",
        "shares_program",
        "np.where(question.inside[question.row_blocks][:, atoms], change, 0)",
        "np.where(question.inside[question.row_blocks][:, atoms] | True, change, 0)",
        VERDICT,
    ),
    _share(
        "the bytes of a witness are not compared",
        "shares_verify",
        "return self.release(made) == self.expected",
        "return True",
        FORGED,
    ),
    _share(
        "the verifier does not ask whether anybody moved",
        "shares_verify",
        "return legal and bool(changed.any()",
        "return legal and bool(True or changed.any()",
        FORGED,
    ),
    _share(
        "the verifier asks for one witness only",
        "shares_verify",
        "uncovered += hitting(donors, size) is not None",
        "uncovered += not donors",
        FORGED,
    ),
    _share(
        "the verifier takes answers that nobody can give",
        "shares_verify",
        "legal = legal and bool((witness.chosen.sum(axis=1) == 1).all())",
        "legal = legal and True",
        FORGED,
    ),
    _share(
        "withheld shares tell what was merged",
        "protect",
        'if indicator.kind == "share" and table.values.exclusive:',
        "if False:",
        "test_withheld_shares_do_not_tell_what_was_merged",
    ),
    _share(
        "a changed answer is taken for the same",
        "scenes",
        "return 0.0 if same and np.array_equal(",
        "return 0.0 if same or np.array_equal(",
        "test_a_leaver_does_not_follow_from_two_rounds",
    ),
    _exact(
        "half of the need is enough",
        "audit",
        "MARGIN = 1e-7 ",
        "MARGIN = 0.5 ",
        "test_audit.py::test_rounding_protects_as_far_as_it_goes",
    ),
    _exact(
        "the worst target of an atom is left out",
        "audit",
        "inside = inside[worst <= self.coalition]",
        "inside = inside[(worst <= self.coalition) & (worst > 0)]",
        "test_audit.py::test_quick_verdict_equals_trying_every_data_set",
    ),
    _exact(
        "a zero may be certain",
        "atoms",
        "np.where(total == 0, self.typical, np.abs(total))",
        "np.abs(total)",
        "test_audit.py::test_certain_zero_is_too_much",
    ),
    _exact(
        "all figures weigh the same",
        "selection",
        "self._solver.addCol(weights[name] / largest,",
        "self._solver.addCol(1.0,",
        "test_selection.py::test_the_lighter_of_two_goes",
    ),
    Mutant(
        "the attacker counts one too many below a coded end",
        STATS + "attack/counts.py",
        "return 0, math.ceil(percentage * n / 100 - slack) - 1",
        "return 0, math.ceil(percentage * n / 100 - slack)",
        (ATTACK + "test_attacks_figures.py::test_t8_counts_behind_percentages",),
    ),
    Mutant(
        "the attacker looks for prints at the wrong numbers",
        STATS + "attack/prints.py",
        "group.n and (group.n - 1) * percent % 100 == 0",
        "group.n and group.n * percent % 100 == 0",
        (ATTACK + "test_attacker.py::test_plain_quantile_prints_a_value_and_smoothed_is_not_taken_for_one",),
    ),
    Mutant(
        "the attacker forgets what it owns",
        STATS + "attack/sums.py",
        "rows[place] += weight * self._unit(i) * value / self.scale",
        "rows[place] += 0.0 * value",
        (ATTACK + "test_own_values.py::test_one_of_two_works_out_the_value_of_the_other",),
    ),
)

QUICK = (
    "the target is attacked by itself",
    "a window of three",
    "an interval of a share stops one short",
)
