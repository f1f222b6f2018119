#!/bin/bash
# Runs once, when the postgres service starts on an empty volume: the two databases and the four roles.
# The same as the embedded stack's (plugins/sangloc/stack/postgres.py); a test compares the outcome.
set -euo pipefail

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password SANGLOC_OWNER_PASSWORD
\getenv loader_password SANGLOC_LOADER_PASSWORD
\getenv report_password SANGLOC_REPORT_PASSWORD
\getenv metadata_password AIRFLOW_DB_PASSWORD

SET password_encryption = 'scram-sha-256';
CREATE ROLE sangloc_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE sangloc_loader LOGIN PASSWORD :'loader_password';
CREATE ROLE sangloc_report LOGIN PASSWORD :'report_password';
CREATE ROLE airflow LOGIN PASSWORD :'metadata_password';

CREATE DATABASE sangloc OWNER sangloc_owner;
CREATE DATABASE airflow OWNER airflow;

-- Otherwise every role may connect to, and make temporary tables in, every database.
REVOKE ALL ON DATABASE sangloc FROM PUBLIC;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE sangloc TO sangloc_loader, sangloc_report;
SQL
