//! Rules for names, in the API server's words (VAL-31 … VAL-36).

const LABEL_DETAIL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_DETAIL: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
/// Letters and digits that random suffixes are made of: no vowels, nothing that looks like something else.
const SUFFIX_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Longest start of a generated name; 63 less the suffix of 5.
const GENERATED_BASE: usize = 58;

fn is_label(value: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = value.as_bytes();
    let ends = bytes.first().is_some_and(|&byte| fits(byte)) && bytes.last().is_some_and(|&byte| fits(byte));
    ends && bytes.iter().all(|&byte| fits(byte) || byte == b'-')
}

fn is_name_part(value: &str) -> bool {
    let bytes = value.as_bytes();
    let ends = bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric);
    ends && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

fn longer(value: &str, limit: usize) -> Option<String> {
    (value.len() > limit).then(|| format!("must be no more than {limit} characters"))
}

/// DNS label (VAL-32): empty result = fine.
#[must_use]
pub fn dns_label(value: &str) -> Vec<String> {
    let mut details: Vec<String> = longer(value, 63).into_iter().collect();
    if !is_label(value) {
        let dotted = value.contains('.') && is_subdomain(value);
        details.push(if dotted { "must not contain dots" } else { LABEL_DETAIL }.to_owned());
    }
    details
}

/// DNS subdomain (VAL-31).
#[must_use]
pub fn dns_subdomain(value: &str) -> Vec<String> {
    let mut details: Vec<String> = longer(value, 253).into_iter().collect();
    if !is_subdomain(value) {
        details.push(SUBDOMAIN_DETAIL.to_owned());
    }
    details
}

/// Port name (VAL-34).
#[must_use]
pub fn port_name(value: &str) -> Vec<String> {
    let mut details: Vec<String> = longer(value, 15).into_iter().collect();
    let mut rule = |broken: bool, detail: &str| {
        if broken {
            details.push(detail.to_owned());
        }
    };
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    rule(
        value.is_empty() || !value.bytes().all(allowed),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    rule(!value.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    rule(value.contains("--"), "must not contain consecutive hyphens");
    rule(value.starts_with('-') || value.ends_with('-'), "must not begin or end with a hyphen");
    details
}

/// Key of a label or annotation: an optional domain, a slash and a name (VAL-35).
#[must_use]
pub fn qualified_name(value: &str) -> Vec<String> {
    let mut details = Vec::new();
    let name = match value.split_once('/') {
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a qualified name {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                details.push("prefix part must be non-empty".to_owned());
            } else {
                details
                    .extend(dns_subdomain(prefix).into_iter().map(|detail| format!("prefix part {detail}")));
            }
            name
        }
        None => value,
    };
    if name.is_empty() {
        details.push("name part must be non-empty".to_owned());
    }
    details.extend(longer(name, 63).map(|detail| format!("name part {detail}")));
    if !name.is_empty() && !is_name_part(name) {
        details.push(format!("name part {NAME_PART}"));
    }
    details
}

/// Value of a label (VAL-35).
#[must_use]
pub fn label_value(value: &str) -> Vec<String> {
    let mut details: Vec<String> = longer(value, 63).into_iter().collect();
    if !value.is_empty() && !is_name_part(value) {
        details.push(LABEL_VALUE.to_owned());
    }
    details
}

/// Key in a Secret or ConfigMap; it becomes a file name.
#[must_use]
pub fn config_key(value: &str) -> Vec<String> {
    let mut details: Vec<String> = longer(value, 253).into_iter().collect();
    if value.is_empty()
        || !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        details.push(CONFIG_KEY.to_owned());
    }
    if value == "." {
        details.push("must not be '.'".to_owned());
    } else if value == ".." {
        details.push("must not be '..'".to_owned());
    } else if value.starts_with("..") {
        details.push("must not start with '..'".to_owned());
    }
    details
}

/// Name of an environment variable (VAL-50).
#[must_use]
pub fn env_name(value: &str) -> Vec<String> {
    if !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        return Vec::new();
    }
    let detail =
        "a valid environment variable name must consist only of printable ASCII characters other than '='";
    vec![detail.to_owned()]
}

/// A name made from `generateName` (VAL-36). `random` gives a number below its argument.
pub fn generate(base: &str, mut random: impl FnMut(usize) -> usize) -> String {
    let cut = base.char_indices().map(|(at, _)| at).find(|&at| at >= GENERATED_BASE).unwrap_or(base.len());
    let mut name = base[..cut].to_owned();
    for _ in 0..5 {
        name.push(char::from(SUFFIX_ALPHABET[random(SUFFIX_ALPHABET.len()) % SUFFIX_ALPHABET.len()]));
    }
    name
}
