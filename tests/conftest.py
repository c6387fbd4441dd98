import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("carrel", deadline=None)
settings.load_profile("carrel")


@pytest.fixture(scope="session")
def carrel_data() -> Path:
    """The folder of public datasets that is not part of the repository."""
    folder = os.environ.get("CARREL_DATA")
    if not folder:
        pytest.skip("CARREL_DATA does not name a folder with the public datasets")
    return Path(folder)
