"""What makes one organisation differ from another and one year from the next: a few hidden traits with a memory.

Answers that hang together come from common causes: a well-run centre solves more in one go, is liked better and loses
fewer people. Each figure is a trait-driven middle times a log-normal deviation that mostly returns the next year.
"""

import math
import random
from dataclasses import dataclass

from benchmark.demo.organisations import DemoOrganisation

SEED = "klantcontact"
FIRST_YEAR = 2024
MEMORY = 0.92  # how much of a deviation is still there a year later

FTE = {"small": (12.0, 0.30, 5.0, 24.0), "medium": (48.0, 0.30, 26.0, 97.0), "large": (165.0, 0.35, 104.0, 420.0)}


@dataclass(frozen=True)
class Traits:
    """Standard normal traits of one organisation in one year; `organisation` and `year` name its dice."""

    organisation: DemoOrganisation
    year: int
    quality: float  # how well it helps customers
    pressure: float  # too much work for too few people
    digital: float  # how far it is with self-service and technology

    @property
    def age(self) -> int:
        """Years since the first round."""
        return self.year - FIRST_YEAR

    def dice(self, purpose: str, *, yearly: bool = True) -> random.Random:
        """Random numbers for one purpose, the same at every run; without `yearly` the same in every year."""
        return random.Random(f"{SEED}/{self.organisation.code}/{purpose}/{self.year if yearly else 0}")  # noqa: S311

    def deviation(self, purpose: str) -> float:
        """A standard normal number that changes a little from year to year."""
        value = random.Random(f"{SEED}/{self.organisation.code}/{purpose}/0").gauss(0, 1)  # noqa: S311
        for year in range(FIRST_YEAR + 1, self.year + 1):
            new = random.Random(f"{SEED}/{self.organisation.code}/{purpose}/{year}").gauss(0, 1)  # noqa: S311
            value = MEMORY * value + math.sqrt(1 - MEMORY**2) * new
        return value

    def lognormal(self, purpose: str, median: float, spread: float, push: float = 0.0) -> float:
        """A positive figure around `median`; `spread` is the deviation of its logarithm, `push` shifts that."""
        return median * math.exp(spread * self.deviation(purpose) + push)

    def fraction(self, purpose: str, middle: float, spread: float, push: float = 0.0) -> float:
        """A fraction between 0 and 1 around `middle`, on the logistic scale."""
        logit = math.log(middle / (1 - middle)) + spread * self.deviation(purpose) + push
        return 1 / (1 + math.exp(-logit))


def traits_of(organisation: DemoOrganisation, year: int) -> Traits:
    """The traits of an organisation in a year."""
    blank = Traits(organisation, year, 0, 0, 0)
    quality = blank.deviation("quality") + (0.3 if organisation.sector in ("financial", "business_services") else 0)
    pressure = 0.7 * blank.deviation("pressure") - 0.3 * quality
    digital = 0.8 * blank.deviation("digital") + 0.3 * quality + 0.15 * blank.age
    return Traits(organisation, year, quality, pressure, digital)


def fte(traits: Traits) -> float:
    """Full-time equivalents of the whole contact centre, inside its size band."""
    median, spread, least, most = FTE[traits.organisation.dimensions["size_band"]]
    grown = median * math.exp(spread * traits.dice("fte", yearly=False).gauss(0, 1) + 0.03 * traits.deviation("growth"))
    return round(min(most, max(least, grown)), 1)
