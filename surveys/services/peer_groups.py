"""What staff decide about a round's peer groups: how fine they are, declared unions, whether chosen groups are offered.

All of it is settled before the answers are frozen for the first time, and stay as they are in every later edition: a
choice made with the values in sight would tell something about them. A union is plain data on the round:
`{"dimension": "sector", "categories": ["public", "semi"], "label": {"nl": "…", "en": "…"}}`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import User
from portal.roles import RUNNING_ROUNDS
from portal.services.audit import record
from surveys.models import Edition, Round
from surveys.services.rounds import lock_round

BEFORE_FREEZE = (Round.State.DRAFT, Round.State.OPEN, Round.State.CLOSED)
MOST_UNIONS = 12
CROSSINGS = (1, 2, 3)  # a peer group is one dimension, or crosses up to two or three
LABEL = 120


def peer_groups_are_open(current: Round) -> bool:
    """Whether unions and chosen groups can still be decided: no edition of the round was ever frozen."""
    return current.state in BEFORE_FREEZE and not Edition.objects.filter(round=current).exists()


@transaction.atomic
def declare_union(
    round_id: int, *, dimension: str, categories: Sequence[str], label_nl: str, label_en: str, by: User | None
) -> Round:
    """Make "A or B" a peer group of the round, crossed with the other dimensions like a category.

    Without labels it is called by its categories. Raises NotAllowed, NotPossibleNow after the freeze, InvalidInput.
    """
    current = _changeable(round_id, by)
    chosen = _categories(current, dimension, categories)
    if any(_is(union, dimension, chosen) for union in current.unions):
        raise InvalidInput(_("This union was declared already."))
    if len(current.unions) >= MOST_UNIONS:
        raise InvalidInput(_("A round has at most %(most)s unions.") % {"most": MOST_UNIONS})
    label = {
        "nl": _label(label_nl) or _by_categories(current, dimension, chosen, "nl"),
        "en": _label(label_en) or _by_categories(current, dimension, chosen, "en"),
    }
    union = {"dimension": dimension, "categories": chosen, "label": label}
    current.unions = [*current.unions, union]
    current.save(update_fields=["unions"])
    record("round.union_declared", subject=current, by=by, union=union)
    return current


@transaction.atomic
def withdraw_union(round_id: int, *, dimension: str, categories: Sequence[str], by: User | None) -> Round:
    """Take a declared union back; nothing happens when it is not there. Raises as `declare_union`."""
    current = _changeable(round_id, by)
    left = [union for union in current.unions if not _is(union, dimension, categories)]
    if len(left) < len(current.unions):
        current.unions = left
        current.save(update_fields=["unions"])
        record("round.union_withdrawn", subject=current, by=by, dimension=dimension, categories=list(categories))
    return current


@transaction.atomic
def offer_free_groups(round_id: int, *, offered: bool, by: User | None) -> Round:
    """Decide whether participants can put peer groups together from blocks. Raises as `declare_union`."""
    current = _changeable(round_id, by)
    if current.offers_free_groups != offered:
        current.offers_free_groups = offered
        current.save(update_fields=["offers_free_groups"])
        record("round.chosen_groups_decided", subject=current, by=by, offered=offered)
    return current


@transaction.atomic
def choose_crossings(round_id: int, *, crossings: int, by: User | None) -> Round:
    """Decide how many dimensions peer groups cross at most: 1, 2 or 3. Raises as `declare_union`."""
    current = _changeable(round_id, by)
    if crossings not in CROSSINGS:
        raise InvalidInput(_("Peer groups cross one, two or three dimensions."))
    if current.crossings != crossings:
        before, current.crossings = current.crossings, crossings
        current.save(update_fields=["crossings"])
        record("round.crossings_chosen", subject=current, by=by, before=before, after=crossings)
    return current


def declared_unions(current: Round) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The round's unions by dimension, as `benchmark.stats.peers.lattice` takes them."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for union in current.unions:
        found.setdefault(str(union["dimension"]), []).append(tuple(map(str, union["categories"])))
    return {dimension: tuple(unions) for dimension, unions in found.items()}


def _changeable(round_id: int, by: User | None) -> Round:
    if by is not None and by.foundation_role not in RUNNING_ROUNDS:
        raise NotAllowed(_("Your role does not allow this."))
    current = lock_round(round_id)
    if not peer_groups_are_open(current):
        raise NotPossibleNow(
            _(
                "The answers of this round were frozen, so its peer groups are settled: a choice made after the freeze"
                " could tell something about the answers. Declare it for the next round."
            )
        )
    return current


def _categories(current: Round, dimension: str, categories: Iterable[str]) -> list[str]:
    """The categories in the order of the questionnaire; raises InvalidInput when they make no union."""
    found = next((one for one in current.version.file.dimensions if one.code == dimension), None)
    if found is None or found.open:
        raise InvalidInput(_("Unions can be made of a dimension with a fixed list of categories."))
    known, wanted = [option.code for option in found.options], set(categories)
    if not wanted <= set(known):
        raise InvalidInput(_("One of these categories does not exist in this questionnaire."))
    if not 2 <= len(wanted) < len(known):
        raise InvalidInput(_("Choose two or more categories, but not all: all of them together is every participant."))
    return [code for code in known if code in wanted]


def _by_categories(current: Round, dimension: str, categories: Sequence[str], language: str) -> str:
    found = next(one for one in current.version.file.dimensions if one.code == dimension)
    labels = [option.label.text(language) for option in found.options if option.code in categories]
    return f"{', '.join(labels[:-1])} {'of' if language == 'nl' else 'or'} {labels[-1]}"


def _label(text: str) -> str:
    label = " ".join(text.split())
    if len(label) > LABEL:
        raise InvalidInput(_("A label has at most %(most)s characters.") % {"most": LABEL})
    return label


def _is(union: dict[str, Any], dimension: str, categories: Iterable[str]) -> bool:
    return union["dimension"] == dimension and set(union["categories"]) == set(categories)
