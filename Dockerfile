# PaddlePaddle has no Linux wheels but for x86-64.
FROM --platform=linux/amd64 python:3.12-slim

# PaddlePaddle and FAISS (inside Milvus Lite) need the OpenMP runtime, which the slim image leaves out.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
# The dependencies change rarely and the code often: the large layer first.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY recsys ./recsys
COPY storage ./storage
RUN pip install --no-cache-dir --no-deps .

RUN useradd --create-home --uid 10001 reelmate \
    && install --directory --owner=reelmate --mode=0700 /data
USER reelmate
WORKDIR /home/reelmate
ENV REELMATE_HOME=/data
VOLUME /data

ENTRYPOINT ["reelmate"]
CMD ["--help"]
