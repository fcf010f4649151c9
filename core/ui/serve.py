"""`python -m core.ui.serve run app.py`: Streamlit, told that `app.py` names the pages.

Streamlit otherwise takes the folder `pages` for its older kind of navigation until `app.py` has run once, so that the
first visitor of a page's own address would miss the front door.
"""

import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    sys.exit(main())
