"""One file of every format, and of some formats more."""

from tests.agent.formats import (
    make_csv,
    make_eml,
    make_odt,
    make_pptx,
    make_rtf,
    make_xlsx,
    make_xml,
)
from tests.agent.formats.make import OLDER_SAMPLES

SAMPLES = (
    *OLDER_SAMPLES,
    make_csv.SAMPLE,
    make_eml.SAMPLE,
    make_odt.SAMPLE,
    make_pptx.SAMPLE,
    make_rtf.SAMPLE,
    make_xlsx.SAMPLE,
    make_xml.SAMPLE,
)
