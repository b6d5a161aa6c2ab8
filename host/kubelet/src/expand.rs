//! `$(VAR)` in commands, arguments and values (ENV-4).

/// `text` with every `$(NAME)` replaced that `value` knows. `$$` is a dollar, everything else stays as it is; what is
/// put in isn't looked at again.
pub fn expand(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            result.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match value(name) {
                Some(value) => result.push_str(&value),
                None => result.push_str(&rest[at..rest.len() - tail.len()]),
            }
            rest = tail;
        } else {
            result.push('$');
            rest = after;
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_env_4() {
        let table = [
            ("$(A)", "1"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$(X)-$(A)", "$(X)-1"),
            ("$(A", "$(A"),
            ("$A $ $", "$A $ $"),
            ("$(B)", "$(A)"),
            ("$()", "$()"),
            ("a$(A)b$(A)", "a1b1"),
        ];
        for (text, expanded) in table {
            let value = |name: &str| match name {
                "A" => Some("1".to_owned()),
                "B" => Some("$(A)".to_owned()),
                _ => None,
            };
            assert_eq!(expand(text, value), expanded);
        }
    }
}
