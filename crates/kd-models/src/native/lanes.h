// Numbers of several channels at once, on whatever processor there is.

#pragma once

#include <cstdint>

// Code for each kind of processor, chosen when the program starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define EACH_PROCESSOR __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define EACH_PROCESSOR
#endif

constexpr int64_t LANES = 16;

// Numbers that are taken together, wherever they lie.
typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define AT(pointer) (*reinterpret_cast<Lanes *>(pointer))
#define OF(pointer) (*reinterpret_cast<const Lanes *>(pointer))
