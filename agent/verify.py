"""Claims in, verified quotes out: code decides what stands in the documents, not who read them."""

from collections.abc import Iterable, Sequence

from agent.evidence import Claim, Evidence, Excerpt
from agent.quote import find_quote, find_quote_between


def verify(claims: Iterable[Claim], excerpts: Sequence[Excerpt]) -> tuple[list[Evidence], int]:
    """Return the claims whose words stand in the documents, and how many do not.

    A quote is looked for where it is claimed to stand, then in the other excerpts, then anywhere
    in their documents. Of two quotes for the same, one within the other, the longer one is kept.
    """
    evidence: list[Evidence] = []
    dropped = 0
    for claim in claims:
        found = _find(claim, excerpts)
        if found is None:
            dropped += 1
        elif not any(_contains(known, found) for known in evidence):
            evidence = [known for known in evidence if not _contains(found, known)]
            evidence.append(found)
    return evidence, dropped


def _find(claim: Claim, excerpts: Sequence[Excerpt]) -> Evidence | None:
    """Return the evidence for one claim, None if its words stand nowhere."""
    claimed = claim.excerpt
    if claimed is not None and 0 <= claimed < len(excerpts):
        excerpt = excerpts[claimed]
        span = find_quote_between(claim.quote, excerpt.document, excerpt.passage.span)
        if span:
            return Evidence(excerpt.document, span, claim.score, claim.says)
    return _find_elsewhere(claim, excerpts)


def _find_elsewhere(claim: Claim, excerpts: Sequence[Excerpt]) -> Evidence | None:
    """Look in the documents; of several places one that was read is meant."""
    quote = claim.quote
    for document in {excerpt.document.id: excerpt.document for excerpt in excerpts}.values():
        first = find_quote(quote, document)
        if first:
            read = (e.passage.span for e in excerpts if e.document.id == document.id)
            spans = (find_quote_between(quote, document, span) for span in read)
            place = next(filter(None, spans), first)
            return Evidence(document, place, claim.score, claim.says)
    return None


def _contains(whole: Evidence, part: Evidence) -> bool:
    outer, inner = whole.span, part.span
    is_same = outer.document == inner.document and whole.says == part.says
    return is_same and outer.start <= inner.start and inner.end <= outer.end
