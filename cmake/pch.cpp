// Carries the precompiled header; see cmake/GreywatchFolder.cmake.
