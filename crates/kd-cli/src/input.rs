//! What a model reads, as it is typed.

use kd_study::Input;

/// `image:3x32x32` and the like.
pub(crate) fn read(text: &str) -> Result<Input, String> {
    let (kind, sizes) = text.split_once(':').unwrap_or((text, ""));
    let sizes: Result<Vec<i64>, _> = sizes.split('x').map(str::parse).collect();
    let sizes = sizes.unwrap_or_default();
    // Larger ones would only overflow in products.
    let usable = sizes.iter().all(|size| (1..=1_000_000).contains(size));
    match (kind, sizes.as_slice()) {
        ("image", &[channels, height, width]) if usable => Ok(Input::Image { channels, height, width }),
        ("features", &[width]) if usable => Ok(Input::Features { width }),
        ("table", &[numeric, categories, levels]) if usable => {
            Ok(Input::Table { numeric, categories, levels })
        }
        ("tokens", &[vocabulary]) if usable => Ok(Input::Tokens { vocabulary }),
        ("sequence", &[vocabulary, length]) if usable => Ok(Input::Sequence { vocabulary, length }),
        _ => Err("expected one such as image:3x32x32, features:16, table:6x8x102, tokens:8192 or \
                  sequence:66x128, with sizes of 1 to 1,000,000"
            .to_owned()),
    }
}
