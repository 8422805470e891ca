"""What a template of an operator may consist of: the rules for a whole text, and the stricter ones for a ticket.

They keep out what could make a text endless by mistake: recursion, multiplication, `range`. Jinja's sandbox, in which
such templates run, keeps them from everything but their values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

_VALUES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.CondExpr, nodes.Test, nodes.Filter),
    *(nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call, nodes.Keyword, nodes.Neg),
    *(nodes.Tuple, nodes.List, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
)
_TICKET_FILTERS = frozenset(
    ("capitalize", "default", "first", "join", "last", "length", "list", "lower", "sort", "title", "trim", "upper")
)
#: What is refused most often, by the word that stands in the template.
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Include: "include",
    nodes.Extends: "extends",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Mul: "*",
    nodes.Pow: "**",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What may stand in one kind of template; `noun` names that kind in sentences, `loops` may stand in each other."""

    noun: str
    allowed: tuple[type[nodes.Node], ...]
    filters: frozenset[str]
    loops: int


#: The ticket of a procedure: without assignments, macros and arithmetic it cannot grow on its own.
TICKET = Rules("a ticket", _VALUES, _TICKET_FILTERS, loops=2)  # by billing workflow, then by subset
#: Any template that takes the place of one of ours: all that ours use.
TEMPLATE = Rules(
    "a template",
    (
        *_VALUES,
        *(nodes.Dict, nodes.Pair, nodes.Add, nodes.Sub, nodes.Assign, nodes.Macro, nodes.Include, nodes.FilterBlock),
    ),
    _TICKET_FILTERS | {"mrkdwn", "replace"},
    loops=3,
)


def broken_rules(tree: nodes.Template, rules: Rules) -> Iterator[tuple[int, str]]:
    """What a template uses and must not: lines and sentences."""
    yield from _refused(tree, rules, 1, 0)
    names = {macro.name for macro in tree.find_all(nodes.Macro)}
    for macro in tree.find_all(nodes.Macro):
        for name in macro.find_all(nodes.Name):
            if name.name in names:
                yield name.lineno, f"a macro can't use a macro, such as “{name.name}”."


def _refused(node: nodes.Node, rules: Rules, line: int, loops: int) -> Iterator[tuple[int, str]]:
    """A node without a line of its own stands on that of the one around it."""
    line = node.lineno or line
    if not isinstance(node, rules.allowed):
        yield line, f"{rules.noun} can't use “{_WORDS.get(type(node), type(node).__name__.lower())}”."
        return
    loops += isinstance(node, nodes.For)
    if loops > rules.loops:
        yield line, f"at most {rules.loops} loops stand in each other."
        return
    if isinstance(node, nodes.For) and node.recursive:
        yield line, f"{rules.noun} can't use “recursive”."
    if isinstance(node, nodes.Filter) and node.name not in rules.filters:
        known = ", ".join(sorted(rules.filters))
        yield line, f"{rules.noun} can't use the filter “{node.name}”. There are {known}."
    if isinstance(node, nodes.Include) and not isinstance(node.template, nodes.Const):
        yield line, "name the template to include in quotes."
    for child in node.iter_child_nodes():
        yield from _refused(child, rules, line, loops)
