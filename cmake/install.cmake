# Installs the headers in every spelling, the libraries, and the files for find_package(TiRTC) and pkg-config. These
# find their own prefix, so the installed tree may be moved.

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
if(NOT TIRTC_TLS STREQUAL "mbedtls")
    list(APPEND not_installed PATTERN tirtc_tls.h EXCLUDE)
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
if(TIRTC_TLS STREQUAL "mbedtls")
    install(FILES cmake/FindTiRTCMbedTLS.cmake DESTINATION ${package_dir})
endif()
install(FILES ${PROJECT_BINARY_DIR}/TiRTCConfig.cmake ${PROJECT_BINARY_DIR}/TiRTCConfigVersion.cmake
    DESTINATION ${package_dir})

# Link lines of 0.1.x name the libraries that the SDK was made of. Archives without members satisfy them. A library of the
# same name that is installed already is never replaced.
if(TIRTC_INSTALL_COMPAT_ARCHIVES)
    foreach(name IN ITEMS webrtc usrsctp mbedtls)
        set(archive ${PROJECT_BINARY_DIR}/compat/lib${name}.a)
        file(WRITE ${archive} "!<arch>\n")
        install(CODE "
            set(installed \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/lib${name}.a\")
            if(EXISTS \"\${installed}\")
                file(SIZE \"\${installed}\" bytes)
                if(NOT bytes EQUAL 8)
                    message(FATAL_ERROR \"\${installed} is a real library, which an empty archive would replace. \"
                        \"Install to another prefix, or set TIRTC_INSTALL_COMPAT_ARCHIVES to OFF.\")
                endif()
            endif()")
        install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endforeach()
endif()

set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix /${pkgconfig_dir} /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
set(pc_cflags)
if(TIRTC_SMALL_MEMORY)
    set(pc_cflags " -DCONFIG_SMALL_MEMORY")
endif()
set(pc_private_libs)
if(TIRTC_PORT STREQUAL "posix")
    string(APPEND pc_private_libs " -pthread")
endif()
if(TIRTC_TLS STREQUAL "mbedtls")
    string(APPEND pc_private_libs " -lmbedtls -lmbedx509 -lmbedcrypto")
endif()
configure_file(cmake/tirtc.pc.in tirtc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tirtc.pc DESTINATION ${pkgconfig_dir})
