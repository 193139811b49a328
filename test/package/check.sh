#!/usr/bin/env bash
# Tests the package as users get it: packed with its prebuilt addons, installed into an empty folder, imported, required,
# type-checked, bundled, and run by each supported version of Node, on this processor and on an emulated arm64.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

say() { printf '%s\n' "package: $1"; }
die() { say "$1" >&2; exit 1; }

emulator=qemu-aarch64-static
command -v "$emulator" >/dev/null || die "$emulator is missing: on Debian, apt-get install qemu-user-static"

npm run -s build:ts >/dev/null
rm -rf prebuilds
npm run -s prebuilds

npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(ls "$work"/*.tgz)
for paper in dist/sbom.cdx.json THIRD_PARTY_LICENSES.md; do
    tar -tzf "$tarball" "package/$paper" >/dev/null
done
say "packed $(du -k "$tarball" | cut -f1) KB"
for target in linux-x64 linux-arm64; do
    tar -tzf "$tarball" "package/prebuilds/$target/tirtc.glibc.node" >/dev/null
done
npx --no publint run --strict "$tarball"
# Finds faults such as cjs-resolves-to-esm, for node16 and bundlers.
npx --no attw "$tarball" --profile node16 --format table-flipped

mkdir "$work/project"
cp test/package/*.mjs test/package/*.cjs test/package/types.ts "$work/project/"
cd "$work/project"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts "$tarball"
installed="$work/project/node_modules/tirtc-emulator"

others=$(find node_modules \( -name '*.node' -o -name binding.gyp \) -not -path 'node_modules/tirtc-emulator/*')
[ -z "$others" ] || die "a dependency has a native part: $others"
node -e 'const { packages } = require("./package-lock.json");
    const names = Object.keys(packages).filter((name) => packages[name].hasInstallScript);
    if (names.length > 0) throw new Error(`these packages have an install script: ${names}`);'
say 'no dependency has a native part, and no package has an install script'

for major in 20 22 24; do
    node=$("$root/node_modules/.bin/tsx" "$root/test/node_versions/print.ts" "$major")
    "$node" whole_path.mjs
    "$node" whole_path.cjs
    say "import and require work in Node $("$node" --version)"
done
node=$("$root/node_modules/.bin/tsx" "$root/test/node_versions/print.ts" 20 linux-arm64)
"$emulator" -L /usr/aarch64-linux-gnu "$node" whole_path.mjs
say "import works in Node $("$emulator" -L /usr/aarch64-linux-gnu "$node" -p 'process.version + " " + process.arch')"

for mode in node16 bundler; do
    module=$([ "$mode" = node16 ] && echo node16 || echo esnext)
    "$root/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck false --target es2022 --lib es2023,esnext.disposable,dom \
        --types node --typeRoots "$root/node_modules/@types" --module "$module" --moduleResolution "$mode" types.ts
done
say 'types work in node16 and bundler resolution'

[ "$(npx --no tirtc -- --version)" = "$(node -p "require('$root/package.json').version")" ]
npx --no tirtc -- token --help >/dev/null
say 'the tirtc program works'

# esbuild fails at an import that browsers do not have.
echo "export * from 'tirtc-emulator/browser';" >browser.mjs
"$root/node_modules/.bin/esbuild" browser.mjs --bundle --platform=browser --format=esm --log-level=warning \
    --outfile=browser.out.mjs
say "the browser entry bundles without Node, $(du -k browser.out.mjs | cut -f1) KB"

# A bundle runs from another folder if the package is in a node_modules above it: CommonJS made from import, where
# import.meta is empty, and from require.
for program in bundled.mjs whole_path.cjs; do
    "$root/node_modules/.bin/esbuild" "$program" --bundle --platform=node --format=cjs --log-level=error \
        --outfile=bundles/program.cjs
    (cd / && node "$work/project/bundles/program.cjs")
done
say 'bundles for Node run'

# Without a suitable prebuilt addon, the command in the error builds one, where node-gyp and electron-rebuild build it.
rm -r "$installed/prebuilds"
if node whole_path.mjs 2>error.txt; then die 'an addon was loaded although it was removed'; fi
command=$(sed -n 's/.*build it here with `\([^`]*\)`.*/\1/p' error.txt)
[ -n "$command" ] || die "the error contains no build command: $(cat error.txt)"
sh -c "$command" >build.txt 2>&1 || die "$command failed: $(cat build.txt)"
node whole_path.mjs
found=$(node -p 'require("node-gyp-build").path(process.argv[1])' "$installed")
[ "$found" = "$installed/build/Release/tirtc.node" ] || die "node-gyp-build finds $found"
say 'an addon built on the spot works'
