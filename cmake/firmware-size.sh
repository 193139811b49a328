#!/bin/sh
# firmware-size.sh: build the library for Cortex-M with -Os and -Werror, with its log texts and without
# (TIRTC_MAX_LOG_LEVEL=0), and print its flash and static RAM in bytes, room by room. Everything is counted; a linked
# program leaves out what it does not call. Fails when a build fails, or when core and facade for the Cortex-M4 outgrow
# the limits below. Logs of the builds are in build/firmware-size.
#
#   apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi dpkg-dev cmake ninja-build
set -eu
cd "$(dirname "$0")/.."

# Flash of core and facade together, with and without log texts, and the static RAM of each, at most. Lower them when the code gets smaller.
max_flash=41000
max_flash_without_logs=33000
max_core_ram=0
max_facade_ram=256

for tool in arm-none-eabi-gcc arm-none-eabi-size cmake ninja dpkg-source; do
    command -v "$tool" >/dev/null || {
        echo "firmware-size: $tool is missing; on Debian: apt-get install gcc-arm-none-eabi" \
            "libnewlib-arm-none-eabi dpkg-dev cmake ninja-build" >&2
        exit 1
    }
done

lwip=$PWD/build/lwip-source
sh cmake/fetch-lwip.sh "$lwip"

# build CPU PORT LOG_LEVEL: the objects' sizes, "text data bss path" a line, go to
# build/firmware-size/CPU-PORT-LEVEL.sizes.
build() {
    directory=build/firmware-size/$1-$2-$3
    mkdir -p "$directory"
    if ! { cmake -S . -B "$directory" -G Ninja --toolchain "$PWD/cmake/toolchain-$1.cmake" \
        -DCMAKE_BUILD_TYPE=MinSizeRel "-DTIRTC_PORT=$2" -DTIRTC_WARNINGS_AS_ERRORS=ON \
        "-DCMAKE_C_FLAGS_MINSIZEREL=-Os -DNDEBUG -DTIRTC_MAX_LOG_LEVEL=$3" \
        "-DTIRTC_LWIP_INCLUDE_DIRS=$lwip/lwip/src/include;$PWD/examples/firmware/qemu" &&
        cmake --build "$directory" --parallel 2; } >"$directory.log" 2>&1; then
        cat "$directory.log" >&2
        exit 1
    fi
    find "$directory/CMakeFiles/tirtc_objects.dir" -name '*.obj' -exec arm-none-eabi-size {} + |
        awk '$1 != "text" {print $1, $2, $3, $6}' >"$directory.sizes"
}

# sum BUILD PATTERN: "flash ram" of the objects whose paths match.
sum() {
    awk -v pattern="$2" '$4 ~ pattern {flash += $1 + $2; ram += $2 + $3} END {print flash + 0, ram + 0}' \
        "build/firmware-size/$1.sizes"
}

core='/native/(base|wire|crypto|core)/'
facade='/native/(facade|port/polled)/'

printf '%-24s %14s %14s %14s %14s\n' '' core facade 'port lwip' core+facade
printf '%-24s %7s%7s %7s%7s %7s%7s %7s%7s\n' '-Os' flash RAM flash RAM flash RAM flash RAM
for level in 5 0; do
    for cpu in cortex-m0plus cortex-m3 cortex-m4f cortex-m33; do
        build "$cpu" none "$level"
        build "$cpu" lwip "$level"
        name=$cpu-lwip-$level
        # shellcheck disable=SC2046 # two numbers each
        set -- $(sum "$name" "$core") $(sum "$name" "$facade") $(sum "$name" /native/port/lwip/)
        printf '%-24s %7d%7d %7d%7d %7d%7d %7d%7d\n' "$cpu, log level $level" "$@" $(($1 + $3)) $(($2 + $4))
        if [ "$cpu" = cortex-m4f ]; then
            limit=$max_flash
            [ "$level" != 0 ] || limit=$max_flash_without_logs
            if [ $(($1 + $3)) -gt $limit ] || [ "$2" -gt $max_core_ram ] || [ "$4" -gt $max_facade_ram ]; then
                echo "firmware-size: above the limits: flash $limit, RAM $max_core_ram and $max_facade_ram" >&2
                exit 1
            fi
        fi
    done
done
