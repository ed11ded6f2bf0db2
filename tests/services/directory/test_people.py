import pytest

from services.directory.people import folded


@pytest.mark.parametrize(
    ("text", "plain"), [("ÉCOLE", "ecole"), ("Straße", "strasse"), ("Ørsted", "orsted"), ("李雷", "李雷")]
)
def test_folding(text, plain):
    assert folded(text) == plain
