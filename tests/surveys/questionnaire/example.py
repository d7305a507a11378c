"""A small questionnaire that has one question of each type, routing in two steps, and checks."""

from surveys.questionnaire import QuestionnaireFile, load_questionnaire

EXAMPLE = """\
questionnaire: example
version: "2026"
title: {nl: Voorbeeld, en: Example}
languages: [nl, en]
reference_period: year
dimensions:
  - code: sector
    label: {nl: Sector, en: Sector}
    options:
      - {code: public, label: {nl: Publiek, en: Public}}
      - {code: care, label: {nl: Zorg, en: Care}}
  - {code: region, label: {nl: Regio, en: Region}, open: true}
import:
  organisation: ods_code
  dimensions: {region: region_code}
  unattributed: [Unassigned]
sections:
  - code: chain
    title: {nl: Keten, en: Chain}
    questions:
      - code: outsources
        type: yes_no
        text: {nl: Besteedt u uit?, en: Do you outsource?}
        required: true
      - code: reason
        type: single_choice
        text: {nl: Waarom?, en: Why?}
        required: true
        ask_if: "outsources == 'yes'"
        options: &reasons
          - {code: time, label: {nl: Tijd, en: Time}}
          - {code: cost, label: {nl: Kosten, en: Cost}}
      - code: saving
        type: money
        text: {nl: Hoeveel scheelt het?, en: How much does it save?}
        ask_if: "reason == 'cost'"
      - code: tools
        type: multiple_choice
        text: {nl: Welke hulpmiddelen?, en: Which tools?}
        options:
          - {code: crm, label: {nl: CRM, en: CRM}}
          - {code: wfm, label: {nl: WFM, en: WFM}}
          - {code: none, label: {nl: Geen, en: None}, exclusive: true}
  - code: operations
    title: {nl: Operatie, en: Operations}
    questions:
      - code: inbound
        type: number
        text: {nl: Aangeboden, en: Offered}
        required: true
        decimals: 0
        hard: {min: 0}
        soft: {min: 10, max: 1000000}
        soft_change: 0.5
      - code: answered
        type: number
        text: {nl: Beantwoord, en: Answered}
        decimals: 0
      - code: talk
        type: duration
        text: {nl: Gesprekstijd, en: Talk time}
      - code: absenteeism
        type: percentage
        text: {nl: Verzuim, en: Absenteeism}
        decimals: 1
        soft: {max: 20}
      - code: channel_mix
        type: percentage_set
        text: {nl: Kanalen, en: Channels}
        total: 100
        parts:
          - {code: phone, label: {nl: Telefoon, en: Phone}}
          - {code: chat, label: {nl: Chat, en: Chat}}
          - {code: mail, label: {nl: E-mail, en: E-mail}}
      - {code: remark, type: text, text: {nl: Opmerking, en: Remark}, ask_if: "tools.crm and channel_mix.chat > 10"}
      - {code: story, type: long_text, text: {nl: Verhaal, en: Story}}
  - code: more
    title: {nl: Meer, en: More}
    questions:
      - {code: span, type: ratio, text: {nl: Span, en: Span}, decimals: 1}
      - code: per_channel
        type: matrix
        text: {nl: Per kanaal, en: Per channel}
        rows:
          - {code: phone, label: {nl: Telefoon, en: Phone}}
          - {code: chat, label: {nl: Chat, en: Chat}}
        columns:
          - {code: volume, label: {nl: Aantal, en: Volume}, decimals: 0, hard: {min: 0}}
          - {code: aht, label: {nl: AHT, en: AHT}, type: duration, soft: {max: 3600}}
          - {code: csat, label: {nl: Oordeel, en: Rating}, decimals: 1, hard: {min: 1, max: 10}}
      - code: effort
        type: likert
        text: {nl: Moeite, en: Effort}
        scale:
          min: 1
          max: 5
          direction: low_is_good
          low: {nl: zeer weinig moeite, en: very little effort}
          high: {nl: zeer veel moeite, en: very much effort}
      - {code: recommend, type: nps, text: {nl: Aanbevelen, en: Recommend}}
      - {code: since, type: date, text: {nl: Sinds, en: Since}, earliest: "1950-01-01", latest: "2026-12-31"}
      - {code: month, type: period, precision: month, text: {nl: Maand, en: Month}}
      - {code: quarter, type: period, precision: quarter, text: {nl: Kwartaal, en: Quarter}, earliest: 2020-Q1}
      - code: brand
        type: single_choice
        text: {nl: Merk, en: Brand}
        options:
          - {code: a, label: {nl: A, en: A}}
          - {code: other, label: {nl: "Anders, namelijk", en: "Other, namely"}, namely: true}
      - code: brands
        type: multiple_choice
        text: {nl: Merken, en: Brands}
        not_applicable: true
        options:
          - {code: a, label: {nl: A, en: A}}
          - {code: b, label: {nl: B, en: B}}
          - {code: other, label: {nl: "Anders, namelijk", en: "Other, namely"}, namely: true}
      - code: certified
        type: yes_no
        text: {nl: Keurmerk?, en: Certified?}
        detail: {label: {nl: Welk?, en: Which?}, when: "yes", required: true}
checks:
  - code: answered_within_inbound
    kind: hard
    expression: "answered <= inbound"
    message: {nl: Beantwoord is meer dan aangeboden., en: Answered is more than offered.}
    questions: [answered, inbound]
  - code: half_answered
    kind: soft
    expression: "answered / inbound >= 0.5"
    message: {nl: Minder dan de helft is beantwoord., en: Less than half is answered.}
"""


def example() -> QuestionnaireFile:
    """The example, loaded."""
    return load_questionnaire(EXAMPLE, source="example.yaml")
