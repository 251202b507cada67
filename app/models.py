"""The table of models: what each takes, whether it is here, and whether this machine holds it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.settings import Settings
from model.catalog import QWEN2_INSTRUCT, CatalogModel, find
from model.choose import forms_to_try
from model.download import Presence, Progress, download, presence
from model.errors import WeightsError
from model.fit import GIB, USEFUL_CONTEXT_TOKENS, Fit, Machine, best_of, fit_size
from model.memory import this_machine
from model.needs import CACHES, WEIGHTS, cache_bytes_per_token, qwen2_tensors, weight_bytes

_KIB: Final = 2**10


@dataclass(frozen=True, slots=True)
class Row:
    """One size of the catalogue on this machine.

    Attributes:
        entry: the size.
        presence: whether it is in the hub cache.
        place: its folder there, or what is missing; empty if nothing is there.
        fits: what it needs in each form that would be tried, with the native window.
    """

    entry: CatalogModel
    presence: Presence
    place: str
    fits: tuple[Fit, ...]

    @property
    def best(self) -> Fit:
        """The first form that fits, or the one that leaves the longest context."""
        return best_of(self.fits)


def table(settings: Settings, machine: Machine | None = None) -> list[Row]:
    """Hold every size against this machine and the hub cache.

    Args:
        settings: what the environment says.
        machine: None measures this one.
    """
    measured = machine or this_machine()
    forms = forms_to_try()
    return [
        Row(
            entry,
            *presence(entry, hub_cache=settings.hub_cache),
            tuple(
                fit_size(entry, measured, weights=form, context_tokens=USEFUL_CONTEXT_TOKENS)
                for form in forms
            ),
        )
        for entry in QWEN2_INSTRUCT
    ]


def as_text(rows: list[Row]) -> str:
    """Return the table for people: numbers first, then a sentence for each size."""
    return "\n".join([*_numbers(rows), "", *(_sentence(row) for row in rows)])


def _numbers(rows: list[Row]) -> Iterator[str]:
    yield f"{'':<42}{'weights, GiB':^28}{'cache, KiB a token':^28}".rstrip()
    heads = "".join(f"{form:>7}" for form in (*_short(WEIGHTS), *_short(CACHES)))
    yield f"{'model':<15}{'parameters':>10}{'context tokens':>17}{heads}"
    for row in rows:
        entry = row.entry
        tensors = list(qwen2_tensors(entry.shape))
        context = f"{entry.native_context_tokens:,}"
        if entry.extended_context_tokens > entry.native_context_tokens:
            context += f"-{entry.extended_context_tokens:,}"
        weights = [f"{weight_bytes(tensors, form) / GIB:>7.1f}" for form in WEIGHTS]
        cache = [f"{cache_bytes_per_token(entry.shape, form) / _KIB:>7.1f}" for form in CACHES]
        yield (
            f"{entry.alias:<15}{entry.parameters / 1e9:>8.2f} B{context:>17}"
            f"{''.join(weights)}{''.join(cache)}"
        )


def _short(forms: tuple[str, ...]) -> list[str]:
    return [{"float32": "fp32", "bfloat16": "bf16"}.get(form, form) for form in forms]


def _sentence(row: Row) -> str:
    return f"{row.entry.alias:<15}{row.entry.licence}; {_here(row)}; {row.best.sentence}"


def _here(row: Row) -> str:
    command = f"`longread models get {row.entry.alias}`"
    size = f"{row.entry.download_bytes / GIB:.1f} GiB"
    return {
        "whole": "here",
        "half-downloaded": f"half downloaded, {command} goes on",
        "absent": f"not here, {command} fetches {size}",
    }[row.presence]


def short_lines(rows: list[Row]) -> Iterator[str]:
    """Say of each size, in a few words, whether it is here and whether it fits."""
    for row in rows:
        here = {"whole": "here", "half-downloaded": "half downloaded", "absent": "not here"}
        if row.best.fits:
            verdict = f"fits as {_short((row.best.weights,))[0]}"
        elif row.best.largest_context_tokens:
            form = _short((row.best.weights,))[0]
            verdict = f"fits as {form} up to {row.best.largest_context_tokens:,} tokens"
        else:
            verdict = (
                f"does not fit: {row.best.needed_bytes / GIB:.1f} GiB needed, "
                f"{row.best.available_bytes / GIB:.1f} usable"
            )
        yield f"{row.entry.alias}: {here[row.presence]}, {verdict}"


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """Return the shape of `longread models --json`; fields are only ever added."""
    return [_row_json(row) for row in rows]


def _row_json(row: Row) -> dict[str, Any]:
    tensors = list(qwen2_tensors(row.entry.shape))
    return {
        **asdict(row.entry),
        "download_bytes": row.entry.download_bytes,
        "weight_bytes": {form: weight_bytes(tensors, form) for form in WEIGHTS},
        "cache_bytes_per_token": {
            form: cache_bytes_per_token(row.entry.shape, form) for form in CACHES
        },
        "presence": row.presence,
        "place": row.place,
        "fits": row.best.fits,
        "why": row.best.sentence,
        "forms": [
            {**asdict(found), "needed_bytes": found.needed_bytes, "fits": found.fits}
            for found in row.fits
        ],
    }


def known(name: str) -> CatalogModel:
    """Find a size by its alias or hub name.

    Raises:
        WeightsError: there is none of that name; says which there are.
    """
    entry = find(name)
    if entry is None:
        aliases = ", ".join(entry.alias for entry in reversed(QWEN2_INSTRUCT))
        raise WeightsError(f"there is no model {name}: take one of {aliases}")
    return entry


def get(
    entry: CatalogModel,
    settings: Settings,
    *,
    agreed: Callable[[str], bool],
    progress: Progress,
    endpoint: str | None = None,
) -> str | None:
    """Download a size that is not here yet.

    Args:
        entry: the size.
        settings: what the environment says.
        agreed: is asked before the first byte, with the size and the licence; a download that was
            begun before goes on unasked.
        progress: told of bytes here and bytes in all.
        endpoint: the hub's address; None takes the usual one.

    Returns:
        One line on where it is; None if it was not agreed to.

    Raises:
        WeightsError: it could not be downloaded; says why and what to do.
    """
    state, place = presence(entry, hub_cache=settings.hub_cache)
    if state == "whole":
        return f"{entry.hub_name} is here already: {place}"
    terms = (
        f"{entry.hub_name}: {entry.download_bytes / GIB:.1f} GiB, licence {entry.licence} "
        f"(https://huggingface.co/{entry.hub_name}/blob/main/LICENSE), "
        f"into {settings.hub_cache}."
    )
    if state == "absent" and not agreed(terms):
        return None
    folder = download(entry, hub_cache=settings.hub_cache, endpoint=endpoint, progress=progress)
    return f"{entry.hub_name} is here, every weight file checked: {folder}"
