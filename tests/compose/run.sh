#!/bin/sh
# Builds the image, lets the client reply to it, and leaves nothing running behind. Needs Docker 25 and Compose 2.20 or later.
set -eu
cd "$(dirname "$0")/../.."
compose() { docker compose --project-name mynah-compose-test -f docker-compose.yml -f tests/compose/docker-compose.yml "$@"; }
trap 'compose down --volumes --timeout 5' EXIT
compose up --build --exit-code-from client
