//! Label selectors: which objects they match (PP-6; also everything else that selects by labels).

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Whether the selector matches these labels. An empty selector matches everything; one with an operator that
/// doesn't exist matches nothing (validation refuses it, [`problems`]).
#[must_use]
pub fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector.match_expressions.iter().flatten().all(|requirement| {
            let label = labels.get(&requirement.key);
            let listed =
                |value: &String| requirement.values.as_ref().is_some_and(|values| values.contains(value));
            match requirement.operator.as_str() {
                "In" => label.is_some_and(listed),
                "NotIn" => !label.is_some_and(listed),
                "Exists" => label.is_some(),
                "DoesNotExist" => label.is_none(),
                _ => false,
            }
        })
}

/// Whether labels hold every pair of a plain selector such as `nodeSelector` (SCH-6).
#[must_use]
pub fn holds_all(wanted: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// What is wrong with a selector; empty = nothing.
#[must_use]
pub fn problems(selector: &LabelSelector) -> Vec<String> {
    let mut problems = Vec::new();
    for requirement in selector.match_expressions.iter().flatten() {
        let values = requirement.values.as_ref().map_or(0, Vec::len);
        match requirement.operator.as_str() {
            "In" | "NotIn" if values == 0 => {
                problems.push("must be specified when `operator` is 'In' or 'NotIn'".to_owned());
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                problems
                    .push("may not be specified when `operator` is 'Exists' or 'DoesNotExist'".to_owned());
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => problems.push("not a valid selector operator".to_owned()),
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn expression(key: &str, operator: &str, values: &[&str]) -> LabelSelector {
        let requirement = LabelSelectorRequirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        };
        LabelSelector { match_expressions: Some(vec![requirement]), match_labels: None }
    }

    #[test]
    fn an_empty_selector_matches_everything() {
        assert!(matches(&LabelSelector::default(), &labels(&[])));
    }

    #[test]
    fn match_labels_must_all_hold() {
        let wanted = labels(&[("app", "website"), ("role", "frontend")]);
        let selector = LabelSelector { match_labels: Some(wanted.clone()), match_expressions: None };
        assert!(matches(&selector, &labels(&[("app", "website"), ("role", "frontend"), ("x", "y")])));
        assert!(!matches(&selector, &labels(&[("app", "website")])));
        assert!(!holds_all(&wanted, &labels(&[("app", "website"), ("role", "backend")])));
    }

    #[test]
    fn expressions_follow_their_operators() {
        let given = labels(&[("tier", "web")]);
        for (selector, expected) in [
            (expression("tier", "In", &["web", "db"]), true),
            (expression("tier", "In", &["db"]), false),
            (expression("other", "In", &["db"]), false),
            (expression("tier", "NotIn", &["db"]), true),
            (expression("tier", "NotIn", &["web"]), false),
            (expression("other", "NotIn", &["web"]), true),
            (expression("tier", "Exists", &[]), true),
            (expression("other", "Exists", &[]), false),
            (expression("other", "DoesNotExist", &[]), true),
            (expression("tier", "DoesNotExist", &[]), false),
            (expression("tier", "Like", &["w"]), false),
        ] {
            assert_eq!(matches(&selector, &given), expected, "{selector:?}");
        }
        assert_eq!(problems(&expression("tier", "Like", &[])).len(), 1);
        assert_eq!(problems(&expression("tier", "In", &[])).len(), 1);
        assert_eq!(problems(&expression("tier", "In", &["a"])).len(), 0);
    }
}
