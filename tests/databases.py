"""On which databases a test runs that asks for one."""

import pytest

# For what is said of words, files or times: both would run the same lines over the same rows.
# A test of what SQL does (conditions, order, locks, types) runs on both.
any_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
