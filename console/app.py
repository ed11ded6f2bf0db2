"""The entry script: Streamlit runs it for every browser tab and every full rerun.

It stands in console/ and not beside pages/: next to a folder of that name Streamlit would offer
every page to anyone until `st.navigation` has been called.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from console import context, shell, sign_in, theme  # noqa: E402

theme.set_page_up()

_found = context.begin_run()
if _found is None:
    sign_in.run()
else:
    shell.run(*_found)
