//! What the last bits of a result depend on.

/// The processor, what it can do as far as libtorch cares, and what tells libtorch otherwise.
pub(crate) fn name() -> String {
    let asked = [
        "ATEN_CPU_CAPABILITY",
        "ONEDNN_MAX_CPU_ISA",
        "DNNL_MAX_CPU_ISA",
        "MKL_ENABLE_INSTRUCTIONS",
        "MKL_CBWR",
    ];
    let asked = asked.iter().filter_map(|name| Some(format!("{name}={}", std::env::var(name).ok()?)));
    let parts = [processor(), instructions(), format!("libtorch {}", kd_study::LIBTORCH)];
    parts.into_iter().chain(asked).collect::<Vec<_>>().join(", ")
}

fn processor() -> String {
    let told = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned())
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> String {
    let known = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    known.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> String {
    "no x86".to_owned()
}
