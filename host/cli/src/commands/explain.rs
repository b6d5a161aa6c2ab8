//! `wasipod explain`

use std::fmt::Write as _;

use wasipod_api::support::{ExplainError, Explanation, Support, explain};

use crate::args::ExplainArgs;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Output;

/// Longest line of a description, in characters.
const WIDTH: usize = 78;

pub(crate) fn run(args: &ExplainArgs, output: &Output) -> Result<ExitStatus, Failure> {
    let explanation = explain(&args.field).map_err(|error| match &error {
        ExplainError::UnknownKind { nearest: None, .. } => {
            Failure::input(error.to_string()).hint("a field looks like pod.spec.containers.image")
        }
        _ => Failure::input(error.to_string()),
    })?;
    output.data(text(&explanation).as_bytes());
    Ok(ExitStatus::Success)
}

/// As `kubectl explain` lays it out, and what wasipod does with the field.
fn text(explanation: &Explanation) -> String {
    let Explanation { kind, path, type_name, description, support, fields } = explanation;
    let mut text = format!("KIND:       {kind}\nVERSION:    {}\n\n", kind.api_version());
    let name = path.rsplit('.').next().unwrap_or_default();
    let (label, shown) = if path.is_empty() {
        ("TYPE: ", type_name.clone())
    } else {
        ("FIELD:", format!("{name} <{type_name}>"))
    };
    // Writing to a string can't fail.
    let _ = writeln!(text, "{label}      {shown}");
    if !path.is_empty() {
        let _ = writeln!(text, "PATH:       {path}");
    }
    let _ = writeln!(text, "WASIPOD:    {}\n\nDESCRIPTION:", verdict(*support));
    for line in wrapped(description) {
        let _ = writeln!(text, "    {line}");
    }
    if !fields.is_empty() {
        let width =
            fields.iter().map(|field| field.name.len() + field.type_name.len() + 3).max().unwrap_or_default();
        text.push_str("\nFIELDS:\n");
        for field in fields {
            let name = format!("{} <{}>", field.name, field.type_name);
            let _ = writeln!(text, "    {name:width$}   {}", short(field.support));
        }
    }
    text
}

/// What happens to a field, as a sentence.
fn verdict(support: Option<Support>) -> String {
    match support {
        None => "its fields differ, see below".to_owned(),
        Some(Support::Supported) => "supported".to_owned(),
        Some(Support::Ignored(why)) => format!("accepted without effect: {why}"),
        Some(Support::NotYet(why)) => format!("not supported yet: {why}"),
        Some(Support::Never(why)) => format!("not supported: {why}"),
    }
}

/// The same as one word.
fn short(support: Option<Support>) -> &'static str {
    match support {
        None => "…",
        Some(Support::Supported) => "supported",
        Some(Support::Ignored(_)) => "no effect",
        Some(Support::NotYet(_)) => "not yet",
        Some(Support::Never(_)) => "never",
    }
}

/// The description in lines of readable length; its own line breaks stay.
fn wrapped(description: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in description.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_says_type_meaning_and_verdict() {
        let explanation = explain("pod.spec.containers.livenessProbe").unwrap();
        let text = text(&explanation);
        assert!(
            text.starts_with("KIND:       Pod\nVERSION:    v1\n\nFIELD:      livenessProbe <Probe>\n"),
            "{text}"
        );
        assert!(text.contains("PATH:       spec.containers[].livenessProbe\n"), "{text}");
        assert!(text.contains("WASIPOD:    "), "{text}");
        assert!(text.contains("\nFIELDS:\n") && text.contains("periodSeconds <integer>"), "{text}");
    }

    #[test]
    fn long_descriptions_are_wrapped() {
        let lines = wrapped(&"word ".repeat(100));
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        assert_eq!(wrapped("a\n\nb"), ["a", "", "b"]);
    }
}
