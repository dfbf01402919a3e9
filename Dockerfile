# PaddlePaddle has no Linux wheels but for x86-64.
# hadolint ignore=DL3029
FROM --platform=linux/amd64 python:3.12-slim AS python
# PaddlePaddle and FAISS (inside Milvus Lite) need the OpenMP runtime, which the slim image leaves out.
# Its version is that of the distribution, which deletes older ones.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

# The dependencies change rarely and the code often: the large layer first.
FROM python AS dependencies
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
COPY deploy/image/install.sh deploy/image/
RUN deploy/image/install.sh dependencies /opt/reelmate

FROM dependencies AS project
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY recsys ./recsys
COPY storage ./storage
RUN deploy/image/install.sh project /opt/reelmate /opt/app

FROM python
COPY --from=dependencies /opt/reelmate /opt/reelmate
COPY --from=project /opt/app /opt/app
COPY deploy/image/healthcheck.py /opt/healthcheck.py
RUN useradd --no-create-home --home-dir /nonexistent --uid 10001 reelmate \
    && install --directory --owner=reelmate --mode=0700 /data
# A number, so that Kubernetes can see that this is not root.
USER 10001:10001
WORKDIR /data
# Nothing but /data and /tmp is written, so the root file system may be read-only.
ENV PATH=/opt/app/bin:/opt/reelmate/bin:$PATH \
    PYTHONPATH=/opt/app \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    REELMATE_HOME=/data \
    LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m CMD ["python", "/opt/healthcheck.py"]

ENTRYPOINT ["reelmate"]
CMD ["--help"]
