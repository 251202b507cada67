"""Prompts are files: one `.md` each, plain `$field`s, filled strictly.

A prompt whose fields are not exactly those the code fills is refused when it is loaded, so that a
field can neither be left empty nor be forgotten.
"""

import functools
import hashlib
from importlib import resources
from string import Template

_FIELDS = {
    "extract": {"mark", "passages", "question"},
    "items": {"mark", "passages", "question"},
    "summarise": {"mark", "passages", "focus", "language"},
    "condense": {"mark", "notes", "focus", "sentences", "language"},
    "keywords": {"mark", "samples", "question"},
    "decide": {"mark", "situation", "question"},
    "answer": {"mark", "evidence", "question", "language"},
    "combine": {"mark", "parts", "question", "language"},
    "system": set[str](),
}


def fill(name: str, **fields: str) -> str:
    """Return the prompt `name` with its fields filled.

    Raises:
        ValueError: if `fields`, the file's fields and the declared fields are not the same.
    """
    if fields.keys() != _FIELDS[name]:
        raise ValueError(f"prompt {name} takes {sorted(_FIELDS[name])}, was given {sorted(fields)}")
    return _load(name).substitute(fields)


@functools.cache
def _load(name: str) -> Template:
    template = Template(resources.files(__name__).joinpath(f"{name}.md").read_text("utf-8").strip())
    if set(template.get_identifiers()) != _FIELDS[name]:
        raise ValueError(f"prompts/{name}.md must have exactly the fields {sorted(_FIELDS[name])}")
    return template


@functools.cache
def prompts_digest() -> str:
    """Return a digest of all prompts: what was read with others is read anew."""
    texts = (_load(name).template for name in sorted(_FIELDS))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
