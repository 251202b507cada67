"""Numbers in cells, against what Excel shows (ECMA-376, 18.8.31, and its documentation)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats.number_format import BUILT_IN, show_general, show_number, show_text

SHOWN = [
    (1234.5678, "General", "1234.5678"),
    (1 / 3, "General", "0.333333333333333"),
    (0.1 + 0.2, "General", "0.3"),
    (-5, "General", "-5"),
    (1e15, "General", "1E+15"),
    (123456789012, "General", "123456789012"),
    (1204, "#,##0", "1,204"),
    (1234567.891, "#,##0.00", "1,234,567.89"),
    (0, "#,##0", "0"),
    (0.4, "#", ""),
    (12, "0000", "0012"),
    (1234, "00,000", "01,234"),
    (1.005, "0.00", "1.01"),
    (-1.005, "0.00", "-1.01"),
    (0.5, "#.##", ".5"),
    (2, "0.##", "2"),
    (0.126, "0%", "13%"),
    (0.126, "0.0 %", "12.6 %"),
    (-0.5, "0%;(0%)", "(50%)"),
    (-1234.5, '"$"#,##0.00_);[Red]("$"#,##0.00)', "($1,234.50)"),
    (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
    (1234.5, "[$£-809]#,##0", "£1,235"),
    (12_345_678, "#,##0,", "12,346"),
    (12_345_678, '0.0,,"M"', "12.3M"),
    (0, '0;-0;"none"', "none"),
    (5, '"exactly "0" m"', "exactly 5 m"),
    (5, "0\\ kg", "5 kg"),
    (123456789, "000-00-0000", "123-45-6789"),
    (15551234567, "0 (000) 000-0000", "1 (555) 123-4567"),
    (12345.678, "0.00E+00", "1.23E+04"),
    (0.00012, "0.0E+0", "1.2E-4"),
    (99.96, "0.0E+0", "1.0E+2"),
    (123456, "##0.0E+0", "123.5E+3"),
    (0, "0.00E+00", "0.00E+00"),
    (1.5, "# ?/?", "1 1/2"),
    (0.3333333, "# ?/?", "1/3"),
    (2, "# ??/??", "2"),
    (1.25, "# ?/8", "1 2/8"),
    (1.25, "?/?", "5/4"),
    (50, "[<100]0.0;0", "50.0"),
    (500, "[<100]0.0;0", "500"),
    (-3, "[<100]0.0;0", "-3.0"),
    (7, ";;;", ""),
    (7, "@", "7"),
    (45_355, "d.m.yyyy", "4.3.2024"),
    (45_355, "yyyy-mm-dd", "2024-03-04"),
    (45_355, "dddd, mmmm d, yyyy", "Monday, March 4, 2024"),
    (45_355, "[$-409]d-mmm-yy;@", "4-Mar-24"),
    (45_355, 'yyyy"年"m"月"d"日"', "2024年3月4日"),
    (1, "yyyy-mm-dd", "1900-01-01"),
    (61, "yyyy-mm-dd", "1900-03-01"),
    (45_355.75, "m/d/yy h:mm", "3/4/24 18:00"),
    (45_355.75, "h:mm AM/PM", "6:00 PM"),
    (0.0, "h AM/PM", "12 AM"),
    (0.5 + 0.000_005, "h:mm:ss", "12:00:00"),
    (45_355 + 0.999_999_9, "yyyy-mm-dd hh:mm:ss", "2024-03-05 00:00:00"),
    (1.5, "[h]:mm:ss", "36:00:00"),
    (1.5, "[mm]:ss", "2160:00"),
    (0.000_012_5, "mm:ss.00", "00:01.08"),
    (-1, "yyyy-mm-dd", "-1"),
    (1e10, "yyyy-mm-dd", "10000000000"),
]


@pytest.mark.parametrize(("value", "code", "shown"), SHOWN)
def test_a_number_is_shown_as_its_format_says(value, code, shown):
    assert show_number(value, code) == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    assert show_number(45_355 - 1_462, "yyyy-mm-dd", since_1904=True) == "2024-03-04"


def test_a_date_of_the_system_is_shown_as_iso_8601():
    assert show_number(45_355, BUILT_IN[14]) == "2024-03-04"
    assert show_number(45_355.5, BUILT_IN[22]) == "2024-03-04 12:00"


def test_text_is_changed_by_a_fourth_section_only():
    assert show_text("Grain", '0;0;0;"cargo: "@') == "cargo: Grain"
    assert show_text("Grain", "0;0") == show_text("Grain", "General") == "Grain"


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    code=st.sampled_from(sorted(BUILT_IN.values())) | st.text('0#?.,%/E+-[]"\\ymdhs@;_*A'),
)
def test_no_code_is_too_odd(value, code):
    assert isinstance(show_number(value, code), str)
    assert isinstance(show_text("x", code), str)


@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_a_number_is_shown_as_python_shows_it(value, places):
    number = value / 10**places
    code = "#,##0" + ("." + "0" * places if places else "")
    assert show_number(number, code) == f"{value / 10**places:,.{places}f}"
    assert float(show_general(number)) == pytest.approx(number)
