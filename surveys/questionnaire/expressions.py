"""The one expression language: routing (`ask_if`), checks across questions, and the numerators of indicators.

    expression : condition with `or`, `and`, `not`
    comparison : sum (== != < <= > >=) sum | sum in [list] | sum not in [list] | 'option' in multiple_choice_question
    sum        : + - * / and parentheses over numbers, 'texts', true, false and names; a name is `question`,
    `question.part`, or `question.row.column` of a matrix; sum(…), count(…), min(…), max(…) of what is there

What is missing (not answered, routed away, not available) stays missing: arithmetic and comparisons with a missing
value are missing, and so is a division by zero. `and`, `or`, `not` follow three-valued logic: `false and missing` is
false, `true or missing` is true, else missing. Who asks decides what missing means: a condition that is missing is not
met, a check that is missing is not violated.

Two numbers that differ less than one part in 10¹² are equal, so `0.1 + 0.2 <= 0.3` holds as it does on paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedInput, UnexpectedToken, VisitError
from numpy.typing import NDArray

from surveys.questionnaire.expression_nodes import (
    Arithmetic,
    Call,
    Comparison,
    ExpressionError,
    Literal,
    Logic,
    Membership,
    Name,
    Negation,
    Node,
    Not,
    Value,
    truth,
)

__all__ = ["Expression", "ExpressionError", "evaluate", "parse_expression"]

GRAMMAR = r"""
    ?start: disjunction
    ?disjunction: conjunction | disjunction "or" conjunction   -> either
    ?conjunction: negation | conjunction "and" negation        -> both
    ?negation: comparison | "not" negation                     -> inverse
    ?comparison: sum
        | sum COMPARE sum                                      -> compare
        | sum "in" members                                     -> member
        | sum "not" "in" members                               -> no_member
    ?members: "[" [literal ("," literal)* [","]] "]"           -> listed
        | NAME                                                 -> name
    ?sum: product | sum ADD product                            -> arithmetic
    ?product: unary | product MULTIPLY unary                   -> arithmetic
    ?unary: atom | "-" unary                                   -> minus
    ?atom: literal | NAME -> name | "(" disjunction ")"
        | FUNCTION "(" disjunction ("," disjunction)* ")"      -> call
    ?literal: NUMBER -> number | STRING -> string | "true" -> true | "false" -> false

    FUNCTION.2: /(sum|count|min|max)(?=[ \t\r\n]*\()/
    COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
    ADD: "+" | "-"
    MULTIPLY: "*" | "/"
    NAME: /[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*){0,2}/
    NUMBER: /[0-9]{1,15}(\.[0-9]{1,15})?/
    STRING: /'[^'\n]*'|"[^"\n]*"/
    %ignore /[ \t\r\n]+/
"""
MAX_LENGTH = 2_000
MAX_DEPTH = 100


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Turns the grammar's matches into nodes while the text is parsed."""

    def either(self, left: Node, right: Node) -> Node:
        return Logic("or", left, right)

    def both(self, left: Node, right: Node) -> Node:
        return Logic("and", left, right)

    def inverse(self, operand: Node) -> Node:
        return Not(operand)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return Comparison(str(operator), left, right)

    def member(self, item: Node, members: Node) -> Node:
        return Membership(item, members)

    def no_member(self, item: Node, members: Node) -> Node:
        return Not(Membership(item, members))

    def listed(self, *members: Node | None) -> Node:
        return Literal(tuple(member.value for member in members if isinstance(member, Literal)))

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return Arithmetic(str(operator), left, right)

    def call(self, function: Token, *arguments: Node) -> Node:
        return Call(str(function), arguments)

    def minus(self, operand: Node) -> Node:
        return Negation(operand)

    def name(self, token: Token) -> Node:
        return Name(str(token))

    def number(self, token: Token) -> Node:
        return Literal(float(token))

    def string(self, token: Token) -> Node:
        return Literal(str(token)[1:-1])

    def true(self) -> Node:
        return Literal(True)

    def false(self) -> Node:
        return Literal(False)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Builder())


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: `source` as written, `node` as a tree, `names` in order of first use."""

    source: str
    node: Node
    names: tuple[str, ...]

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        """The value for one organisation: float, text, truth value, or None when missing. An absent name is missing."""
        return self.node.evaluate(names)

    def holds(self, names: Mapping[str, Value]) -> bool | None:
        """Whether the condition is true; None when missing or when it is no condition."""
        return truth(self.node.evaluate(names))

    def evaluate_arrays(self, names: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """The value for many organisations at once, for + - * / only; NaN is missing, also after a division by zero.

        Raises `ExpressionError` when a name has no array or when the expression holds anything but arithmetic.
        """
        with np.errstate(all="ignore"):
            result = np.asarray(self.node.arrays(names), dtype=np.float64)
        if result.ndim == 0 and names:
            result = np.full(next(iter(names.values())).shape, float(result))
        return np.where(np.isfinite(result), result, np.nan)


def _explain(text: str, error: LarkError) -> str:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return f"the expression `{text}` stops too early"
    if isinstance(error, UnexpectedInput):
        place = error.column if isinstance(error.column, int) and error.column > 0 else 1
        rest = text[place - 1 : place + 11].strip()
        hint = " (write == to compare)" if rest.startswith("=") else ""
        return f"the expression `{text}` cannot be read at character {place}, near `{rest}`{hint}"
    return f"the expression `{text}` cannot be read"


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Reads an expression. Raises `ExpressionError` saying where it stops being one."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    try:
        node = _parser().parse(text)
    except VisitError as error:
        raise ExpressionError(f"the expression `{text}` cannot be read") from error
    except LarkError as error:
        raise ExpressionError(_explain(text, error)) from error
    if not isinstance(node, Node):
        raise ExpressionError(f"the expression `{text}` cannot be read")
    if node.depth > MAX_DEPTH:
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep: split it up")
    return Expression(text, node, tuple(dict.fromkeys(node.names())))


def evaluate(expression: str | Expression, names: Mapping[str, Value]) -> Value:
    """Value of an expression (text or parsed) for one organisation. Raises `ExpressionError` when the text is none."""
    parsed = parse_expression(expression) if isinstance(expression, str) else expression
    return parsed.evaluate(names)
