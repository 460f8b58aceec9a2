# What every target of the project shares.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_library(resile_options INTERFACE)
target_compile_features(resile_options INTERFACE cxx_std_20)
target_compile_options(resile_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Werror)

# How well code is optimised that no user's program links. The tool and its tests wait for people and files: with -O1
# they compile in two thirds of the time, and nobody notices. A build that hardly runs a folder can have it sooner still.
set(RESILE_UNOPTIMISED "" CACHE STRING "Folders compiled with -O0: lab/schedule, tool, tests/tool")
function(resile_pace target folder)
    if(folder IN_LIST RESILE_UNOPTIMISED)
        target_compile_options(${target} PRIVATE -O0)
    elseif(NOT folder STREQUAL lab)
        target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
endfunction()

if(RESILE_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ takes the null check's answer from flags that the linker's relaxation of initial-exec TLS no longer sets
        # (an `add` becomes a `lea`), and so reports null pointers that are none.
        add_compile_options(-fno-sanitize=null)
    endif()
    add_compile_definitions(RESILE_UNDER_ASAN)
    add_link_options(-fsanitize=address,undefined)
elseif(RESILE_SANITIZE STREQUAL "thread")
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
elseif(RESILE_SANITIZE)
    message(FATAL_ERROR "RESILE_SANITIZE is '${RESILE_SANITIZE}': say address, thread, or leave it empty")
endif()

# GoogleTest from Debian's sources, so that it is built by the compiler and with the sanitizer in use, and for
# the machine that is aimed at.
function(resile_provide_googletest)
    if(TARGET gtest)
        return()
    endif()
    set(sources /usr/src/googletest)
    if(NOT EXISTS ${sources}/CMakeLists.txt)
        message(FATAL_ERROR "GoogleTest's sources are not in ${sources}: apt-get install googletest, "
                            "or configure with -DRESILE_BUILD_TESTS=OFF")
    endif()
    set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
    set(BUILD_GMOCK ON CACHE BOOL "" FORCE)
    add_subdirectory(${sources} ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
    # What it costs at run time is not what is measured; compiling it takes a third of the time.
    foreach(target gtest gtest_main gmock)
        target_compile_options(${target} PRIVATE -O0)
    endforeach()
endfunction()
