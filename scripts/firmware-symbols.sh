#!/bin/sh
# firmware-symbols.sh: link examples/firmware/qemu, whose memory is one static block, for a Cortex-M3, where every float
# operation is a call, and check the linked symbols. Fails if an allocator, a printf or a float routine is linked.
#
#   apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi dpkg-dev cmake ninja-build
set -eu
cd "$(dirname "$0")/.."

for tool in arm-none-eabi-gcc arm-none-eabi-nm cmake ninja dpkg-source; do
    command -v "$tool" >/dev/null || {
        echo "firmware-symbols: $tool is missing: on Debian, apt-get install gcc-arm-none-eabi" \
            "libnewlib-arm-none-eabi dpkg-dev cmake ninja-build" >&2
        exit 1
    }
done

lwip=$PWD/build/lwip-source
build=build/firmware-symbols
sh scripts/fetch-lwip.sh "$lwip"
mkdir -p "$build"
if ! { cmake -S examples/firmware/qemu -B "$build" -G Ninja --toolchain "$PWD/cmake/toolchain-cortex-m3.cmake" \
    "-DLWIP_SOURCE=$lwip/lwip" && cmake --build "$build" --parallel 2; } >"$build.log" 2>&1; then
    cat "$build.log" >&2
    exit 1
fi

symbols=$(arm-none-eabi-nm -P "$build/camera.elf" | awk '{print $1}')
for expected in tirtc_set_memory TiRtcStart tcp_write; do
    echo "$symbols" | grep -qx "$expected" || {
        echo "firmware-symbols: $build/camera.elf has no $expected: check that nm fits the target" >&2
        exit 1
    }
done

allocators='_?(malloc|calloc|realloc|free|sbrk)(_r)?'
printing='.*printf.*|.*puts(_r)?|_?(dtoa|strtod)(_r)?'
# The run-time ABI for the Arm architecture, tables 2 to 8, and libgcc's own names.
floats='__aeabi_c?[df][a-z0-9]+|__aeabi_[a-z]+2[df]|__(fix|float|extend|trunc|add|sub|mul|div|neg|cmp|unord)[a-z]*[sd]f[a-z0-9]*'
if found=$(echo "$symbols" | grep -xE "$allocators|$printing|$floats"); then
    echo "firmware-symbols: $build/camera.elf must not contain" $found >&2
    exit 1
fi
echo "firmware-symbols: $(echo "$symbols" | wc -l) symbols, no allocator, no printf, no float"
