//! "Did you mean": the known name that a mistyped one probably stands for.

/// The nearest of the known names, if one is near enough to be worth saying.
pub(crate) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = given.to_lowercase();
    // A few letters may be wrong, in short names fewer; a name that only lacks its ending is near as well.
    let allowed = (given.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), *name))
        .filter(|(distance, name)| {
            *distance <= allowed || (lower.len() >= 3 && name.to_lowercase().starts_with(&lower))
        })
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_errors_find_their_name_and_strangers_do_not() {
        let known = ["hostnames", "ip", "image", "imagePullPolicy", "restartPolicy"];
        assert_eq!(nearest("hostname", &known), Some("hostnames"));
        assert_eq!(nearest("imgae", &known), Some("image"));
        assert_eq!(nearest("RestartPolicy", &known), Some("restartPolicy"));
        assert_eq!(nearest("restart", &known), Some("restartPolicy"));
        assert_eq!(nearest("banana", &known), None);
        assert_eq!(nearest("", &known), None);
    }
}
