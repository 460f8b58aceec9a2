# What `cmake --install` gives: headers, both libraries, the CMake package, the pkg-config file. (The program: tool/CMakeLists.txt.)
# The tree may be moved afterwards: neither package file knows where it lies.
include(CMakePackageConfigHelpers)

install(TARGETS resile resile_shared EXPORT resile_targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/resile DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN *.hpp)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(resile_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/resile)
install(EXPORT resile_targets NAMESPACE resile:: FILE resileTargets.cmake DESTINATION ${resile_package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/resileConfig.cmake.in
    ${PROJECT_BINARY_DIR}/resileConfig.cmake INSTALL_DESTINATION ${resile_package_dir}
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break what the one before it allowed.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/resileConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/resileConfig.cmake ${PROJECT_BINARY_DIR}/resileConfigVersion.cmake
    DESTINATION ${resile_package_dir})

# pkg-config: paths relative to the .pc file, so that they are right under DESTDIR and after a move.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${libdir}/pkgconfig
    OUTPUT_VARIABLE resile_pc_prefix)
foreach(dir LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE ${CMAKE_INSTALL_${dir}})
        set(resile_pc_${dir} ${CMAKE_INSTALL_${dir}})
    else()
        set(resile_pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
    endif()
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/resile.pc.in ${PROJECT_BINARY_DIR}/resile.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/resile.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
