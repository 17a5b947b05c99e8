# `just` lists what there is.
default:
    @just --list

# What CI runs
ci:
    .ci/run

# All tests, those with the vendors' SDKs included
test *ARGS:
    cargo test {{ARGS}}

# A server that keeps nothing
run *ARGS:
    cargo run -- --ephemeral {{ARGS}}

# Generated pages, written anew
docs:
    MYNAH_WRITE_DOCS=1 cargo test --test it coverage

# The load bench; its table goes to docs/performance.md
bench *ARGS:
    cargo bench --bench load -- {{ARGS}}

# Kills the server two hundred times under load
durability CYCLES="200":
    MYNAH_DURABILITY_CYCLES={{CYCLES}} cargo test --test it durability

# The image, tried by a client in a second container
compose:
    tests/compose/run.sh

# Licences, advisories and sources of the dependencies
deny:
    cargo deny check
