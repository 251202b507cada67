"""The page: what Streamlit runs again on every visit and every click. Chooses the view, no more."""

import streamlit as st

from agent import ReadError
from app import session, strings
from app.filling import forget_filler, shared_filler
from app.safe import to_markdown
from app.settings import load_settings
from app.views import document, home
from app.widgets.style import put_style
from app.wire import remote_host

wide = session.shows_page()
st.set_page_config(page_title=strings.TITLE, page_icon=None, layout="wide" if wide else "centered")
put_style()
settings = load_settings()
try:
    filler = shared_filler(settings)
    entries = filler.library.documents()
except ReadError as error:
    forget_filler(settings)
    st.error(to_markdown(str(error)))
    st.stop()

opened, unknown = session.open_documents(entries)
documents = tuple(entry.id for entry in opened)
if session.has_opened(documents):
    filler.want(documents)
submission = session.take_submission()
if opened or submission:
    document.draw(opened, unknown, submission, filler, settings)
else:
    home.draw(entries, unknown, remote_host(settings))
