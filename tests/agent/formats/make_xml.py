"""Books and articles in XML."""

from tests.agent.formats.make import HIDDEN, Sample

TEI = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- {HIDDEN} -->
<?xml-model href="some.rng"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0">
<teiHeader><fileDesc><titleStmt><title>The harbour</title></titleStmt></fileDesc>
<encodingDesc><p>{HIDDEN}</p></encodingDesc></teiHeader>
<text><body><div type="part"><head>Dredging</head>
<div><head>Of <hi>1907</hi></head><p>It was dredged<note>By hand.</note> in&nbsp;1907
and again.</p><pb n="2"/><lg><l>No ship came in</l><l>that year.</l></lg></div>
<div><head>Figures</head><table><head>Ships</head><row><cell>Year</cell><cell>Ships</cell></row>
<row><cell>1907</cell><cell>12 &lt; 13</cell></row></table>
<list><head>Kinds</head><item>brigs</item><item>barks</item></list></div></div>
<figure><head>The pier</head></figure></body></text></TEI>
"""
SAMPLE = Sample(
    "harbour.xml",
    TEI.encode(),
    "xml",
    ("part 1",),
    ((1, "Dredging"), (2, "Of 1907"), (2, "Figures")),
    (
        "The harbour\n\nDredging\n\n",
        "It was dredged [By hand.] in 1907 and again.",
        "No ship came in\n\nthat year.",
        "| Year | Ships |\n| --- | --- |\n| 1907 | 12 < 13 |",
        "  * brigs\n  * barks",
        "The pier",
    ),
)
