// What libtorch can do and its C bindings leave out: fused update rules, autocasting and reproducible sums; and the
// allocator's settings.
//
// Every function answers with null, or with what libtorch said; that text lives until the next call of the thread.

#include "guarded.h"

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <vector>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <c10/core/GradMode.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __linux__
#include <dlfcn.h>
#endif

namespace {

using Tensors = std::vector<at::Tensor>;

Tensors copies(at::Tensor *const *handles, size_t count) {
    Tensors tensors;
    tensors.reserve(count);
    for (size_t i = 0; i < count; ++i) tensors.push_back(*handles[i]);
    return tensors;
}

// What the rules read of each weight that has a gradient.
struct Moved {
    Tensors weights, gradients, first, second;

    Moved(at::Tensor *const *weights, at::Tensor *const *first, at::Tensor *const *second, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const at::Tensor &gradient = weights[i]->grad();
            if (!gradient.defined()) continue;
            this->weights.push_back(*weights[i]);
            gradients.push_back(gradient);
            if (first) this->first.push_back(*first[i]);
            if (second) this->second.push_back(*second[i]);
        }
    }
};

} // namespace

extern "C" {

// `steps` is one number, shared by all weights: how many steps there have been, this one included.
const char *kd_fused_adamw(at::Tensor *const *weights, at::Tensor *const *averages, at::Tensor *const *squares,
                           size_t count, const at::Tensor *steps, double rate, double beta1, double beta2,
                           double weight_decay, double epsilon) {
    return guarded([=] {
        c10::NoGradGuard no_grad;
        Moved moved(weights, averages, squares, count);
        if (moved.weights.empty()) return;
        Tensors state(moved.weights.size(), *steps);
        at::_fused_adamw_(moved.weights, moved.gradients, moved.first, moved.second, {}, state, rate, beta1, beta2,
                          weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
    });
}

// Velocities start at zero, where no step is a first step; null without momentum.
const char *kd_fused_sgd(at::Tensor *const *weights, at::Tensor *const *velocities, size_t count, double rate,
                         double momentum, double weight_decay, bool nesterov) {
    return guarded([=] {
        c10::NoGradGuard no_grad;
        Moved moved(weights, velocities, nullptr, count);
        if (moved.weights.empty()) return;
        at::_fused_sgd_(moved.weights, moved.gradients, moved.first, weight_decay, momentum, rate,
                        /*dampening=*/0.0, nesterov, /*maximize=*/false, /*is_first_step=*/false);
    });
}

// Without a gradient to add to, the next backward pass keeps its own instead of copying it.
const char *kd_forget_gradients(at::Tensor *const *weights, size_t count) {
    return guarded([=] {
        for (size_t i = 0; i < count; ++i) weights[i]->mutable_grad().reset();
    });
}

// Switches autocasting to bfloat16 on or off for this thread. The copies of weights that it has made go with it.
const char *kd_autocast(bool on, bool cuda) {
    return guarded([=] {
        const at::DeviceType device = cuda ? at::kCUDA : at::kCPU;
        at::autocast::set_autocast_enabled(device, on);
        at::autocast::set_autocast_dtype(device, at::kBFloat16);
        at::autocast::set_autocast_cache_enabled(on);
        if (!on) at::autocast::clear_cache();
    });
}

// A linker drops a library of which a program names nothing, and this one makes itself known when it is loaded.
const char *kd_load_cuda() {
    return guarded([] {
#ifdef __linux__
        if (!dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) throw std::runtime_error(dlerror());
#endif
    });
}

const char *kd_start_cuda() {
    return guarded([] { at::globalContext().lazyInitDevice(at::kCUDA); });
}

const char *kd_compute_reproducibly() {
    return guarded([] {
        // cuBLAS reads it when it is first used; whoever has set it knows what to.
        setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
        at::Context &context = at::globalContext();
        context.setDeterministicAlgorithms(true, /*warn_only=*/false);
        context.setDeterministicFillUninitializedMemory(false); // a debugging aid that costs a pass over memory
        context.setDeterministicCuDNN(true);
        context.setBenchmarkCuDNN(false);
        context.setAllowTF32CuDNN(false);
        context.setAllowTF32CuBLAS(false);
    });
}

void kd_keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 2000 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}
}
