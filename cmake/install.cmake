# Headers in every spelling, libraries, find_package(TiRTC), pkg-config. Everything finds its own prefix, so the tree may
# be moved.

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/TiRTC)

set(not_installed PATTERN tirtc_sim.h EXCLUDE)
if(TIRTC_PORT STREQUAL "none")
    list(APPEND not_installed PATTERN tirtc_loop.h EXCLUDE PATTERN tirtc_memory.h EXCLUDE)
endif()
if(NOT TIRTC_PORT MATCHES "^(polled|lwip)$")
    list(APPEND not_installed PATTERN tirtc_polled.h EXCLUDE)
endif()
if(NOT TIRTC_PORT STREQUAL "lwip")
    list(APPEND not_installed PATTERN tirtc_lwip.h EXCLUDE)
endif()
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" ${not_installed})

install(TARGETS ${libraries} tirtc_interface EXPORT TiRTCTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(UNIX AND NOT APPLE)
    install(FILES ${PROJECT_BINARY_DIR}/libtirtc.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

install(EXPORT TiRTCTargets NAMESPACE TiRTC:: DESTINATION ${package_dir})
configure_package_config_file(cmake/TiRTCConfig.cmake.in TiRTCConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(TiRTCConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TiRTCConfig.cmake ${PROJECT_BINARY_DIR}/TiRTCConfigVersion.cmake
    DESTINATION ${package_dir})

set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix /${pkgconfig_dir} /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
set(pc_cflags)
if(TIRTC_SMALL_MEMORY)
    set(pc_cflags " -DCONFIG_SMALL_MEMORY")
endif()
set(pc_private_libs)
if(TIRTC_PORT STREQUAL "posix")
    set(pc_private_libs "-pthread")
endif()
configure_file(cmake/tirtc.pc.in tirtc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tirtc.pc DESTINATION ${pkgconfig_dir})
