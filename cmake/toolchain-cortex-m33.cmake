# Cortex-M33 with its single-precision FPU.
set(tirtc_cpu_flags "-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-bare-metal.cmake)
