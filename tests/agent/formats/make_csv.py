"""A table as text."""

from tests.agent.formats.make import Sample

HARBOUR_CSV = (
    '\ufeffYear;Ships;Master;Remark\r\n1907;1.204,5;"Lind; A.";"said ""no""\nand left"\r\n\r\n'
    + "".join(f"{year};{year - 700};a|b;\r\n" for year in range(1908, 1968))
).encode()
_AFTER = "| 60 | 1964 | 1264 | a\uff5cb |\n"
SAMPLE = Sample(
    "harbour.csv",
    HARBOUR_CSV,
    "csv",
    labels=("rows 1-61", "rows 62-63"),
    headings=(),
    must_include=(
        "| 1 | Year | Ships | Master | Remark |\n| --- | --- | --- | --- | --- |\n",
        '| 2 | 1907 | 1.204,5 | Lind; A. | said "no" and left |\n| 4 | 1908 |',
        "| 1 again | Year | Ships | Master | Remark |\n| --- |",
        _AFTER,
    ),
    must_not_include=("\r", "\ufeff", "| 3 |"),
)
