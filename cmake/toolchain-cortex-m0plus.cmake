# Cortex-M0+: no unaligned access, no hardware division.
set(tirtc_cpu_flags "-mcpu=cortex-m0plus -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-bare-metal.cmake)
