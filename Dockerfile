# One image for the three services and for the jobs that prepare them; what runs is the command,
# `python -m ingest_api` and the like. It writes nowhere but to the volumes it is given and to /tmp.

FROM python:3.11-slim-bookworm AS packages
# Faust has wheels for x86-64 alone; elsewhere it is compiled, in this stage.
RUN if [ "$(uname -m)" != x86_64 ]; then \
        apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev; \
    fi
RUN python -m venv --without-pip /opt/venv
COPY locks/runtime.txt /tmp/runtime.txt
# Compiled to bytecode here: the root of a running container is read-only.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --disable-pip-version-check --no-input --root-user-action=ignore \
        --compile --no-deps --require-hashes --requirement /tmp/runtime.txt

FROM python:3.11-slim-bookworm
# What is written goes to the volumes that are mounted here, which take this owner and mode on first use.
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ecg \
 && install -d -o ecg -m 0700 /var/lib/ecg /var/lib/ecg/keys /var/lib/ecg/audit /var/lib/ecg/secrets /var/lib/ecg/secrets_of \
        /var/lib/ecg/secrets_of/operator /var/lib/ecg/secrets_of/ingest_api /var/lib/ecg/secrets_of/stream_processor \
 && install -d -o ecg -m 0755 /var/lib/ecg/secrets_of/kafka /var/lib/ecg/secrets_of/proxy
COPY --from=packages /opt/venv /opt/venv
COPY . /app
RUN /opt/venv/bin/python -m compileall -q /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER ecg
