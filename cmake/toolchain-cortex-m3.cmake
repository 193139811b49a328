# Cortex-M3.
set(tirtc_cpu_flags "-mcpu=cortex-m3 -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-bare-metal.cmake)
