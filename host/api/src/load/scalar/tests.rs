//! The table was made with a real kubectl: each text as the value of a field of a manifest given to
//! `kubectl label --local -o json`. A duplicate key is the one row where we are stricter.
#![allow(clippy::unwrap_used, reason = "tests")]

use Expected::{Err, Json};
use proptest::prelude::*;

use super::*;
use crate::load::tree::{Content, Node};
use crate::load::yaml;

enum Expected {
    Json(&'static str),
    Err,
}

#[rustfmt::skip]
const TABLE: &[(&str, Expected)] = &[
    (r#"y"#, Json(r#"true"#)),
    (r#"Y"#, Json(r#"true"#)),
    (r#"n"#, Json(r#"false"#)),
    (r#"N"#, Json(r#"false"#)),
    (r#"yes"#, Json(r#"true"#)),
    (r#"Yes"#, Json(r#"true"#)),
    (r#"YES"#, Json(r#"true"#)),
    (r#"yEs"#, Json(r#""yEs""#)),
    (r#"no"#, Json(r#"false"#)),
    (r#"No"#, Json(r#"false"#)),
    (r#"NO"#, Json(r#"false"#)),
    (r#"on"#, Json(r#"true"#)),
    (r#"On"#, Json(r#"true"#)),
    (r#"ON"#, Json(r#"true"#)),
    (r#"off"#, Json(r#"false"#)),
    (r#"Off"#, Json(r#"false"#)),
    (r#"OFF"#, Json(r#"false"#)),
    (r#"true"#, Json(r#"true"#)),
    (r#"True"#, Json(r#"true"#)),
    (r#"TRUE"#, Json(r#"true"#)),
    (r#"tRUE"#, Json(r#""tRUE""#)),
    (r#"false"#, Json(r#"false"#)),
    (r#"False"#, Json(r#"false"#)),
    (r#"FALSE"#, Json(r#"false"#)),
    (r#""true""#, Json(r#""true""#)),
    (r#"'yes'"#, Json(r#""yes""#)),
    (r#"0644"#, Json(r#"420"#)),
    (r#"0o644"#, Json(r#"420"#)),
    (r#"0O644"#, Json(r#"420"#)),
    (r#"0x1F"#, Json(r#"31"#)),
    (r#"0X1f"#, Json(r#"31"#)),
    (r#"0b101"#, Json(r#"5"#)),
    (r#"0B1"#, Json(r#"1"#)),
    (r#"1_000"#, Json(r#"1000"#)),
    (r#"0_7"#, Json(r#"7"#)),
    (r#"08"#, Json(r#"8"#)),
    (r#"09"#, Json(r#"9"#)),
    (r#"007"#, Json(r#"7"#)),
    (r#"+1"#, Json(r#"1"#)),
    (r#"-1"#, Json(r#"-1"#)),
    (r#"0"#, Json(r#"0"#)),
    (r#"-0"#, Json(r#"0"#)),
    (r#"+0x1f"#, Json(r#"31"#)),
    (r#"-0x1f"#, Json(r#"-31"#)),
    (r#"-0644"#, Json(r#"-420"#)),
    (r#"-0b11"#, Json(r#"-3"#)),
    (r#"+0b11"#, Json(r#"3"#)),
    (r#"0o"#, Json(r#""0o""#)),
    (r#"0x"#, Json(r#""0x""#)),
    (r#"0b"#, Json(r#""0b""#)),
    (r#"1__0"#, Json(r#"10"#)),
    (r#"_1"#, Json(r#""_1""#)),
    (r#"1_"#, Json(r#"1"#)),
    (r#"0_x1"#, Json(r#"1"#)),
    (r#"0x_1"#, Json(r#"1"#)),
    (r#"0b1_0"#, Json(r#"2"#)),
    (r#"12e03"#, Json(r#"12000"#)),
    (r#"1:20"#, Json(r#""1:20""#)),
    (r#"190:20:30"#, Json(r#""190:20:30""#)),
    (r#"0b12"#, Json(r#""0b12""#)),
    (r#"0777"#, Json(r#"511"#)),
    (r#"00"#, Json(r#"0"#)),
    (r#"0o8"#, Json(r#""0o8""#)),
    (r#"0xg"#, Json(r#""0xg""#)),
    (r#"1 2"#, Json(r#""1 2""#)),
    (r#"1,2"#, Json(r#""1,2""#)),
    (r#"9223372036854775807"#, Json(r#"9223372036854775807"#)),
    (r#"9223372036854775808"#, Json(r#"9223372036854776000"#)),
    (r#"18446744073709551615"#, Json(r#"18446744073709552000"#)),
    (r#"18446744073709551616"#, Json(r#"18446744073709552000"#)),
    (r#"-9223372036854775808"#, Json(r#"-9223372036854775808"#)),
    (r#"-9223372036854775809"#, Json(r#"-9223372036854776000"#)),
    (r#"123456789012345678901234567890"#, Json(r#"1.2345678901234568e+29"#)),
    (r#"1.0"#, Json(r#"1"#)),
    (r#"1.5"#, Json(r#"1.5"#)),
    (r#"1."#, Json(r#"1"#)),
    (r#".5"#, Json(r#"0.5"#)),
    (r#"1e3"#, Json(r#"1000"#)),
    (r#"1E3"#, Json(r#"1000"#)),
    (r#"1e+3"#, Json(r#"1000"#)),
    (r#"1.5e-3"#, Json(r#"0.0015"#)),
    (r#"-.5"#, Json(r#"-0.5"#)),
    (r#"+.5"#, Json(r#"0.5"#)),
    (r#"1_0.5"#, Json(r#"10.5"#)),
    (r#"1.2.3"#, Json(r#""1.2.3""#)),
    (r#"685_230.15"#, Json(r#"685230.15"#)),
    (r#"6.8523015e+5"#, Json(r#"685230.15"#)),
    (r#"0.1"#, Json(r#"0.1"#)),
    (r#"100000000000000000000.0"#, Json(r#"100000000000000000000"#)),
    (r#"1e21"#, Json(r#"1e+21"#)),
    (r#"1e20"#, Json(r#"100000000000000000000"#)),
    (r#"1e-7"#, Json(r#"1e-7"#)),
    (r#"0e0"#, Json(r#"0"#)),
    (r#"-0.0"#, Json(r#"0"#)),
    (r#"0.30"#, Json(r#"0.3"#)),
    (r#"1e400"#, Json(r#""1e400""#)),
    (r#""1.0""#, Json(r#""1.0""#)),
    (r#"'1'"#, Json(r#""1""#)),
    (r#"."#, Json(r#"".""#)),
    (r#".e1"#, Json(r#"".e1""#)),
    (r#"..5"#, Json(r#""..5""#)),
    (r#".5e1"#, Json(r#"5"#)),
    (r#"._5"#, Json(r#""._5""#)),
    (r#".5_0"#, Json(r#"0.5"#)),
    (r#".inf"#, Err),
    (r#"-.Inf"#, Err),
    (r#"+.INF"#, Err),
    (r#".nan"#, Err),
    (r#".NaN"#, Err),
    (r#"0x1p-2"#, Json(r#""0x1p-2""#)),
    (r#"1e"#, Json(r#""1e""#)),
    (r#".1p1"#, Json(r#"".1p1""#)),
    (r#".infinity"#, Json(r#"".infinity""#)),
    (r#"+inf"#, Json(r#""+inf""#)),
    (r#"1.5f"#, Json(r#""1.5f""#)),
    (r#"3.0e2"#, Json(r#"300"#)),
    (r#"5e-324"#, Json(r#"5e-324"#)),
    (r#"123456789.123456789"#, Json(r#"123456789.12345679"#)),
    (r#"0.000001"#, Json(r#"0.000001"#)),
    (r#"0.0000001"#, Json(r#"1e-7"#)),
    (r#"~"#, Json(r#"null"#)),
    (r#"null"#, Json(r#"null"#)),
    (r#"Null"#, Json(r#"null"#)),
    (r#"NULL"#, Json(r#"null"#)),
    (r#"nULL"#, Json(r#""nULL""#)),
    (r#""#, Json(r#"null"#)),
    (r#""""#, Json(r#""""#)),
    (r#"'null'"#, Json(r#""null""#)),
    (r#"2020-01-01"#, Json(r#""2020-01-01""#)),
    (r#"2001-12-14t21:59:43.10-05:00"#, Json(r#""2001-12-14t21:59:43.10-05:00""#)),
    (r#"2020-01-01 10:00:00"#, Json(r#""2020-01-01 10:00:00""#)),
    (r#"2020-1-2"#, Json(r#""2020-1-2""#)),
    (r#"2020-13-01"#, Json(r#""2020-13-01""#)),
    (r#"12:30"#, Json(r#""12:30""#)),
    (r#"12:30:45"#, Json(r#""12:30:45""#)),
    (r#"2020-01-01T00:00:00Z"#, Json(r#""2020-01-01T00:00:00Z""#)),
    (r#"!!str 123"#, Json(r#""123""#)),
    (r#"!!int "12""#, Json(r#"12"#)),
    (r#"!!float 3"#, Json(r#"3"#)),
    (r#"!!bool "yes""#, Json(r#"true"#)),
    (r#"!!bool yes"#, Json(r#"true"#)),
    (r#"!!null """#, Json(r#"null"#)),
    (r#"!!null x"#, Err),
    (r#"!!str yes"#, Json(r#""yes""#)),
    (r#"!!str"#, Json(r#""""#)),
    (r#"! 12"#, Json(r#""12""#)),
    (r#"!foo bar"#, Json(r#""bar""#)),
    (r#"!foo 12"#, Json(r#""12""#)),
    (r#"!!binary aGVsbG8="#, Json(r#""hello""#)),
    (r#"!!binary "%""#, Err),
    (r#"!!int x"#, Err),
    (r#"!!int 3.5"#, Err),
    (r#"!!float x"#, Err),
    (r#"!!timestamp 2020-01-01"#, Json(r#""2020-01-01""#)),
    (r#"!!str ~"#, Json(r#""~""#)),
    (r#"!!float "2.5""#, Json(r#"2.5"#)),
    (r#"!!map x"#, Json(r#""x""#)),
    (r#"<<"#, Json(r#""<<""#)),
    (r#"="#, Json(r#""=""#)),
    (r#"a b"#, Json(r#""a b""#)),
    (r#"a#b"#, Json(r#""a#b""#)),
    (r#"a #b"#, Json(r#""a""#)),
    (r#"'it''s'"#, Json(r#""it's""#)),
    (r#""\u00e9""#, Json(r#""é""#)),
    (r#""\x41""#, Json(r#""A""#)),
    (r#"64Mi"#, Json(r#""64Mi""#)),
    (r#"500m"#, Json(r#""500m""#)),
    (r#"1Gi"#, Json(r#""1Gi""#)),
    (r#"10s"#, Json(r#""10s""#)),
    (r#"0.5Gi"#, Json(r#""0.5Gi""#)),
    (r#"@a"#, Err),
    (r#"%a"#, Err),
    (r#"a: b"#, Err),
    (r#"- a"#, Err),
    (r#"http://x:80"#, Json(r#""http://x:80""#)),
    (r#""\U0001F600""#, Json(r#""😀""#)),
    (r#"|2
    x
"#, Json(r#""x\n""#)),
    (r#"&a yes"#, Json(r#"true"#)),
    (r#"*a"#, Err),
    (r#"[a, yes, 1]"#, Json(r#"["a",true,1]"#)),
    (r#"{a: yes, 1: 2}"#, Json(r#"{"1":2,"a":true}"#)),
    (r#"{yes: 1, no: 2, 1.5: 3, 0x10: 4, 1e3: 5, 0644: 6, 1_0: 7}"#, Json(r#"{"1.5":3,"10":7,"1000":5,"16":4,"420":6,"false":2,"true":1}"#)),
    (r#"{~: 1}"#, Err),
    (r#"{2020-01-01: x}"#, Json(r#"{"2020-01-01":"x"}"#)),
    (r#"{"": 1}"#, Json(r#"{"":1}"#)),
    (r#"{[a]: b}"#, Err),
    (r#"{{a: b}: c}"#, Err),
    (r#"{<<: {a: 1, b: 2}, b: 3}"#, Json(r#"{"a":1,"b":3}"#)),
    (r#"{<<: [{a: 1}, {a: 2, b: 2}]}"#, Json(r#"{"a":1,"b":2}"#)),
    (r#"{<<: 1}"#, Err),
    (r#"{"<<": {a: 1}}"#, Json(r#"{"<<":{"a":1}}"#)),
    (r#"{1: a, "1": b}"#, Err),
    (r#"{a: 1, a: 2}"#, Err),
    (r#"{? a : b}"#, Json(r#"{"a":"b"}"#)),
    (r#"{a, b: c}"#, Json(r#"{"a":null,"b":"c"}"#)),
    (r#"[a: b]"#, Json(r#"[{"a":"b"}]"#)),
    (r#"[a,,b]"#, Err),
    (r#"[a,]"#, Json(r#"["a"]"#)),
    (r#"{a: }"#, Json(r#"{"a":null}"#)),
    (r#"{'yes': 1}"#, Json(r#"{"yes":1}"#)),
];

fn to_json(node: &Node) -> serde_json::Value {
    match &node.content {
        Content::Scalar(scalar) => match scalar.meaning {
            Meaning::Null => serde_json::Value::Null,
            Meaning::Bool(value) => value.into(),
            Meaning::Integer(value) => value.into(),
            Meaning::Float(value) => value.into(),
            Meaning::Text => scalar.text.clone().into(),
        },
        Content::Sequence(items) => items.iter().map(to_json).collect(),
        Content::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.value))).collect()
        }
    }
}

/// Numbers are compared as numbers: kubectl's writer prints large floats without an exponent.
fn same(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (left, right) {
        (Number(left), Number(right)) if !(left.is_i64() && right.is_i64()) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= left.abs() * f64::EPSILON
        }
        (Array(left), Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Object(left), Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[test]
fn scalars_mean_what_kubectl_takes_them_for() {
    let mut wrong = Vec::new();
    for (text, expected) in TABLE {
        let parsed = yaml::parse(&format!("spec:\n  v: {text}\n"), 0);
        let value = parsed
            .errors
            .is_empty()
            .then(|| to_json(&parsed.documents[0].get("spec").unwrap().value.get("v").unwrap().value));
        let fine = match (&value, expected) {
            (None, Err) => true,
            (Some(value), Json(json)) => same(value, &serde_json::from_str(json).unwrap()),
            _ => false,
        };
        if !fine {
            wrong.push(format!("{text:?} gave {value:?}, {:?}", parsed.errors));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn block_scalars_are_texts() {
    for (text, expected) in
        [("|\n    0644\n", "0644\n"), (">-\n    yes\n    no\n", "yes no"), ("\"a\\\n    b\"", "ab")]
    {
        let parsed = yaml::parse(&format!("spec:\n  v: {text}\n"), 0);
        let spec = parsed.documents[0].get("spec").unwrap();
        assert_eq!(spec.value.get("v").unwrap().value.as_text(), Some(expected));
    }
}

proptest! {
    #[test]
    fn resolving_never_panics(text in "\\PC{0,30}") {
        let _ = resolve(&text, true, Declared::Nothing);
    }

    #[test]
    fn integers_read_back(value: i64) {
        prop_assert_eq!(resolve(&value.to_string(), true, Declared::Nothing), Ok(Meaning::Integer(value)));
    }

    #[test]
    fn numbers_in_odd_shapes_never_panic(text in "[-+._0-9eExXoObBaf]{1,24}") {
        let _ = resolve(&text, true, Declared::Nothing);
    }
}
