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

/// Its name alone may stand for several, whose caches, and thus the order of sums, differ.
fn processor() -> String {
    let told = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of_first = |asked: &str| {
        let mut fields = told.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.trim() == asked).map(|(_, value)| value.trim().to_owned())
    };
    let known = ["model name", "cpu family", "model", "cache size"].into_iter().filter_map(of_first);
    std::iter::once(std::env::consts::ARCH.to_owned()).chain(known).collect::<Vec<_>>().join(" ")
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
