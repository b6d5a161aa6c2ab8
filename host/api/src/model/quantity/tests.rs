#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    text.parse::<Quantity>().unwrap().to_string()
}

#[test]
fn canonical_text_keeps_the_family_of_suffixes_res_5() {
    for (given, expected) in [
        ("0", "0"),
        ("0Mi", "0"),
        ("0.5", "500m"),
        ("1024Mi", "1Gi"),
        ("1500m", "1500m"),
        ("1000m", "1"),
        ("1.5Gi", "1536Mi"),
        ("1000", "1k"),
        ("1e3", "1e3"),
        ("12E6", "12e6"),
        ("100Ki", "100Ki"),
        ("1023", "1023"),
        ("512Ki", "512Ki"),
        ("0.5Ki", "512"),
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("-2", "-2"),
        ("+3k", "3k"),
        (".5", "500m"),
        ("5.", "5"),
        ("00012", "12"),
        ("99999999999999999999E", "9223372036854775807"),
    ] {
        assert_eq!(canonical(given), expected, "{given}");
    }
}

#[test]
fn text_that_is_no_quantity_is_refused() {
    for text in ["", "m", "1 Gi", "1gi", "1.2.3", "1e", "abc", "1KiB", "--1", "1eM", "½"] {
        assert_eq!(text.parse::<Quantity>(), Err(QuantityError), "{text}");
    }
}

#[test]
fn amounts_round_up_to_their_unit() {
    assert_eq!("1u".parse::<Quantity>().unwrap().to_milli_cpu(), MilliCpu(1));
    assert_eq!("250m".parse::<Quantity>().unwrap().to_milli_cpu(), MilliCpu(250));
    assert_eq!("64Mi".parse::<Quantity>().unwrap().to_bytes(), ByteSize(67_108_864));
    assert_eq!(Quantity::milli(1500).divide_up(Quantity::whole(1)), Some(2));
    assert_eq!(Quantity::milli(1500).divide_up(Quantity::milli(1)), Some(1500));
    assert_eq!(Quantity::whole(1).divide_up(Quantity::whole(0)), None);
}

proptest! {
    #[test]
    fn canonical_text_reads_back_as_the_same_value(
        whole in 0u64..1_000_000_000_000,
        fraction in proptest::option::of(0u32..1000),
        suffix in proptest::sample::select(vec!["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E-3"]),
    ) {
        let text = fraction.map_or_else(|| format!("{whole}{suffix}"), |f| format!("{whole}.{f}{suffix}"));
        let value: Quantity = text.parse().unwrap();
        let printed = value.to_string();
        let again: Quantity = printed.parse().unwrap();
        // Binary output has no fractions: it may only round up, and then it is stable.
        prop_assert!(again >= value);
        prop_assert!(again.nanos() - value.nanos() < NANO);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn parsing_never_panics(text in "[-+0-9.eEinumkKMGTP]{0,50}") {
        let _ = text.parse::<Quantity>();
    }
}
