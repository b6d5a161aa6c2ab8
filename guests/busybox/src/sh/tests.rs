//! The parts of the shell one by one. What they do together is compared with other shells in `tests/shell`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::ast::{List, Part, Word};
use super::parser::Parser;
use super::pattern::{self, Pattern};
use super::source::Source;
use super::state::{Shell, Stop};
use super::{arith, print, transfer};

fn parse(text: &str) -> Result<List, String> {
    Parser::new(Source::Text(Some(text.to_owned())), Rc::default())
        .everything()
        .map_err(|error| error.message)
}

fn word(text: &str) -> Word {
    Parser::new(Source::Text(Some(text.to_owned())), Rc::default()).word().unwrap().unwrap()
}

fn shell() -> Shell {
    let mut shell = Shell::new(vec!["sh".to_owned()]);
    shell.variables.clear();
    shell.set("IFS", " \t\n").unwrap();
    shell
}

fn fields(shell: &mut Shell, text: &str) -> Vec<String> {
    shell.fields(&word(text)).unwrap()
}

#[test]
fn quotes_and_backslashes_make_parts_of_one_word() {
    let quoted = |text: &str| Part::Quoted(text.to_owned());
    let literal = |text: &str| Part::Literal(text.to_owned());
    assert_eq!(word(r"a'b c'\d").parts, [literal("a"), quoted("b cd")]);
    assert_eq!(
        word("\"a\\$b\\c\"").parts,
        [Part::Double(vec![literal("a"), quoted("$"), literal("b"), quoted("\\"), literal("c")])]
    );
    assert_eq!(word("a\\\nb c").parts, [literal("ab")]);
    assert_eq!(word("a$").parts, [literal("a$")]);
}

#[test]
fn a_word_keeps_its_text_as_written() {
    for text in ["a'b c'", "${x:-a b}", "$(echo a b)", "$((1 + 2))", "`echo \\`a\\``", "\"$x}\""] {
        assert_eq!(word(text).raw, text);
    }
}

#[test]
fn wrong_grammar_is_named_as_ash_names_it() {
    for (text, message) in [
        ("if", "unexpected end of file (expecting \"then\")"),
        ("if true; then true", "unexpected end of file (expecting \"fi\")"),
        ("fi", "unexpected \"fi\""),
        ("(true", "unexpected end of file (expecting \")\")"),
        ("true | | true", "unexpected \"|\""),
        ("true;;", "unexpected \";;\""),
        ("> ", "unexpected end of file"),
        ("for 1 in a; do :; done", "bad for loop variable"),
        ("'a", "unterminated quoted string"),
        ("echo ${a!}", "bad substitution"),
        ("echo ${a", "missing '}'"),
        ("echo $((1", "missing '))'"),
    ] {
        assert_eq!(parse(text).unwrap_err(), message, "{text}");
    }
}

#[test]
fn printed_commands_parse_to_the_same_commands() {
    for text in [
        "a=1 b='x y' cmd \"$1\" 2>&1 >f <g >>h &",
        "a | b && ! c || d; e",
        "if a; then b; elif c; then d; else e; fi >f",
        "while a; do b; done; until c; do d; done",
        "for i in 1 2 '3 4'; do echo $i; done; for i; do :; done",
        "case $x in a|b) c;; (*) d;; esac",
        "f() { a; (b; c) | d; }",
        "cat <<E | tr a b && cat <<'F'\na $x\nE\n$y\nF\necho",
        "x=$(cat <<E\nbody\nE\n); { a; } 3<&- 4<>f >|g",
    ] {
        let once = print::list(&parse(text).unwrap());
        let twice = print::list(&parse(&once).unwrap());
        assert_eq!(once, twice, "{text}");
    }
}

#[test]
fn a_line_is_parsed_before_the_next_one_is_asked_for() {
    let (reading, writing) = wasipod_guest_os::pipe().unwrap();
    writing.write_all(b"echo a\nrest").unwrap();
    drop(writing);
    let reading = Rc::new(reading);
    let mut parser = Parser::new(Source::Lines(Rc::clone(&reading)), Rc::default());
    assert_eq!(parser.complete_command().unwrap().unwrap().0.len(), 1);
    assert_eq!(reading.read_to_end().unwrap(), b"rest");
}

#[test]
fn an_alias_is_replaced_where_a_command_begins_and_after_one_that_ends_with_a_blank() {
    let aliases: BTreeMap<String, String> = [("e", "echo "), ("w", "world"), ("l", "l -a"), ("begin", "{")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .into();
    let printed = |text: &str| {
        let parser = &mut Parser::new(Source::Text(Some(text.to_owned())), Rc::new(aliases.clone()));
        print::list(&parser.everything().unwrap())
    };
    assert_eq!(printed("e w w"), "echo world w\n");
    assert_eq!(printed("l w"), "l -a w\n");
    assert_eq!(printed("x w; \\w; w"), "x w\n\\w\nworld\n");
    assert_eq!(printed("begin e; }"), "{\necho\n}\n");
}

#[test]
fn results_of_expansions_are_split_and_quoted_ones_are_not() {
    let mut shell = shell();
    shell.set("x", " a  b ").unwrap();
    assert_eq!(fields(&mut shell, "$x"), ["a", "b"]);
    assert_eq!(fields(&mut shell, "\"$x\""), [" a  b "]);
    assert_eq!(fields(&mut shell, "1$x\"2\""), ["1", "a", "b", "2"]);
    assert_eq!(fields(&mut shell, "${u-c d}"), ["c", "d"]);
    assert_eq!(fields(&mut shell, "${u-'c d'}"), ["c d"]);
    assert_eq!(fields(&mut shell, "$u"), [""; 0]);
    assert_eq!(fields(&mut shell, "\"$u\""), [""]);
    shell.set("IFS", ":").unwrap();
    shell.set("x", "a::b:").unwrap();
    assert_eq!(fields(&mut shell, "$x"), ["a", "", "b"]);
}

#[test]
fn at_sign_and_star_differ_in_quotes() {
    let mut shell = shell();
    shell.positional = vec!["a b".to_owned(), String::new(), "c".to_owned()];
    assert_eq!(fields(&mut shell, "\"$@\""), ["a b", "", "c"]);
    assert_eq!(fields(&mut shell, "\"$*\""), ["a b  c"]);
    assert_eq!(fields(&mut shell, "x\"$@\"y"), ["xa b", "", "cy"]);
    assert_eq!(fields(&mut shell, "$#"), ["3"]);
    shell.positional.clear();
    assert_eq!(fields(&mut shell, "\"$@\""), [""; 0]);
    assert_eq!(fields(&mut shell, "\"$*\""), [""]);
}

#[test]
fn parameters_are_trimmed_replaced_and_set() {
    let mut shell = shell();
    shell.set("p", "/usr/lib/a.tar.gz").unwrap();
    for (text, value) in [
        ("${p##*/}", "a.tar.gz"),
        ("${p#*/}", "usr/lib/a.tar.gz"),
        ("${p%/*}", "/usr/lib"),
        ("${p%%.*}", "/usr/lib/a"),
        ("${#p}", "17"),
        ("${u:-$p}", "/usr/lib/a.tar.gz"),
        ("${p:+set}", "set"),
        ("${n=new}", "new"),
        ("$n", "new"),
    ] {
        assert_eq!(fields(&mut shell, text), [value], "{text}");
    }
    shell.descriptors.clear();
    assert_eq!(shell.fields(&word("${u?}")), Err(Stop::Error(2)));
}

#[test]
fn an_unset_variable_is_an_error_only_under_nounset() {
    let mut shell = shell();
    shell.descriptors.clear();
    assert_eq!(shell.fields(&word("a$u")).unwrap(), ["a"]);
    shell.options.insert('u');
    assert_eq!(shell.fields(&word("a$u")), Err(Stop::Error(2)));
    assert_eq!(shell.fields(&word("a${u-}$*")).unwrap(), ["a"]);
}

struct Names(BTreeMap<String, String>);

impl arith::Variables for Names {
    fn get(&mut self, name: &str) -> Result<Option<String>, String> {
        Ok(self.0.get(name).cloned())
    }

    fn set(&mut self, name: &str, value: i64) -> Result<(), String> {
        self.0.insert(name.to_owned(), value.to_string());
        Ok(())
    }
}

#[test]
fn arithmetic_has_the_operators_of_c_with_their_precedence() {
    let mut names =
        Names([("x", "5"), ("y", "x + 1"), ("h", "0x10")].map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    for (text, value) in [
        ("", 0),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("1 << 2 + 1", 8),
        ("7 & 3 == 3", 1),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("!0 + ~0", 0),
        ("x > 4 ? x : 0", 5),
        ("y * 2", 12),
        ("h", 16),
        ("010", 8),
        ("z = x += 2", 7),
        ("z++ + z--", 15),
        ("0 && (w = 1)", 0),
        ("1 || 1 / 0", 1),
        ("w", 0),
        ("9223372036854775807 + 1", i64::MIN),
    ] {
        assert_eq!(arith::evaluate(text, &mut names), Ok(value), "{text}");
    }
    names.0.insert("loop".to_owned(), "loop".to_owned());
    for (text, error) in [
        ("1 +", "arithmetic syntax error"),
        ("1 2", "arithmetic syntax error"),
        ("08", "arithmetic syntax error"),
        ("1 / 0", "divide by zero"),
        ("loop", "expression recursion loop detected"),
    ] {
        assert_eq!(arith::evaluate(text, &mut names), Err(error.to_owned()), "{text}");
    }
}

#[test]
fn what_nests_too_deeply_is_refused_instead_of_ending_the_stack() {
    // Debug builds need more stack than the program's own thread has in release builds.
    std::thread::Builder::new().stack_size(64 << 20).spawn(nest_too_deeply).unwrap().join().unwrap();
}

fn nest_too_deeply() {
    for (open, inner, close) in
        [("(", "a", ")"), ("{ ", "a;", "};"), ("echo $(", "a", ")"), ("if ", "a;", "then b; fi;")]
    {
        let nested = |depth| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&nested(100)).is_ok(), "{open}");
        assert_eq!(parse(&nested(5000)).unwrap_err(), "nested too deeply", "{open}");
    }
    let text = format!("echo {}a{}", "${x-".repeat(5000), "}".repeat(5000));
    assert_eq!(parse(&text).unwrap_err(), "nested too deeply");
    for text in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        "-".repeat(5001) + "1",
        "x=".repeat(5000) + "1",
    ] {
        let error = arith::evaluate(&text, &mut Names(BTreeMap::new())).unwrap_err();
        assert_eq!(error, "expression recursion loop detected");
    }
}

#[test]
fn patterns_match_as_in_xcu_2_14() {
    for (text, yes, no) in [
        ("*.c", &["a.c", ".c"][..], &["a.h", "a.c "][..]),
        ("a?c", &["abc", "aüc"], &["ac", "abbc"]),
        ("[a-c]x", &["ax", "cx"], &["dx", "x"]),
        ("[!a-c]", &["d"], &["a", ""]),
        ("[]a]", &["]", "a"], &["b"]),
        ("[[:digit:]x]", &["1", "x"], &["a"]),
        ("a\\*", &["a*"], &["ab"]),
        ("[a", &["[a"], &["a"]),
        ("*a*b*c*", &["xaxbxcx", "abc"], &["acb"]),
    ] {
        let pattern = Pattern::new(text);
        for candidate in yes {
            assert!(pattern.matches(candidate), "{text} {candidate}");
        }
        for candidate in no {
            assert!(!pattern.matches(candidate), "{text} {candidate}");
        }
    }
}

#[test]
fn a_pattern_of_many_stars_is_no_trap() {
    let text = "a".repeat(2000);
    assert!(!Pattern::new(&("*a".repeat(50) + "b")).matches(&text));
}

#[test]
fn names_that_match_are_sorted_and_hidden_ones_left_out() {
    let directory = std::env::temp_dir().join(format!("glob-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("d")).unwrap();
    for name in ["b", "a", ".h", "d/x"] {
        std::fs::write(directory.join(name), "").unwrap();
    }
    let base = directory.to_string_lossy().into_owned();
    let names = |text: &str| -> Vec<String> {
        pattern::glob(&format!("{base}/{text}"))
            .iter()
            .map(|name| name.replace(&format!("{base}/"), ""))
            .collect()
    };
    assert_eq!(names("*"), ["a", "b", "d"]);
    assert_eq!(names(".h*"), [".h"]);
    assert_eq!(names("*/*"), ["d/x"]);
    assert_eq!(names("*/"), ["d/"]);
    assert_eq!(names("x*"), [""; 0]);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_subshell_begins_with_its_parents_state() {
    let mut parent = shell();
    parent.set("x", "a 'b'\nü").unwrap();
    parent.positional = vec![String::new(), "p q".to_owned()];
    parent.options.extend(['e', 'p']);
    parent.status = 3;
    parent.traps.insert(2, String::new());
    parent.traps.insert(15, "echo t".to_owned());
    let list = parse("f() { cat <<E | tr a b; }\n$1\nE").unwrap();
    if let super::ast::Command::Function(name, body) = &list.0[0].and_or.first.stages[0] {
        parent.functions.insert(name.clone(), Rc::clone(body));
    }
    let bytes = transfer::encode(&parent, "echo $x\n");
    let mut child = Shell::new(vec!["sh".to_owned()]);
    assert_eq!(transfer::decode(&mut child, &bytes).as_deref(), Some("echo $x\n"));
    assert_eq!(child.get("x"), parent.get("x"));
    assert_eq!((&child.positional, &child.options, child.status), (&parent.positional, &parent.options, 3));
    assert_eq!(print::function("f", &child.functions["f"]), print::function("f", &parent.functions["f"]));
    // XCU 2.13: caught signals have their defaults again, ignored ones stay ignored.
    assert_eq!(child.traps.keys().copied().collect::<Vec<_>>(), [2]);
    assert!(child.shown_traps.contains_key(&15));
    assert_eq!(transfer::decode(&mut child, &bytes[..bytes.len() - 1]), None);
}

#[test]
fn quoted_text_reads_back_as_itself() {
    for text in ["", "a", "it's", "''", "a b$c`d\"e\\f\n", "'"] {
        let mut shell = shell();
        assert_eq!(fields(&mut shell, &print::quote(text)), [text]);
    }
    assert_eq!(print::quote("it's"), "'it'\"'\"'s'");
}
