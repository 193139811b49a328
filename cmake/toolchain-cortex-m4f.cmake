# Cortex-M4 with its single-precision FPU.
set(tirtc_cpu_flags "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-bare-metal.cmake)
