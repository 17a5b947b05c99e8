ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /build

# The allocator builds with it.
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*

# An explicit --target keeps these flags away from build scripts and proc macros, which cannot be static.
ENV RUSTFLAGS="-C target-feature=+crt-static"

# The dependencies alone, so that this layer lives until Cargo.toml or Cargo.lock changes.
# Declared benches and tests need a file each, or cargo refuses the manifest.
COPY Cargo.toml Cargo.lock ./
RUN set -eu; \
    mkdir -p src benches tests; \
    echo 'fn main() {}' > src/main.rs; \
    echo '//! Stands in for the sources.' > src/lib.rs; \
    for kind in bench:benches test:tests; do \
        sed -n "/^\[\[${kind%:*}\]\]/,/^\$/s/^name *= *\"\(.*\)\"/\1/p" Cargo.toml \
            | while read -r name; do echo 'fn main() {}' > "${kind#*:}/$name.rs"; done; \
    done; \
    rustc -vV | sed -n 's/^host: //p' > /target-triple; \
    cargo build --release --locked --target "$(cat /target-triple)"

# `.dockerignore` names what comes in. `touch`, because cargo goes by time and the stubs are younger than the sources.
COPY . .
RUN set -eu; \
    touch src/main.rs src/lib.rs; \
    cargo build --release --locked --bin mynah --target "$(cat /target-triple)"; \
    install -D "target/$(cat /target-triple)/release/mynah" /out/mynah; \
    ldd /out/mynah 2>&1 | grep -q 'statically linked'; \
    install -d -o 65532 -g 65532 -m 0750 /out/root/data

FROM scratch
COPY --from=build /out/mynah /mynah
# Copied as the content of `/`, the empty folder keeps its mode and owner; a new named volume takes both over.
COPY --from=build --chown=65532:65532 /out/root/ /

ENV MYNAH_DATA=/data \
    MYNAH_LISTEN=0.0.0.0:8080
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --start-interval=1s CMD ["/mynah", "health"]
ENTRYPOINT ["/mynah"]

ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mynah" \
      org.opencontainers.image.description="A self-hosted stand-in for the Sendbird Chat Platform API and the Returning.AI API" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
