/// The name among `known` that was probably meant by `found`, if one is like it.
#[must_use]
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(found, name), name))
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_found_and_another_is_not() {
        let known = ["labels", "distilled", "permuted"];
        assert_eq!(nearest("lables", known), Some("labels"));
        assert_eq!(nearest("distiled", known), Some("distilled"));
        assert_eq!(nearest("teacher", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
