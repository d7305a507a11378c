"""The registry of question types. A new type is one class and one line here."""

from collections.abc import Mapping

from surveys.questionnaire.question_types.base import Edit, QuestionType, Typed
from surveys.questionnaire.question_types.choices import MultipleChoiceType, SingleChoiceType, YesNoType
from surveys.questionnaire.question_types.dates import DateType, PeriodType
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.questionnaire.question_types.numeric import (
    DurationType,
    MoneyType,
    NumberType,
    PercentageType,
    RatioType,
)
from surveys.questionnaire.question_types.percentage_set import PercentageSetType
from surveys.questionnaire.question_types.scales import LikertType, NpsType
from surveys.questionnaire.question_types.texts import LongTextType, TextType

QUESTION_TYPES: Mapping[str, QuestionType] = {
    kind.code: kind
    for kind in (
        NumberType(),
        PercentageType(),
        MoneyType(),
        DurationType(),
        RatioType(),
        PercentageSetType(),
        MatrixType(),
        LikertType(),
        NpsType(),
        DateType(),
        PeriodType(),
        SingleChoiceType(),
        MultipleChoiceType(),
        YesNoType(),
        TextType(),
        LongTextType(),
    )
}

__all__ = ["QUESTION_TYPES", "Edit", "QuestionType", "Typed"]
