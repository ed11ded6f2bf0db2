"""Moving pictures of README."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from demo.pictures import Film


def screenshot(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1440, 900), colour).save(out, "PNG")
    return out.getvalue()


def test_a_film_shows_every_look_for_as_long_as_it_should(tmp_path: Path) -> None:
    film = Film()
    film.look(screenshot("white"), 1.5)
    film.look(screenshot("teal"), 4.0)
    film.save(tmp_path / "call.gif")
    with Image.open(tmp_path / "call.gif") as shown:
        assert (shown.n_frames, shown.size) == (2, (900, 562))
        assert shown.info["duration"] == 1_500
        shown.seek(1)
        assert shown.info["duration"] == 4_000
