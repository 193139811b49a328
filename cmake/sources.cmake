# native/sources.txt is the one list of sources: a path a line, for this build and for the addon's. The first
# directories say who takes a file:
#
#   native/{base,wire,crypto,core}  the library and the addon
#   native/port/posix               both, here when TIRTC_PORT says so
#   native/port/{polled,lwip}       the library, when TIRTC_PORT says so
#   native/port/tls                 the library, when TIRTC_TLS says so
#   native/port/sim                 the addon and the tests
#   native/facade                   the library, with facade/hosted or, where there are no threads, facade/bare
#   native/node                     the addon
#
# tirtc_sources(result room...) gives the files of the rooms named.

set(sources_list ${CMAKE_CURRENT_LIST_DIR}/../native/sources.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources_list})
file(STRINGS ${sources_list} tirtc_all_sources)

function(tirtc_sources result)
    set(found)
    foreach(room IN LISTS ARGN)
        set(files ${tirtc_all_sources})
        list(FILTER files INCLUDE REGEX "^native/${room}/[^/]+$")
        list(APPEND found ${files})
    endforeach()
    list(TRANSFORM found PREPEND ${PROJECT_SOURCE_DIR}/)
    set(${result} ${found} PARENT_SCOPE)
endfunction()
