#!/bin/sh
# lwip-test.sh: test the lwIP port on this machine, over lwIP's loopback, under AddressSanitizer: without an operating
# system (raw API) and with one (sockets, on lwIP's own port for Unix). Builds are in build/lwip-test.
#
#   apt-get install gcc cmake ninja-build dpkg-dev
set -eu
cd "$(dirname "$0")/.."

for tool in cc cmake ninja dpkg-source; do
    command -v "$tool" >/dev/null || {
        echo "lwip-test: $tool is missing: on Debian, apt-get install gcc cmake ninja-build dpkg-dev" >&2
        exit 1
    }
done
sh scripts/fetch-lwip.sh "$PWD/build/lwip-source"

for variant in raw sockets; do
    build=build/lwip-test/$variant
    mkdir -p "$build"
    if ! { cmake -S test/lwip -B "$build" -G Ninja "-DVARIANT=$variant" -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS=-fsanitize=address && cmake --build "$build" --parallel 2; } >"$build.log" 2>&1; then
        cat "$build.log" >&2
        exit 1
    fi
    # The tests count leaks themselves, because lwIP's threads never end.
    ASAN_OPTIONS=detect_leaks=0 ctest --test-dir "$build" --output-on-failure --parallel 2
done
