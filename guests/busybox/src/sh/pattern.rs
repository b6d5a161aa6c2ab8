//! Pattern matching notation (XCU 2.14). A backslash takes the next character's meaning away.

/// One element of a compiled pattern.
#[derive(Clone, Debug, PartialEq)]
enum Element {
    Char(char),
    Any,
    Many,
    Set { negated: bool, members: Vec<Member> },
}

#[derive(Clone, Debug, PartialEq)]
enum Member {
    Range(char, char),
    Class(String),
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Element>);

impl Pattern {
    /// Every text is a pattern: what isn't well-formed stands for itself.
    pub(crate) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut elements = Vec::new();
        let mut at = 0;
        while let Some(char) = chars.get(at) {
            at += 1;
            elements.push(match char {
                '\\' => {
                    let literal = chars.get(at).copied().unwrap_or('\\');
                    at += 1;
                    Element::Char(literal)
                }
                '?' => Element::Any,
                '*' => Element::Many,
                '[' => match set(&chars, at) {
                    Some((set, after)) => {
                        at = after;
                        set
                    }
                    None => Element::Char('['),
                },
                char => Element::Char(*char),
            });
        }
        Self(elements)
    }

    /// Whether it matches the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        matches(&self.0, &chars)
    }

    /// Whether it could match more than one text.
    pub(crate) fn is_literal(&self) -> bool {
        self.0.iter().all(|element| matches!(element, Element::Char(_)))
    }

    /// The text that it matches, if it is only one.
    pub(crate) fn literal(&self) -> String {
        self.0.iter().filter_map(|e| if let Element::Char(char) = e { Some(*char) } else { None }).collect()
    }

    /// Whether a leading period is matched by a period and not by something wider.
    pub(crate) fn names_hidden(&self) -> bool {
        self.0.first() == Some(&Element::Char('.'))
    }
}

/// A bracket expression that begins after the `[`; where it ends.
fn set(chars: &[char], mut at: usize) -> Option<(Element, usize)> {
    let negated = matches!(chars.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let mut members = Vec::new();
    let first = at;
    loop {
        let char = *chars.get(at)?;
        if char == ']' && at > first {
            return Some((Element::Set { negated, members }, at + 1));
        }
        if char == '[' && chars.get(at + 1) == Some(&':') {
            let end = (at + 2..chars.len()).find(|i| chars.get(*i..i + 2) == Some(&[':', ']']));
            if let Some(end) = end {
                members.push(Member::Class(chars.get(at + 2..end)?.iter().collect()));
                at = end + 2;
                continue;
            }
        }
        let low = literal(chars, &mut at)?;
        if chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|next| *next != ']') {
            at += 1;
            members.push(Member::Range(low, literal(chars, &mut at)?));
        } else {
            members.push(Member::Range(low, low));
        }
    }
}

fn literal(chars: &[char], at: &mut usize) -> Option<char> {
    if chars.get(*at) == Some(&'\\') && *at + 1 < chars.len() {
        *at += 1;
    }
    let char = *chars.get(*at)?;
    *at += 1;
    Some(char)
}

fn in_class(class: &str, char: char) -> bool {
    match class {
        "alpha" => char.is_alphabetic(),
        "digit" => char.is_ascii_digit(),
        "alnum" => char.is_alphanumeric(),
        "upper" => char.is_uppercase(),
        "lower" => char.is_lowercase(),
        "space" => char.is_whitespace(),
        "blank" => matches!(char, ' ' | '\t'),
        "punct" => char.is_ascii_punctuation(),
        "cntrl" => char.is_control(),
        "print" => !char.is_control(),
        "graph" => !char.is_control() && char != ' ',
        "xdigit" => char.is_ascii_hexdigit(),
        _ => false,
    }
}

fn matches_one(element: &Element, char: char) -> bool {
    match element {
        Element::Char(wanted) => *wanted == char,
        Element::Any => true,
        Element::Many => false,
        Element::Set { negated, members } => {
            let found = members.iter().any(|member| match member {
                Member::Range(low, high) => (*low..=*high).contains(&char),
                Member::Class(class) => in_class(class, char),
            });
            found != *negated
        }
    }
}

/// Linear in practice: after a mismatch only the last `*` takes one character more.
fn matches(pattern: &[Element], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(Element::Many), _) => {
                p += 1;
                retry = Some((p, t));
                continue;
            }
            (Some(element), Some(char)) if matches_one(element, *char) => {
                p += 1;
                t += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        match retry {
            Some((after, from)) if from < text.len() => {
                p = after;
                t = from + 1;
                retry = Some((after, t));
            }
            _ => return false,
        }
    }
}

/// The text without its shortest or longest prefix or suffix that matches (`${x#p}`, `${x%%p}`).
pub(super) fn trim<'a>(text: &'a str, pattern: &Pattern, suffix: bool, longest: bool) -> &'a str {
    let mut cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    if suffix != longest {
        cuts.reverse();
    }
    for cut in cuts {
        let (before, after) = text.split_at(cut);
        let (candidate, rest) = if suffix { (after, before) } else { (before, after) };
        if pattern.matches(candidate) {
            return rest;
        }
    }
    text
}

/// Pathname expansion (XCU 2.14.3): the names that match, sorted; empty if none does.
pub(super) fn glob(pattern: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut components = split_path(pattern).into_iter().peekable();
    if pattern.starts_with('/') {
        found = vec!["/".to_owned()];
    }
    while let Some(component) = components.next() {
        let last = components.peek().is_none();
        let compiled = Pattern::new(&component);
        let mut next = Vec::new();
        for base in &found {
            if component.is_empty() {
                // A trailing slash: directories only.
                if wasipod_guest_os::stat(base, true).is_ok_and(|stat| stat.is_directory()) {
                    next.push(base.clone());
                }
                continue;
            }
            if compiled.is_literal() {
                let path = format!("{base}{}", compiled.literal());
                if wasipod_guest_os::stat(&path, false).is_ok() {
                    next.push(if last { path } else { path + "/" });
                }
                continue;
            }
            let directory = if base.is_empty() { "." } else { base };
            let mut entries = wasipod_guest_os::read_directory(directory).unwrap_or_default();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            for entry in entries {
                if (entry.name.starts_with('.') && !compiled.names_hidden()) || !compiled.matches(&entry.name)
                {
                    continue;
                }
                let path = format!("{base}{}", entry.name);
                if last {
                    next.push(path);
                } else if wasipod_guest_os::stat(&path, true).is_ok_and(|stat| stat.is_directory()) {
                    next.push(path + "/");
                }
            }
        }
        found = next;
    }
    found.sort();
    found
}

/// The components between slashes; brackets don't hide a slash. A trailing slash gives an empty last one.
fn split_path(pattern: &str) -> Vec<String> {
    let trimmed = pattern.trim_start_matches('/');
    let mut parts: Vec<String> = trimmed.split('/').map(str::to_owned).collect();
    let trailing = parts.last().is_some_and(String::is_empty);
    parts.retain(|part| !part.is_empty());
    if trailing {
        parts.push(String::new());
    }
    parts
}
