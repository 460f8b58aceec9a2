# Cross build for 64-bit Arm with Debian's g++-aarch64-linux-gnu; programs run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Libraries of the build machine must not be found; those that are headers only serve both. They are offered one by
# one, because /usr/include as a whole also holds the build machine's libc.
get_property(in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
if(NOT in_try_compile)
    set(offer ${CMAKE_BINARY_DIR}/headers_of_build_machine)
    function(resile_offer_headers package folder target definition)
        file(MAKE_DIRECTORY ${offer}/include)
        if(EXISTS /usr/include/${folder} AND NOT EXISTS ${offer}/include/${folder})
            file(CREATE_LINK /usr/include/${folder} ${offer}/include/${folder} SYMBOLIC)
        endif()
        if(EXISTS ${offer}/include/${folder})
            file(WRITE ${offer}/${package}/${package}Config.cmake
                "if(NOT TARGET ${target})\n"
                "    add_library(${target} INTERFACE IMPORTED)\n"
                "    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${offer}/include\n"
                "        INTERFACE_COMPILE_DEFINITIONS \"${definition}\")\n"
                "endif()\n")
            set(${package}_DIR ${offer}/${package} CACHE PATH "" FORCE)
        endif()
    endfunction()
    resile_offer_headers(CLI11 CLI CLI11::CLI11 "")
    resile_offer_headers(fmt fmt fmt::fmt-header-only FMT_HEADER_ONLY=1)
    resile_offer_headers(nlohmann_json nlohmann nlohmann_json::nlohmann_json "")
endif()
