"""The page: what Streamlit runs again on every visit and every click. Chooses the view, no more."""

import streamlit as st

from agent import ReadError
from app import session, strings
from app.safe import to_markdown
from app.settings import load_settings
from app.views import document, home
from app.widgets.style import put_style
from app.wire import open_library, remote_host
from model.errors import ModelError

st.set_page_config(page_title=strings.TITLE, page_icon=None, layout="centered")
put_style()
settings = load_settings()
try:
    library = open_library(settings, searching=True)
    entries = library.documents()
except (ReadError, ModelError) as error:
    st.error(to_markdown(str(error)))
    st.stop()

opened, unknown = session.open_documents(entries)
submission = session.take_submission()
if opened or submission:
    document.draw(opened, unknown, submission, library, settings)
else:
    home.draw(entries, unknown, remote_host(settings))
