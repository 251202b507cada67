"""Numbers as a spreadsheet shows them: Excel's format codes, "#,##0.00 €" and "d.m.yyyy".

Source: ECMA-376, part 1, 18.8.30 and 18.8.31. Names of months and days are English; what the code
leaves to the country of the one who looks (built-in formats 14 and 22) is written as ISO 8601 does.
A number without a code has all its fifteen digits, as in the line where it is edited.
"""

import functools
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from agent.formats.number_dates import DATE_PARTS, show_date

GENERAL = "General"
_DAY = dict.fromkeys((14, *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd")
_TIME = {20: "h:mm", 21: "h:mm:ss", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss"}
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)",
    39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);(#,##0.00)",
    41: '#,##0_);(#,##0);"-"_);@', 42: '"$"#,##0_);("$"#,##0);"-"_);@',
    43: '#,##0.00_);(#,##0.00);"-"_);@', 44: '"$"#,##0.00_);("$"#,##0.00);"-"_);@',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
} | _DAY | _TIME  # fmt: skip

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?) | \\(?P<escaped>.) | _. | \*. | (?P<bracket>\[[^\]]*\])
    | (?P<general>general) | (?P<half>am/pm|a/p) | (?P<date>y+|m+|d+|h+|s+|e(?![+-])|g+(?=e))
    | (?P<exponent>e[+-]) | (?P<sub>(?<=s)\.0+|(?<=s\])\.0+) | (?P<digit>[0#?]) | (?P<sign>[.,%/])
    | (?P<at>@) | (?P<other>.)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_CURRENCY = re.compile(r"\[\$([^\]-]*)")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_COMPARE = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq,
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne,
}  # fmt: skip
_DIVIDING = re.compile(r"(?<=d),+(?=[^d,]*$)")
# Nobody shows more places, and numbers have no more than this in either direction.
_MAX_PLACES = 30
_LONGEST_CODE = 1_000

_Tokens = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: _Tokens
    condition: tuple[str, float] | None

    def has(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.tokens)

    def meets(self, value: float) -> bool:
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


def show_number(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return `value` as a cell with the format `code` shows it."""
    sections = _sections(code)
    section, negative = _choose(sections, value)
    if section.has(*DATE_PARTS):
        shown = show_date(value, section.tokens, since_1904=since_1904)
        return show_general(value) if shown is None else shown.strip()
    if not section.has("digit"):
        words = "".join(_literal(token, show_general(abs(value))) for token in section.tokens)
        return ("-" if negative and words.strip() else "") + words.strip()
    return ("-" if negative else "") + _show_digits(abs(value), section.tokens).strip()


def show_text(text: str, code: str) -> str:
    """Return `text` as a cell with the format `code` shows it: only a fourth section changes it."""
    sections = _sections(code) if code.count(";") >= 3 else ()  # noqa: PLR2004
    if len(sections) < 4 or not sections[3].has("at"):  # noqa: PLR2004
        return text
    return "".join(text if kind == "at" else _literal((kind, t)) for kind, t in sections[3].tokens)


def show_general(value: float) -> str:
    """Return `value` with up to fifteen digits."""
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004
        return str(int(value))
    return f"{value:.15g}".replace("e", "E")


@functools.lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Section, ...]:
    if len(code) > _LONGEST_CODE:
        code = GENERAL
    found: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "", match.group()
        if kind == "other" and text == ";":
            found.append([])
        elif kind:
            found[-1].append(_token(kind, text, match[kind]))
    return tuple(_Section(tuple(tokens), _condition(tokens)) for tokens in found)


def _token(kind: str, text: str, inner: str) -> tuple[str, str]:
    if kind == "quoted":
        return "literal", inner.strip('"')
    if kind in {"escaped", "other"}:
        return "literal", inner
    if kind == "bracket":
        currency = _CURRENCY.match(text)
        if currency:
            return "literal", currency[1]
        return ("elapsed", inner[1:-1].lower()) if _ELAPSED.fullmatch(text) else ("bracket", text)
    return kind, text.lower()


def _condition(tokens: Sequence[tuple[str, str]]) -> tuple[str, float] | None:
    for kind, text in tokens:
        found = _CONDITION.fullmatch(text) if kind == "bracket" else None
        if found:
            return found[1], float(found[2])
    return None


def _choose(sections: Sequence[_Section], value: float) -> tuple[_Section, bool]:
    """Return the section for `value`, and whether a minus is to be put before what it shows."""
    numbers = sections[:3]
    if any(section.condition for section in numbers):
        for section in numbers:
            if section.meets(value):
                return section, value < 0
        return numbers[-1], value < 0
    if len(numbers) == 1 or value > 0:
        return numbers[0], value < 0
    if value < 0:
        return numbers[1], False
    return numbers[2 if len(numbers) > 2 else 0], False  # noqa: PLR2004


def _literal(token: tuple[str, str], number: str = "") -> str:
    kind, text = token
    if kind == "literal":
        return text
    return number if kind in {"general", "at"} else ""


def _show_digits(value: float, tokens: _Tokens) -> str:
    kinds = [kind if kind != "sign" else text for kind, text in tokens]
    number = Decimal(f"{value:.15g}").scaleb(2 * kinds.count("%"))
    if "/" in kinds:
        return _show_fraction(number, tokens, kinds)
    if "exponent" in kinds:
        return _show_power(number, tokens, kinds.index("exponent"))
    number = number.scaleb(-3 * _thousands(kinds))
    point = kinds.index(".") if "." in kinds else len(kinds)
    places = min(kinds[point:].count("digit"), _MAX_PLACES)
    whole, _, part = _rounded(number, places).partition(".")
    return _show_whole(whole, tokens[:point]) + _show_part(part, tokens[point:])


def _rounded(number: Decimal, places: int) -> str:
    whole, _, part = f"{number:f}".partition(".")
    if len(part) > places:
        rounded = Decimal(f"{whole}.{part}") + Decimal(5).scaleb(-places - 1)
        whole, _, part = f"{rounded:f}".partition(".")
    return f"{whole}.{part[:places].ljust(places, '0')}"


def _thousands(kinds: Sequence[str]) -> int:
    """Count the commas right behind the last digit, or that before the point: each divides."""
    point = kinds.index(".") if "." in kinds else len(kinds)
    whole = "".join("d" if kind == "digit" else kind[0] for kind in kinds[:point])
    part = "".join("d" if kind == "digit" else kind[0] for kind in kinds[point:])
    return sum(map(len, _DIVIDING.findall(whole) + _DIVIDING.findall(part)))


def _show_whole(digits: str, tokens: _Tokens) -> str:
    """Fill digits into their places from the right; the first place takes all that are left."""
    digits = digits.lstrip("0")
    places = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
    grouped = any(
        token == ("sign", ",") for token in (tokens[places[0] : places[-1]] if places else ())
    )
    out: list[str] = [_literal(token) if token != ("sign", "%") else "%" for token in tokens]
    for left, at in enumerate(reversed(places)):
        first = at == places[0]
        after = max(0, len(digits) - left)
        own = digits[0 if first else max(0, after - 1) : after]
        if not own and tokens[at][1] == "0":
            own = "0"
        out[at] = _group(own, left) if grouped else own
    return "".join(out)


def _group(digits: str, left: int) -> str:
    """Put a comma behind each digit that has a multiple of three others to its right."""
    out = ""
    for right, digit in enumerate(reversed(digits), left):
        out = digit + ("," if right and right % 3 == 0 else "") + out
    return out


def _show_part(digits: str, tokens: _Tokens) -> str:
    kept = len(digits)
    places = [text for kind, text in tokens if kind == "digit"][: len(digits)]
    while kept and places[kept - 1] != "0" and digits[kept - 1] == "0":
        kept -= 1
    left = iter(digits[:kept])
    return "".join(
        next(left, "") if kind == "digit"
        else "." if (kind, text) == ("sign", ".") and kept
        else "%" if (kind, text) == ("sign", "%")
        else _literal((kind, text))
        for kind, text in tokens
    )  # fmt: skip


def _show_power(number: Decimal, tokens: _Tokens, at: int) -> str:
    mantissa, power = tokens[:at], tokens[at + 1 :]
    point = mantissa.index(("sign", ".")) if ("sign", ".") in mantissa else len(mantissa)
    step = max(1, sum(kind == "digit" for kind, _ in mantissa[:point]))
    places = sum(kind == "digit" for kind, _ in mantissa[point:])
    exponent = number.adjusted() // step * step if number else 0
    if Decimal(_rounded(number.scaleb(-exponent), places)) >= 10**step:
        exponent += step
    whole, _, part = _rounded(number.scaleb(-exponent), places).partition(".")
    sign = "-" if exponent < 0 else "+" if tokens[at][1] == "e+" else ""
    shown = _show_whole(whole, mantissa[:point]) + _show_part(part, mantissa[point:])
    return f"{shown}E{sign}{_show_whole(str(abs(exponent)), power)}"


def _show_fraction(number: Decimal, tokens: _Tokens, kinds: Sequence[str]) -> str:
    slash = kinds.index("/")
    below = "".join(text for _, text in tokens[slash + 1 :]).strip()
    has_whole = "literal" in kinds[:slash]
    if below.isdigit() and int(below):
        denominator = int(below)
        above = int((number * denominator).to_integral_value(ROUND_HALF_UP))
    else:
        digits = min(max(1, kinds[slash:].count("digit")), 5)
        close = Fraction(number).limit_denominator(10**digits - 1)
        above, denominator = close.numerator, close.denominator
    whole, above = divmod(above, denominator) if has_whole else (0, above)
    parts = [str(whole)] if whole or not above else []
    return " ".join([*parts, f"{above}/{denominator}"] if above else parts)
