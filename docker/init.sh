#!/bin/bash
# Runs before the other Airflow services at every start: both schemas at their newest version, the provinces of the
# profiles, the project's roles in Airflow, and the first administrator. What is right already is left alone.
set -euo pipefail

python - <<'PYTHON'
import os
import sys

from sangloc import provinces
from sangloc.errors import SanglocError
from sangloc.warehouse import migrate, transaction

try:
    print("warehouse schema:", migrate(os.environ["SANGLOC_OWNER_URL"]))
    for slug in provinces.slugs():
        with transaction() as connection:
            print("province:", slug, provinces.register(connection, slug))
except SanglocError as error:
    sys.exit(f"sangloc: {error}")
PYTHON

# Without users: a person's password is that person's, and must not be set anew at every start.
echo '[]' | python -m sangloc.stack.metadata
airflow users create --role Admin --username engineer --firstname 'Kỹ sư' --lastname 'dữ liệu' \
    --email engineer@sangloc.invalid --password "${SANGLOC_ENGINEER_PASSWORD}"
