"""The generated parts of both SDKs are those of the API as it is: `peaswap sdks generate` brings them up to date."""

from pathlib import Path

import pytest

from services.cli.sdks.generate import generated

FILES = generated()


@pytest.mark.parametrize("path", sorted(FILES), ids=[path.name for path in sorted(FILES)])
def test_a_generated_part_is_up_to_date(path: Path) -> None:
    assert path.read_text() == FILES[path], "run ./peaswap sdks generate"
