"""Dates and times as a spreadsheet shows them; the other half of `agent.formats.number_format`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

DATE_PARTS = ("date", "elapsed", "half")
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no time zones
_FIRST_DAY_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 - same
# Excel counts a 29 February 1900, as Lotus did: the days before it are one off.
_LOTUS_DAY = 60
_LAST_DAY = 2_958_466
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_Tokens = Sequence[tuple[str, str]]


def show_date(value: float, tokens: _Tokens, *, since_1904: bool = False) -> str | None:
    """Return the day and time that `value` counts up to, or None if there is no such day."""
    if not 0 <= value < _LAST_DAY:
        return None
    places = max((len(text) - 1 for kind, text in tokens if kind == "sub"), default=0)
    seconds = round(value * 86_400, min(places, 3))
    first = _FIRST_DAY_1904 if since_1904 else _FIRST_DAY
    if not since_1904 and value < _LOTUS_DAY:
        first += timedelta(days=1)
    moment = first + timedelta(milliseconds=round(seconds * 1_000))
    half_days = any(kind == "half" for kind, _ in tokens)
    return "".join(
        _show(kind, text, moment, seconds, half_days=half_days)
        for kind, text in _with_minutes(tokens)
    )


def _with_minutes(tokens: _Tokens) -> list[tuple[str, str]]:
    """Tell minutes from months: they stand behind hours or before seconds."""
    dates = [(at, text) for at, (kind, text) in enumerate(tokens) if kind in {"date", "elapsed"}]
    told = list(tokens)
    for index, (at, text) in enumerate(dates):
        before = dates[index - 1][1] if index else ""
        after = dates[index + 1][1] if index + 1 < len(dates) else ""
        if text[0] == "m" and len(text) <= 2 and ("h" in before or "s" in after):  # noqa: PLR2004
            told[at] = ("elapsed" if tokens[at][0] == "elapsed" else "minute", text)
    return told


def _show(kind: str, text: str, moment: datetime, seconds: float, *, half_days: bool) -> str:
    width = min(len(text), 2)
    if kind == "date":
        return _show_day(text, moment) or _show_clock(text, moment, width, half_days=half_days)
    if kind == "minute":
        return str(moment.minute).zfill(width)
    if kind == "elapsed":
        unit = {"h": 3_600, "m": 60, "s": 1}[text[0]]
        return str(int(seconds // unit)).zfill(len(text))
    if kind == "half":
        return ("AM" if moment.hour < 12 else "PM")[: 2 if "m" in text else 1]  # noqa: PLR2004
    if kind == "sub":
        return "." + f"{moment.microsecond:06}"[: len(text) - 1]
    return text if kind in {"literal", "sign"} else ""


def _show_day(text: str, moment: datetime) -> str:
    month, day = _MONTHS[moment.month - 1], _DAYS[moment.weekday()]
    names = {
        "mmm": month[:3], "mmmm": month, "mmmmm": month[0], "ddd": day[:3], "dddd": day,
        "m": str(moment.month), "mm": f"{moment.month:02}",
        "d": str(moment.day), "dd": f"{moment.day:02}",
        "y": f"{moment.year % 100:02}", "yy": f"{moment.year % 100:02}",
    }  # fmt: skip
    return names.get(text, str(moment.year) if text[0] in "ye" else "")


def _show_clock(text: str, moment: datetime, width: int, *, half_days: bool) -> str:
    if text[0] == "h":
        return str((moment.hour - 1) % 12 + 1 if half_days else moment.hour).zfill(width)
    return str(moment.second).zfill(width) if text[0] == "s" else ""
