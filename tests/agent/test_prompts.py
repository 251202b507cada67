"""Prompts are filled strictly."""

import pytest

from agent import prompts


def test_every_prompt_file_is_declared_and_loads():
    files = {
        path.stem
        for path in prompts.resources.files(prompts).iterdir()
        if path.name.endswith(".md")
    }
    assert files == set(prompts._FIELDS)
    for name, fields in prompts._FIELDS.items():
        text = prompts.fill(name, **{field: f"<{field}>" for field in fields})
        assert all(f"<{field}>" in text for field in fields)
        assert "$" not in text


def test_a_missing_or_a_foreign_field_is_refused():
    with pytest.raises(ValueError, match="prompt answer takes"):
        prompts.fill("answer", mark="m", evidence="e")
    with pytest.raises(ValueError, match="prompt system takes"):
        prompts.fill("system", question="q")


def test_a_dollar_in_the_document_is_left_alone():
    assert "costs $5 $question" in prompts.fill(
        "extract", mark="m", passages="costs $5 $question", question="q"
    )
