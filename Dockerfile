# Linted with hadolint but not built: no container engine was available where it was written.
FROM python:3.13-slim AS build

# SLIM=1 (the default) leaves out PyTorch and sentence-transformers, which only other models than the
# packaged one need. Build with --build-arg SLIM= to include them, PyTorch from its CPU index.
ARG SLIM=1
# CLUSTER=1 adds the clients of Milvus and PostgreSQL (docs/cluster.md).
ARG CLUSTER=
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /source
RUN python -m venv /opt/quoth
COPY requirements.hashes requirements.lock ./
RUN /opt/quoth/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.hashes
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY index index
RUN /opt/quoth/bin/pip install --no-cache-dir --no-deps . \
    && if [ -z "$SLIM" ]; then \
         /opt/quoth/bin/pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" \
           -c requirements.lock torch==2.13.0+cpu sentence-transformers; \
       fi \
    && if [ -n "$CLUSTER" ]; then \
         /opt/quoth/bin/pip install --no-cache-dir -c requirements.lock '.[cluster]'; \
       fi

FROM python:3.13-slim

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin quoth \
    && install -d -o quoth -g quoth /data /seeds
COPY --from=build /opt/quoth /opt/quoth

ENV PATH=/opt/quoth/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    QUOTH_SEEDS=/seeds \
    QUOTH_INDEX=/data/index \
    QUOTH_STORE=/data/quoth.sqlite3 \
    QUOTH_LOG_STYLE=json \
    QUOTH_HEALTH_PORT=8080

USER 10001
WORKDIR /data
VOLUME ["/data", "/seeds"]
STOPSIGNAL SIGTERM
# The first start builds the index, which takes a while.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["quoth"]
CMD ["run"]
