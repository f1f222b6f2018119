# The image of every Airflow service in docker-compose.yaml: Airflow's own, our locked packages, the project.
# Slim: without the many providers of the full image, whose versions would not fit our lock.
FROM apache/airflow:slim-3.3.2-python3.11

ENV SANGLOC_ROOT=/opt/sangloc \
    SANGLOC_HOME=/var/lib/sangloc \
    PYTHONPATH=/opt/sangloc/plugins \
    PYTHONUNBUFFERED=1

USER root
# A new named volume takes owner and mode from the folder it is mounted on.
RUN install -d -o airflow -g 0 -m 0770 /opt/sangloc /var/lib/sangloc /var/lib/sangloc/landing /var/lib/sangloc/reports \
        /var/lib/sangloc/mails
USER airflow
WORKDIR /opt/sangloc

# Packages before the project, so that a change of the project does not install them anew.
COPY --chown=airflow:0 requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY --chown=airflow:0 pyproject.toml README.md ./
COPY --chown=airflow:0 docker docker
COPY --chown=airflow:0 include include
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 dags dags
RUN pip install --no-cache-dir --no-deps --editable .

# There is no Git folder in the image, and the ledger records which code ran.
ARG SANGLOC_CODE_VERSION
ENV SANGLOC_CODE_VERSION=${SANGLOC_CODE_VERSION}
