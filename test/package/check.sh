#!/usr/bin/env bash
# The package as a stranger gets it: packed, installed into an empty folder, imported, required, type-checked and run.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

say() { printf '%s\n' "package: $1"; }

npm run -s build:ts >/dev/null
node cmake/build.mjs addon
prebuild=prebuilds/$(node -p 'process.platform + "-" + process.arch')
mkdir -p "$prebuild"
cp build/addon/Release/tirtc.node "$prebuild/tirtc.glibc.node"

npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(ls "$work"/*.tgz)
say "packed $(du -k "$tarball" | cut -f1) KB"
npx --no publint run --strict "$tarball"
# cjs-resolves-to-esm and the like would be found here, for node16 and bundlers alike.
npx --no attw "$tarball" --profile node16 --format table-flipped

mkdir "$work/project"
cp test/package/*.mjs test/package/*.cjs test/package/*.ts "$work/project/"
cd "$work/project"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts "$tarball"
node whole_path.mjs
node whole_path.cjs
say 'import and require work'
for mode in node16 bundler; do
    module=$([ "$mode" = node16 ] && echo node16 || echo esnext)
    "$root/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck false --target es2022 --lib es2023,esnext.disposable,dom \
        --types node --typeRoots "$root/node_modules/@types" --module "$module" --moduleResolution "$mode" types.ts
done
say 'types work in node16 and bundler resolution'
[ "$(npx --no tirtc -- --version)" = "$(node -p "require('$root/package.json').version")" ]
npx --no tirtc -- token --help >/dev/null
say 'the tirtc program works'
