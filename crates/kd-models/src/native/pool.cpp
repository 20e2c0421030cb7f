// Max pooling, which needs no indices where no gradient is wanted: so for float32 images on a CPU whose channels lie side by side, a
// multiple of LANES of them.

#include "guarded.h"
#include "lanes.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <c10/core/GradMode.h>

namespace {

// A row of what comes out, from rows of the image of `width` pixels: the largest of each window, or what is no number in it.
EACH_PROCESSOR void pool_row(const float *rows, int64_t height, int64_t width, int64_t channels, int64_t size, int64_t stride,
                             int64_t padding, int64_t out_width, float *out) {
    for (int64_t column = 0; column < out_width; ++column) {
        const int64_t start = column * stride - padding;
        const int64_t first = std::max<int64_t>(start, 0), last = std::min(start + size, width);
        for (int64_t c = 0; c < channels; c += LANES) {
            Lanes largest = OF(rows + first * channels + c);
            for (int64_t y = 0; y < height; ++y)
                for (int64_t x = first; x < last; ++x) {
                    const Lanes own = OF(rows + (y * width + x) * channels + c);
                    // Both are the larger of two numbers; of what is no number, one of them is none. (GCC asks for that
                    // lane by lane.)
                    const Lanes one = own <= largest ? largest : own, other = largest <= own ? own : largest;
                    largest = (one + other) * 0.5f;
                }
            AT(out + column * channels + c) = largest;
        }
    }
}

bool fits(const at::Tensor &x) {
    return !at::GradMode::is_enabled() && x.device().is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 &&
           x.stride(1) == 1 && x.size(1) % LANES == 0;
}

} // namespace

extern "C" {

// `*out` is `x` `[N, C, H, W]` pooled in squares.
const char *kd_max_pool(const at::Tensor *x, int64_t size, int64_t stride, int64_t padding, at::Tensor **out) {
    return guarded([=] {
        if (!fits(*x)) {
            *out = new at::Tensor(at::max_pool2d(*x, {size, size}, {stride, stride}, {padding, padding}));
            return;
        }
        const at::Tensor read = x->contiguous(at::MemoryFormat::ChannelsLast);
        const int64_t images = read.size(0), channels = read.size(1), height = read.size(2), width = read.size(3);
        const auto along = [=](int64_t length) { return (length + 2 * padding - size) / stride + 1; };
        const int64_t out_height = along(height), out_width = along(width);
        TORCH_CHECK(height + 2 * padding >= size && width + 2 * padding >= size, "a window is larger than the image");
        at::Tensor pooled =
            at::empty({images, channels, out_height, out_width}, read.options().memory_format(at::MemoryFormat::ChannelsLast));
        const float *from = read.const_data_ptr<float>();
        float *to = pooled.mutable_data_ptr<float>();
        at::parallel_for(0, images * out_height, 64, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row) {
                const int64_t image = row / out_height, start = row % out_height * stride - padding;
                const int64_t first = std::max<int64_t>(start, 0), last = std::min(start + size, height);
                pool_row(from + (image * height + first) * width * channels, last - first, width, channels, size, stride, padding,
                         out_width, to + row * out_width * channels);
            }
        });
        *out = new at::Tensor(pooled);
    });
}
}
