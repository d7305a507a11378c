"""A short questionnaire with its indicators, and the answers of twenty invented organisations, as files."""

from pathlib import Path

from benchmark.demo.organisations import ORGANISATIONS

QUESTIONNAIRE = """\
questionnaire: short
version: "2026"
title: {nl: Korte vragenlijst, en: Short questionnaire}
languages: [nl, en]
reference_period: year
dimensions:
  - code: size_band
    label: {nl: Omvang, en: Size}
    options:
      - {code: small, label: {nl: Klein, en: Small}}
      - {code: medium, label: {nl: Middelgroot, en: Medium}}
      - {code: large, label: {nl: Groot, en: Large}}
sections:
  - code: work
    title: {nl: Werk, en: Work}
    questions:
      - code: calls
        type: number
        required: true
        text: {nl: Hoeveel gesprekken zijn er beantwoord?, en: How many calls were answered?}
        unit: {nl: gesprekken, en: calls}
        decimals: 0
        hard: {min: 1}
      - code: talk
        type: number
        required: true
        text: {nl: Hoeveel uur werd er gesproken?, en: How many hours were spent talking?}
        unit: {nl: uur, en: hours}
        decimals: 1
        hard: {min: 0}
  - code: chain
    title: {nl: Keten, en: Chain}
    questions:
      - code: owner
        type: single_choice
        required: true
        text: {nl: Wie is verantwoordelijk voor de keten?, en: Who is responsible for the chain?}
        options:
          - {code: ours, label: {nl: Wij zelf, en: We are}}
          - {code: theirs, label: {nl: Een andere afdeling, en: Another department}}
      - code: satisfaction
        type: number
        text: {nl: Welk cijfer geven klanten?, en: What score do customers give?}
        unit: {nl: cijfer 1–10, en: score 1–10}
        decimals: 1
        hard: {min: 1, max: 10}
"""

INDICATORS = """\
indicators: short
version: "2026"
questionnaire: short
items:
  - code: aht
    theme: work
    name: {nl: Gemiddelde gesprekstijd, en: Average talk time}
    kind: ratio
    numerator: talk
    denominator: calls
    scale: 3600
    unit: s
    direction: lower
    definition: {nl: Gesproken seconden per beantwoord gesprek., en: Seconds spent talking per answered call.}
  - code: satisfaction
    theme: chain
    name: {nl: Klanttevredenheid, en: Customer satisfaction}
    kind: value
    question: satisfaction
    unit: score
    decimals: 1
    direction: higher
    headline: mean
    scale_type: bounded
    range: {min: 1, max: 10}
    definition: {nl: Het gemiddelde rapportcijfer., en: The average score.}
  - code: owner
    theme: chain
    name: {nl: Wie verantwoordelijk is voor de keten, en: Who is responsible for the chain}
    kind: share
    question: owner
    unit: "%"
    direction: neutral
    definition: {nl: De gekozen antwoorden., en: The answers chosen.}
"""


def write_files(folder: Path, without: str) -> tuple[Path, Path, Path]:
    """Questionnaire, indicators and answers of the first twenty organisations except `without`."""
    lines = ["organisation,calls,talk,owner,satisfaction"]
    for one in [one for one in ORGANISATIONS if one.code != without][:20]:
        calls = 40_000 + 5_000 * one.number
        hours = calls * (240 + 6 * one.number) / 3600
        owner = "ours" if one.number % 2 else "theirs"
        lines.append(f"{one.code},{calls},{hours:.1f},{owner},{6.8 + 0.07 * one.number:.1f}")
    texts = {
        "short-2026.yaml": QUESTIONNAIRE,
        "short-indicators.yaml": INDICATORS,
        "answers.csv": "\n".join(lines) + "\n",
    }
    paths = []
    for name, text in texts.items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8")
    return paths[0], paths[1], paths[2]
