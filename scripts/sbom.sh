#!/bin/sh
# sbom.sh [FILE]: write the packages that an installation of this package brings, in the CycloneDX format, to
# FILE, by default dist/sbom.cdx.json.
# `npm sbom --omit dev` leaves out packages that development tools need too, so the list is made from a lock file without
# development tools.
set -eu
cd "$(dirname "$0")/.."
mkdir -p dist
out=$(realpath "${1:-dist/sbom.cdx.json}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tirtc-emulator"
cp package.json package-lock.json "$work/tirtc-emulator/"
cd "$work/tirtc-emulator"
npm pkg delete devDependencies scripts
npm install --package-lock-only --offline --ignore-scripts --no-audit --no-fund --silent
npm sbom --package-lock-only --sbom-format cyclonedx >"$out"
