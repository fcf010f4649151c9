import sys

import pytest

from tests.app_server import AppServer


@pytest.mark.skipif(sys.platform == "win32", reason="the browser is kept shut by a command of Unix")
def test_the_app_opens_on_a_fresh_machine_without_a_question(tmp_path):
    server = AppServer(tmp_path / "home", tmp_path / "log.txt")
    try:
        server.start(headless=False, HOME=str(tmp_path), BROWSER="true", patience=30)
    finally:
        server.stop()
    log = server.log.read_text()
    assert "Email" not in log
    assert "agents" not in log, "Streamlit advertises; where it does so in the terminal, it does so over the page too"
    assert f":{server.port}" in log, "where the app is found is told"
