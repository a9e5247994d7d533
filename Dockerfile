# syntax=docker/dockerfile:1
# The service in a container: two stages, no root, nothing written outside /data and /tmp.

FROM python:3.13.9-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/carbon-label
# The packages first: this layer stays as long as the lock does.
COPY requirements.lock /src/
RUN /opt/carbon-label/bin/pip install --require-hashes -r /src/requirements.lock
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY label_templates label_templates
COPY examples examples
COPY keys keys
# Our own package comes from this folder alone; what builds it does not go into the image.
RUN /opt/carbon-label/bin/pip install --no-deps --no-build-isolation --no-index . \
    && /opt/carbon-label/bin/pip uninstall --yes hatchling editables trove-classifiers \
    && /opt/carbon-label/bin/pip check

FROM python:3.13.9-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin carbon-label \
    && install --directory --owner=carbon-label --group=carbon-label --mode=0700 /data
COPY --from=build /opt/carbon-label /opt/carbon-label
ENV PATH=/opt/carbon-label/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CARBON_LABEL_HOME=/data \
    CARBON_LABEL_HOST=0.0.0.0 \
    CARBON_LABEL_PORT=8000
USER carbon-label
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['CARBON_LABEL_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["carbon-label"]
CMD ["serve"]
