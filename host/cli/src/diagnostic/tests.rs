//! Findings as they are printed.

use wasipod_api::diagnostic::Position;

use super::*;

fn finding(line_text: &str, column: u32) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        source: "pod.yaml".to_owned(),
        position: Position { line: 12, column },
        path: "spec.hostAliases[0].hostname".to_owned(),
        message: "unknown field \"spec.hostAliases[0].hostname\"".to_owned(),
        hint: Some("did you mean \"hostnames\"?".to_owned()),
        line_text: line_text.to_owned(),
    }
}

#[test]
fn a_finding_shows_place_line_caret_and_hint() {
    let text = render(&[finding("    hostname:", 5)], false);
    assert_eq!(
        text,
        "error: unknown field \"spec.hostAliases[0].hostname\"
  --> pod.yaml:12:5
   |
12 |     hostname:
   |     ^^^^^^^^
   |
   = hint: did you mean \"hostnames\"?

"
    );
}

#[test]
fn a_line_that_may_hold_a_secret_is_not_shown() {
    let text = render(&[Diagnostic { hint: None, ..finding("", 5) }], false);
    assert_eq!(text, "error: unknown field \"spec.hostAliases[0].hostname\"\n--> pod.yaml:12:5\n\n");
}

#[test]
fn a_warning_is_called_one_and_nothing_is_coloured_unasked() {
    let warning = Diagnostic { severity: Severity::Warning, ..finding("a: b", 1) };
    assert!(render(std::slice::from_ref(&warning), false).starts_with("warning: unknown field"));
    assert!(!render(std::slice::from_ref(&warning), false).contains('\x1b'));
    assert!(render(&[warning], true).contains('\x1b'));
}

#[test]
fn the_mark_covers_one_word() {
    let marked = |line: &str, column| line[mark(line, column).unwrap()].to_owned();
    assert_eq!(marked("  image: nginx:1.27, x", 10), "nginx:1.27");
    assert_eq!(marked("  image: nginx", 3), "image");
    assert_eq!(marked("a: \"b c\" d", 4), "\"b c\"");
    assert_eq!(marked("ключ: значение", 7), "значение");
    assert_eq!(marked("short", 40), "");
}

#[test]
fn a_long_line_is_shown_in_part_and_a_very_long_one_not_at_all() {
    let line = |times| format!("{}wrong{}", "x ".repeat(times), " y".repeat(1000));
    let text = render(&[finding(&line(500), 1001)], false);
    assert!(text.contains("wrong") && text.len() < 500, "{text}");
    let text = render(&[finding(&line(5_000_000), 10_000_001)], false);
    assert!(text.contains("--> pod.yaml:12:10000001") && text.len() < 200, "{}", text.len());
}

#[test]
fn after_very_many_findings_the_rest_is_counted() {
    let text = render(&vec![finding("a: b", 1); 130], false);
    assert!(text.ends_with("… and 30 more\n\n"));
}
