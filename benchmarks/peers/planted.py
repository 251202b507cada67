"""A text with findings planted in it, and a server's rule that overlooks none of them."""

import json
import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from benchmarks.ingest import prose
from model.tokens import count_tokens

COLOURS = ("red", "blue", "green", "white", "amber")
FINDINGS = [f"Gate {n} was painted {colour}." for n, colour in enumerate(COLOURS, start=11)]
FINDING = re.compile(r"Gate \d+ was painted \w+\.")
TROUBLE = "The clerk spilled ink on this page."
DEPTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
TROUBLE_DEPTH = 0.6
QUESTION = "Which gates were painted, and in which colours?"
OTHER_QUESTION = "In which colours was any gate painted?"


@dataclass
class Rule:
    """Answers as a reader who overlooks nothing; fails where the ink is, if it is to."""

    fails: bool = False

    def __call__(self, prompt: str) -> str | None:
        """Return the reply, by the words of either side's prompts."""
        found = list(dict.fromkeys(FINDING.findall(prompt)))
        if self.fails and TROUBLE in prompt:
            return None
        if "Copy out of the passages" in prompt:
            return "\n".join(f'[1] "{quote}"' for quote in found) or "NONE"
        if "Numbered quotes from documents" in prompt:
            return " ".join(f"{quote} [{n}]" for n, quote in enumerate(found, start=1))
        if "# Document:" in prompt:
            said = {"res": "ans", "content": " ".join(found)} if found else {"res": "none"}
            return json.dumps({"content": "<None>"} | said)
        if "keywords_en" in prompt:
            return '{"keywords_zh": [], "keywords_en": ["gate", "painted", "colours"]}'
        return " ".join(found) or "I do not know."


def plant(source: Path | None, most_tokens: int, folder: Path) -> tuple[Path, int]:
    """Write the text with the findings in it; return where, and how many tokens it has."""
    paragraphs = source.read_text("utf-8").split("\n\n") if source else prose()
    room = most_tokens

    def fits(paragraph: str) -> bool:
        nonlocal room
        room -= count_tokens([f"{paragraph}\n\n"])[0]
        return room >= 0

    kept = list(takewhile(fits, paragraphs))
    places = [*zip(DEPTHS, FINDINGS, strict=True), (TROUBLE_DEPTH, TROUBLE)]
    for depth, planted in sorted(places, reverse=True):
        kept.insert(int(depth * len(kept)), planted)
    path = folder / "document.txt"
    path.write_text("\n\n".join(kept), "utf-8")
    return path, most_tokens - room
