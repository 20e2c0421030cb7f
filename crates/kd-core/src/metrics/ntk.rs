use tch::{Kind, Tensor};

use crate::error::{Error, Result, finite};

/// Empirical neural tangent kernel of n examples, `Θ_ij = Σ_k <∂z_ik/∂θ, ∂z_jk/∂θ>`, `[n, n]` in float64: the trace over
/// classes of the full kernel `[n, n, K, K]`.
///
/// Jacot, Gabriel & Hongler 2018, "Neural Tangent Kernel: Convergence and Generalization in Neural Networks"
/// (arXiv 1806.07572). The `logits` `[n, K]` (or the numbers that a regression predicts, K of them) carry the graph that leads to the `parameters` θ; the graph is kept. Compare
/// two of these with [`kernel_alignment`](super::kernel_alignment), which does not mind that some code
/// (neural-tangents) divides the trace by K.
///
/// It takes n K backward passes and holds n gradients in float64, so choose a subset of examples. Batch normalisation must
/// be in evaluation mode, or one example's logits depend on the others.
///
/// # Errors
/// On a shape other than `[n, K]`, no examples, logits that are not finite, or logits that do not depend on the parameters.
pub fn empirical_ntk(logits: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
    let [examples, outputs] = logits.size()[..] else {
        let expected = "[examples, classes]".to_owned();
        return Err(Error::Shape { what: "logits", expected, got: logits.size() });
    };
    if logits.numel() == 0 {
        return Err(Error::Empty);
    }
    finite("logits", logits)?;
    if parameters.is_empty() || !logits.requires_grad() {
        return Err(Error::NoGraph);
    }
    let mut kernel = Tensor::f_zeros([examples, examples], (Kind::Double, logits.device()))?;
    for output in 0..outputs {
        let gradients = (0..examples)
            .map(|example| gradient(&logits.f_select(0, example)?.f_select(0, output)?, parameters))
            .collect::<Result<Vec<_>>>()?;
        let jacobian = Tensor::f_stack(&gradients, 0)?;
        kernel = kernel.f_add(&jacobian.f_matmul(&jacobian.f_tr()?)?)?;
    }
    Ok(kernel)
}

/// Gradient of one number with respect to all parameters as one vector, nil for those it does not depend on.
fn gradient(output: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
    let gradients = Tensor::f_run_backward(&[output], parameters, true, false)?;
    if !gradients.iter().any(Tensor::defined) {
        return Err(Error::NoGraph);
    }
    let mut flat = Vec::with_capacity(parameters.len());
    for (gradient, parameter) in gradients.iter().zip(parameters) {
        let gradient =
            if gradient.defined() { gradient.shallow_clone() } else { parameter.f_zeros_like()? };
        flat.push(gradient.f_detach()?.f_to_kind(Kind::Double)?.f_flatten(0, -1)?);
    }
    Ok(Tensor::f_cat(&flat, 0)?)
}
