// Batch normalisation, what is added to it and a rectifier, in two passes over memory where libtorch takes five, and back in two
// where it takes five; in one without learning. For float32 images on a CPU whose channels lie side by side, a multiple of LANES of
// them.

#include "guarded.h"
#include "lanes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/relu.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Sums are of so many rows first, whatever the number of threads, so that they have the same bits.
constexpr int64_t ROWS = 512;

// Sums over rows of `x - shift` and of its square, by channel.
EACH_PROCESSOR void add_up(const float *x, const float *shift, int64_t rows, int64_t channels, float *sums, float *squares) {
    for (int64_t c = 0; c < channels; c += LANES) {
        const Lanes from = OF(shift + c);
        Lanes sum = {}, square = {}, other_sum = {}, other_square = {};
        int64_t row = 0;
        for (; row + 1 < rows; row += 2) {
            const Lanes one = OF(x + row * channels + c) - from, other = OF(x + (row + 1) * channels + c) - from;
            sum += one;
            square += one * one;
            other_sum += other;
            other_square += other * other;
        }
        if (row < rows) {
            const Lanes one = OF(x + row * channels + c) - from;
            sum += one;
            square += one * one;
        }
        AT(sums + c) = sum + other_sum;
        AT(squares + c) = square + other_square;
    }
}

// `y = max(0, x * scale + offset + added)`; what is not there is null.
EACH_PROCESSOR void shift_and_rectify(const float *x, const float *added, const float *scale, const float *offset, int64_t rows,
                                      int64_t channels, float *y) {
    const Lanes zero = {};
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t c = 0; c < channels; c += LANES) {
            const int64_t at = row * channels + c;
            Lanes moved = OF(x + at) * OF(scale + c) + OF(offset + c);
            if (added) moved += OF(added + at);
            AT(y + at) = moved > zero ? moved : zero;
        }
}

// Sums over rows of the gradient `g` behind the rectifier and of `g * (x - mean)`, by channel; writes `g` where it is asked for.
EACH_PROCESSOR void add_up_back(const float *gradient, const float *y, const float *x, const float *mean, int64_t rows,
                                int64_t channels, float *sums, float *products, float *kept) {
    const Lanes zero = {};
    for (int64_t c = 0; c < channels; c += LANES) {
        const Lanes from = OF(mean + c);
        Lanes sum = {}, product = {};
        for (int64_t row = 0; row < rows; ++row) {
            const int64_t at = row * channels + c;
            const Lanes own = OF(y + at) > zero ? OF(gradient + at) : zero;
            sum += own;
            product += own * (OF(x + at) - from);
            if (kept) AT(kept + at) = own;
        }
        AT(sums + c) = sum;
        AT(products + c) = product;
    }
}

// `g * scale + x * slope + offset`, where `g` is the gradient behind the rectifier.
EACH_PROCESSOR void back(const float *gradient, const float *y, const float *x, const float *scale, const float *slope,
                         const float *offset, int64_t rows, int64_t channels, float *out) {
    const Lanes zero = {};
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t c = 0; c < channels; c += LANES) {
            const int64_t at = row * channels + c;
            const Lanes own = OF(y + at) > zero ? OF(gradient + at) : zero;
            AT(out + at) = own * OF(scale + c) + OF(x + at) * OF(slope + c) + OF(offset + c);
        }
}

int64_t blocks(int64_t rows) { return (rows + ROWS - 1) / ROWS; }

// Calls `work(first row, rows, block)` for each block, on as many threads as there are.
template <typename Work> void each_block(int64_t rows, Work work) {
    at::parallel_for(0, blocks(rows), 16, [&](int64_t first, int64_t last) {
        for (int64_t block = first; block < last; ++block)
            work(block * ROWS, std::min(ROWS, rows - block * ROWS), block);
    });
}

// What blocks came to together, as numbers of twice the length, in the order of the blocks.
std::vector<double> together(const std::vector<float> &parts, int64_t channels) {
    std::vector<double> sums(channels);
    for (size_t at = 0; at < parts.size(); ++at) sums[at % channels] += parts[at];
    return sums;
}

struct NormaliseAndRectify : torch::autograd::Function<NormaliseAndRectify> {
    static Tensor forward(AutogradContext *ctx, const Tensor &x, const std::optional<Tensor> &added, const Tensor &weight, const Tensor &bias,
                          const Tensor &running_mean, const Tensor &running_var, double momentum, double epsilon) {
        const int64_t channels = x.size(1), rows = x.numel() / channels;
        TORCH_CHECK(!added || added->sizes() == x.sizes(), "what is added has another shape");
        const Tensor read = x.contiguous(at::MemoryFormat::ChannelsLast);
        const Tensor other = added ? added->contiguous(at::MemoryFormat::ChannelsLast) : Tensor();
        const float *from = read.const_data_ptr<float>();
        std::vector<float> sums(blocks(rows) * channels), squares(blocks(rows) * channels);
        each_block(rows, [&](int64_t first, int64_t count, int64_t block) {
            // Around the first row, so that squares of large numbers do not cancel.
            add_up(from + first * channels, from, count, channels, &sums[block * channels], &squares[block * channels]);
        });
        const std::vector<double> sum = together(sums, channels), square = together(squares, channels);
        Tensor saved = at::empty({4, channels}, x.options().memory_format(at::MemoryFormat::Contiguous));
        float *mean = saved.mutable_data_ptr<float>(), *deviation = mean + channels, *scale = deviation + channels,
              *offset = scale + channels;
        float *moving_mean = running_mean.mutable_data_ptr<float>(), *moving_var = running_var.mutable_data_ptr<float>();
        const float *gain = weight.const_data_ptr<float>(), *shift = bias.const_data_ptr<float>();
        for (int64_t c = 0; c < channels; ++c) {
            const double off = sum[c] / rows, centre = from[c] + off;
            const double variance = std::max(0.0, square[c] / rows - off * off);
            const double inverse = 1.0 / std::sqrt(variance + epsilon);
            mean[c] = centre;
            deviation[c] = inverse;
            scale[c] = gain[c] * inverse;
            offset[c] = shift[c] - centre * gain[c] * inverse;
            moving_mean[c] = (1.0 - momentum) * moving_mean[c] + momentum * centre;
            moving_var[c] = (1.0 - momentum) * moving_var[c] + momentum * variance * rows / (rows - 1);
        }
        Tensor y = at::empty_like(read);
        float *to = y.mutable_data_ptr<float>();
        const float *plus = other.defined() ? other.const_data_ptr<float>() : nullptr;
        each_block(rows, [&](int64_t first, int64_t count, int64_t) {
            const int64_t at = first * channels;
            shift_and_rectify(from + at, plus ? plus + at : nullptr, scale, offset, count, channels, to + at);
        });
        ctx->save_for_backward({read, y, weight, saved});
        ctx->saved_data["adds"] = added.has_value();
        return y;
    }

    static variable_list backward(AutogradContext *ctx, variable_list gradients) {
        const variable_list kept = ctx->get_saved_variables();
        const Tensor &x = kept[0], &y = kept[1], &weight = kept[2], &saved = kept[3];
        const bool adds = ctx->saved_data["adds"].toBool();
        const int64_t channels = x.size(1), rows = x.numel() / channels;
        const Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
        const float *own = gradient.const_data_ptr<float>(), *out = y.const_data_ptr<float>(), *in = x.const_data_ptr<float>();
        const float *mean = saved.const_data_ptr<float>(), *deviation = mean + channels, *scale = deviation + channels;
        Tensor of_added = adds ? at::empty_like(y) : Tensor();
        float *passed = adds ? of_added.mutable_data_ptr<float>() : nullptr;
        std::vector<float> sums(blocks(rows) * channels), products(blocks(rows) * channels);
        each_block(rows, [&](int64_t first, int64_t count, int64_t block) {
            const int64_t at = first * channels;
            add_up_back(own + at, out + at, in + at, mean, count, channels, &sums[block * channels], &products[block * channels],
                        passed ? passed + at : nullptr);
        });
        const std::vector<double> sum = together(sums, channels), product = together(products, channels);
        Tensor of_weight = at::empty_like(weight), of_bias = at::empty_like(weight);
        float *weights = of_weight.mutable_data_ptr<float>(), *biases = of_bias.mutable_data_ptr<float>();
        std::vector<float> slope(channels), offset(channels);
        for (int64_t c = 0; c < channels; ++c) {
            weights[c] = product[c] * deviation[c];
            biases[c] = sum[c];
            const double falls = -scale[c] * double(deviation[c]) * deviation[c] * product[c] / rows;
            slope[c] = falls;
            offset[c] = -scale[c] * sum[c] / rows - falls * mean[c];
        }
        Tensor of_x = at::empty_like(x);
        float *to = of_x.mutable_data_ptr<float>();
        each_block(rows, [&](int64_t first, int64_t count, int64_t) {
            const int64_t at = first * channels;
            back(own + at, out + at, in + at, scale, slope.data(), offset.data(), count, channels, to + at);
        });
        return {of_x, of_added, of_weight, of_bias, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

// By the running statistics; at once where no gradient is wanted.
Tensor by_running(const Tensor &x, const std::optional<Tensor> &added, const Tensor &weight, const Tensor &bias,
                  const Tensor &running_mean, const Tensor &running_var, double epsilon) {
    if (at::GradMode::is_enabled()) {
        const Tensor y = at::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/false, /*momentum=*/0.0, epsilon,
                                        /*cudnn_enabled=*/true);
        return at::relu(added ? at::add(y, *added) : y);
    }
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    TORCH_CHECK(!added || added->sizes() == x.sizes(), "what is added has another shape");
    const Tensor read = x.contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor other = added ? added->contiguous(at::MemoryFormat::ChannelsLast) : Tensor();
    const float *gain = weight.const_data_ptr<float>(), *shift = bias.const_data_ptr<float>();
    const float *mean = running_mean.const_data_ptr<float>(), *variance = running_var.const_data_ptr<float>();
    std::vector<float> scale(channels), offset(channels);
    for (int64_t c = 0; c < channels; ++c) {
        const double factor = gain[c] / std::sqrt(variance[c] + epsilon);
        scale[c] = factor;
        offset[c] = shift[c] - mean[c] * factor;
    }
    Tensor y = at::empty_like(read);
    const float *from = read.const_data_ptr<float>(), *plus = other.defined() ? other.const_data_ptr<float>() : nullptr;
    float *to = y.mutable_data_ptr<float>();
    each_block(rows, [&](int64_t first, int64_t count, int64_t) {
        const int64_t at = first * channels;
        shift_and_rectify(from + at, plus ? plus + at : nullptr, scale.data(), offset.data(), count, channels, to + at);
    });
    return y;
}

} // namespace

extern "C" {

// `*out = max(0, BatchNorm(x) + added)`, `added` null where nothing is. With `trains`, by the batch's own statistics, which move the
// running ones; else by those.
const char *kd_normalise_and_rectify(const at::Tensor *x, const at::Tensor *added, const at::Tensor *weight, const at::Tensor *bias,
                                     const at::Tensor *running_mean, const at::Tensor *running_var, double momentum,
                                     double epsilon, bool trains, at::Tensor **out) {
    return guarded([=] {
        const std::optional<at::Tensor> other = added ? std::optional(*added) : std::nullopt;
        *out = new at::Tensor(
            trains ? NormaliseAndRectify::apply(*x, other, *weight, *bias, *running_mean, *running_var, momentum, epsilon)
                   : by_running(*x, other, *weight, *bias, *running_mean, *running_var, epsilon));
    });
}
}
