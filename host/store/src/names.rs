//! Names and uids that the store makes up (VAL-36, API-60).

/// How many generated names are tried.
pub(crate) const ATTEMPTS: usize = 8;
/// What generated names end with: no vowels and no look-alikes.
const SUFFIX_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Letters in the random end of a generated name.
const SUFFIX_LENGTH: usize = 5;
/// So that base and end make a DNS label.
const MAX_BASE: usize = 63 - SUFFIX_LENGTH;

pub(crate) fn generated(base: &str, mut random: u64) -> String {
    let letters = SUFFIX_LETTERS.len() as u64;
    let mut name: String = base.chars().take(MAX_BASE).collect();
    for _ in 0..SUFFIX_LENGTH {
        #[expect(clippy::cast_possible_truncation, reason = "below the number of letters")]
        name.push(char::from(SUFFIX_LETTERS[(random % letters) as usize]));
        random /= letters;
    }
    name
}

/// A random uid: a UUID of version 4.
pub(crate) fn uid(high: u64, low: u64) -> String {
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let text = format!("{high:016x}{low:016x}");
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}
