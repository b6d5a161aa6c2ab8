//! `$(VAR)` in commands, arguments and values (ENV-3, ENV-4, ENV-11).

/// Replaces `$(NAME)` by what `lookup` knows; the result is not scanned again. `$$` is a dollar sign; unknown names and
/// everything that isn't quite a reference stay as they are.
#[must_use]
pub fn expand<'a>(text: &str, lookup: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match lookup(name) {
                Some(value) => expanded.push_str(value),
                None => {
                    expanded.push_str("$(");
                    expanded.push_str(name);
                    expanded.push(')');
                }
            }
            rest = after;
        } else {
            expanded.push('$');
        }
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::expand;

    #[test]
    fn the_grammar_of_references_env_4() {
        let lookup = |name: &str| match name {
            "A" => Some("a"),
            "B" => Some("$(A)"),
            "odd name" => Some("odd"),
            "" => None,
            _ => None,
        };
        for (text, expected) in [
            ("$(A)", "a"),
            ("x$(A)y$(A)", "xaya"),
            ("$(B)", "$(A)"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$a"),
            ("$$$$", "$$"),
            ("$(NONE)", "$(NONE)"),
            ("$(A", "$(A"),
            ("$A", "$A"),
            ("${A}", "${A}"),
            ("cost: 5$", "cost: 5$"),
            ("$(odd name)", "odd"),
            ("$()", "$()"),
            ("", ""),
        ] {
            assert_eq!(expand(text, lookup), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_dollars_is_left_alone(text in "[^$]{0,60}") {
            prop_assert_eq!(expand(&text, |_| Some("x")), text);
        }

        #[test]
        fn expanding_never_panics(text in "[$()A\u{20ac}]{0,40}") {
            let _ = expand(&text, |name| (name == "A").then_some("1"));
        }
    }
}
