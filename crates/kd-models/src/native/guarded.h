// How functions of C answer.

#pragma once

#include <exception>
#include <string>

// Null, or what was thrown, in words that live until the next call of the thread.
template <typename Function> const char *guarded(Function function) {
    static thread_local std::string said;
    try {
        function();
        return nullptr;
    } catch (const std::exception &error) {
        said = error.what();
    } catch (...) {
        said = "an unknown exception";
    }
    return said.c_str();
}
