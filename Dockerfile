# Built by its readers, not by its writers: no container engine was at hand where it was written.
FROM python:3.12-slim AS build

# pip reads this variable by itself. torch from the usual index brings CUDA, several gigabytes of
# it; give PyTorch's index for the CPU here, as PyTorch's site names it.
ARG PIP_EXTRA_INDEX_URL=""

WORKDIR /source
RUN python -m venv /opt/quoth
COPY requirements.hashes ./
RUN /opt/quoth/bin/pip install --no-cache-dir --no-deps torch==2.13.0 \
    && /opt/quoth/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.hashes
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY index index
RUN /opt/quoth/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim

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
# The first start builds the index, and that takes its time.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["quoth"]
CMD ["run"]
