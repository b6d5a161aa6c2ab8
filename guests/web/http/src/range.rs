//! Byte ranges (RFC 9110, section 14).

/// The answer to a `Range` field for a representation of a known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The field asks for nothing that can be given as one part: the whole is sent.
    Whole,
    /// Bytes `first` to `last`, both included.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte, below the length.
        last: u64,
    },
    /// No byte of the representation is in any of the ranges: 416.
    Unsatisfiable,
}

/// Judges a `Range` field's value. A field that breaks the grammar, has another unit or asks for several
/// satisfiable ranges is answered with the whole, as the RFC allows.
pub fn judge(field: &str, length: u64) -> Range {
    let Some((unit, set)) = field.split_once('=') else { return Range::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Range::Whole;
    }
    let mut found = None;
    for spec in set.split(',').map(str::trim).filter(|spec| !spec.is_empty()) {
        let Some(range) = parse_spec(spec, length) else { return Range::Whole };
        match (range, found) {
            (Range::Part { .. }, Some(Range::Part { .. })) => return Range::Whole,
            (Range::Part { .. }, _) | (_, None) => found = Some(range),
            _ => {}
        }
    }
    found.unwrap_or(Range::Whole)
}

/// One `first-last`, `first-` or `-suffix`; none if it isn't any of them.
fn parse_spec(spec: &str, length: u64) -> Option<Range> {
    let (first, last) = spec.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let suffix = number(last)?;
        if suffix == 0 || length == 0 {
            return Some(Range::Unsatisfiable);
        }
        return Some(Range::Part { first: length.saturating_sub(suffix), last: length - 1 });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if first > last {
        return None;
    }
    if first >= length {
        return Some(Range::Unsatisfiable);
    }
    Some(Range::Part { first, last: last.min(length - 1) })
}

/// Digits only (`u64::from_str` would take a sign); a number too large counts as the largest.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Range::*, *};

    #[test]
    fn one_range_gives_a_part_and_every_other_field_the_whole() {
        let table = [
            ("bytes=0-0", 10, Part { first: 0, last: 0 }),
            ("bytes=2-5", 10, Part { first: 2, last: 5 }),
            ("bytes=2-", 10, Part { first: 2, last: 9 }),
            ("bytes=2-100", 10, Part { first: 2, last: 9 }),
            ("bytes=-3", 10, Part { first: 7, last: 9 }),
            ("bytes=-30", 10, Part { first: 0, last: 9 }),
            ("BYTES=1-1", 10, Part { first: 1, last: 1 }),
            ("bytes= 1 - 2 ", 10, Part { first: 1, last: 2 }),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=-1", 0, Unsatisfiable),
            ("bytes=99999999999999999999999-", 10, Unsatisfiable),
            ("bytes=1-99999999999999999999999", 10, Part { first: 1, last: 9 }),
            ("bytes=5-2", 10, Whole),
            ("bytes=a-2", 10, Whole),
            ("bytes=+1-2", 10, Whole),
            ("bytes=", 10, Whole),
            ("bytes=-", 10, Whole),
            ("bytes", 10, Whole),
            ("lines=1-2", 10, Whole),
            ("bytes=0-1,4-5", 10, Whole),
            ("bytes=0-1,40-50", 10, Part { first: 0, last: 1 }),
            ("bytes=40-50,0-1", 10, Part { first: 0, last: 1 }),
            ("bytes=40-50,60-", 10, Unsatisfiable),
        ];
        for (field, length, expected) in table {
            assert_eq!(judge(field, length), expected, "{field} of {length}");
        }
    }
}
