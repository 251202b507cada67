"""One file of every format, and of some formats more."""

from tests.agent.formats import make_csv, make_odt, make_pptx, make_xlsx
from tests.agent.formats.make import OLDER_SAMPLES

SAMPLES = (*OLDER_SAMPLES, make_xlsx.SAMPLE, make_csv.SAMPLE, make_pptx.SAMPLE, make_odt.SAMPLE)
