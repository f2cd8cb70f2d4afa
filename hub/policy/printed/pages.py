"""The templates of printed documents: every value is escaped, and one that is missing is an error."""

from __future__ import annotations

from functools import cache

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hub.policy.plain import name_of


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hub.policy.printed"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["name_of"] = name_of
    return environment


def page(template: str, model: msgspec.Struct) -> str:
    """Return a page made of a template and its model, of which it may read the fields and nothing else."""
    return _environment().get_template(template).render(msgspec.structs.asdict(model))
