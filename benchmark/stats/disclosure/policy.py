"""The protection policy as versioned data: what must hold before a figure may be released."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

QUANTILE_MINIMA: Mapping[str, int] = MappingProxyType({"p10": 37, "p25": 15, "p50": 9, "p75": 15, "p90": 37})

# How far every value must stay uncertain and against how many who pool what they know: the foundation keeps these
# values to itself (ESSnet Handbook), although the proof does not depend on that. All other rules are printed.
CONFIDENTIAL = frozenset(
    {"p", "p_sensitive", "bounded_percentage_points", "bounded_scale_fraction"}
    | {"coalition", "coalition_from", "coalition_large"}
)


class PolicyError(ValueError):
    """The policy has an unknown or missing key, or a value that protects nobody."""


@dataclass(frozen=True)
class Policy:
    """Parameters of the release rules; `profile` and `version` name the set, a changed set is a new version.

    All numbers of participants count contributors: a holding with ten organisations is one.
    """

    profile: str = "standard"
    version: int = 1
    min_contributors: int = 5  # for anything
    min_contributors_signed: int = 10  # for indicators that can be negative
    p: float = 0.10  # how far every value must stay uncertain, relative
    p_sensitive: float = 0.20
    coalition: int = 1  # how many contributors may put their knowledge together
    coalition_from: int = 100  # from this many contributors on it is `coalition_large`
    coalition_large: int = 2
    change_tied: float = 0.05  # readers are taken to know the change since an earlier value that is no larger
    rounds_together: int = 3  # releases about the same people that are protected together, this one included
    largest_share: float = 0.50  # of a sum, by the largest contributor
    two_largest_share: float = 0.67
    bounded_percentage_points: float = 5.0  # the uncertainty of a percentage, absolute
    bounded_scale_fraction: float = 0.10  # the uncertainty of another bounded scale, as a part of the scale
    quantile_minima: Mapping[str, int] = field(default_factory=lambda: QUANTILE_MINIMA)
    quantile_outside: int = 2  # contributors strictly outside the window, on each side
    quantile_inside: int = 3  # contributors inside the window
    share_min_contributors: int = 10
    share_sensitive_count: int = 3  # each published count of a sensitive question and its complement: 0 or this many
    share_step: int = 3  # organisations per rounding step of a sensitive share
    share_bases: tuple[int, ...] = (1, 2, 5, 10)
    unanimous_share: float = 0.90
    digits: int = 3
    quantile_digits: int = 2  # significant digits of a quantile of fewer than `quantile_digits_below`
    quantile_digits_below: int = 30

    def __post_init__(self) -> None:
        if self.version < 1 or not self.profile:
            raise PolicyError("a policy needs a profile and a version from 1")
        if self.min_contributors < 3 or self.min_contributors_signed < self.min_contributors:
            raise PolicyError("fewer than 3 contributors protect nobody")
        fractions = (self.p, self.p_sensitive, self.largest_share, self.two_largest_share, self.unanimous_share)
        if not all(0 < fraction < 1 for fraction in fractions) or self.p_sensitive < self.p:
            raise PolicyError("p and the shares must lie between 0 and 1, and p_sensitive must not be less than p")
        if not 1 <= self.coalition < self.min_contributors - 1:
            raise PolicyError("coalition must be at least 1 and smaller than the group that it attacks")
        if not self.coalition <= self.coalition_large < self.coalition_from - 1:
            raise PolicyError("coalition_large must lie between coalition and coalition_from")
        if not 0 <= self.change_tied < 1 or self.rounds_together < 1:
            raise PolicyError("change_tied must lie between 0 and 1, and rounds_together be at least 1")
        if set(self.quantile_minima) != set(QUANTILE_MINIMA):
            raise PolicyError(f"quantile_minima needs exactly {', '.join(QUANTILE_MINIMA)}")
        if not 1 <= self.quantile_digits <= self.digits <= 4:
            raise PolicyError("figures have at most 4 significant digits")

    def minimum(self, scale_type: str) -> int:
        """Smallest number of contributors for anything about an indicator of this scale type."""
        return self.min_contributors_signed if scale_type == "signed" else self.min_contributors

    def relative_width(self, *, sensitive: bool) -> float:
        """The p of the p%-rule."""
        return self.p_sensitive if sensitive else self.p

    def coalition_at(self, contributors: int) -> int:
        """How many contributors may put their knowledge together where so many take part."""
        return self.coalition_large if contributors >= self.coalition_from else self.coalition

    def to_dict(self) -> dict[str, Any]:
        """Plain data for storage; `from_dict` reads it back."""
        data = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return {**data, "quantile_minima": dict(self.quantile_minima), "share_bases": list(self.share_bases)}

    def public_rules(self) -> dict[str, Any]:
        """`to_dict` without what stays with the foundation: what a release says of its rules to everybody."""
        return {name: value for name, value in self.to_dict().items() if name not in CONFIDENTIAL}

    @classmethod
    def from_public(cls, rules: Mapping[str, Any]) -> "Policy":
        """The policy that a release tells with `public_rules`, to print it: what it does not tell is as shipped.

        Never to protect with. A release that is older than a rule has the software's own value for it.
        """
        usual = cls().to_dict()
        told = {name: value for name, value in rules.items() if name in usual and name not in CONFIDENTIAL}
        return cls.from_dict({**usual, **told})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Policy":
        """Read what `to_dict` wrote; raises PolicyError on an unknown or missing key or an unsafe value."""
        names = {item.name for item in dataclasses.fields(cls)}
        if set(data) != names:
            raise PolicyError(f"unknown or missing keys: {', '.join(sorted(set(data) ^ names))}")
        minima = MappingProxyType({str(k): int(v) for k, v in data["quantile_minima"].items()})
        return cls(**{**data, "quantile_minima": minima, "share_bases": tuple(data["share_bases"])})


PROFILES: Mapping[str, Policy] = MappingProxyType(
    {
        "standard": Policy(),
        "official": Policy(profile="official", min_contributors=10),
        "antitrust": Policy(profile="antitrust", largest_share=0.25),
    }
)


def profile(name: str = "standard") -> Policy:
    """The policy that ships under this name; raises PolicyError."""
    try:
        return PROFILES[name]
    except KeyError:
        raise PolicyError(f"no profile {name!r}: choose from {', '.join(PROFILES)}") from None
