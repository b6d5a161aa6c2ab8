//! Quantities: numbers with the suffixes of Kubernetes (RES-5).

use std::fmt;
use std::str::FromStr;

use super::resources::{ByteSize, MilliCpu};

const NANO: i128 = 1_000_000_000;
/// Larger numbers are cut to this, as Kubernetes does.
const MAX_NANOS: i128 = (i64::MAX as i128) * NANO;

/// A fixed-point number, exact to a billionth, that remembers the family of suffixes it was written in.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    family: Family,
}

/// The family of suffixes, kept in canonical output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// n u m (none) k M G T P E
    Decimal,
    /// Ki Mi Gi Ti Pi Ei
    Binary,
    /// e3, E6 …
    Exponent,
}

/// Text that is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
pub struct QuantityError;

// === impl Quantity ===

impl Quantity {
    /// A whole number without suffix.
    #[must_use]
    pub const fn whole(value: i64) -> Self {
        Self { nanos: value as i128 * NANO, family: Family::Decimal }
    }

    /// Thousandths.
    #[must_use]
    pub const fn milli(value: i64) -> Self {
        Self { nanos: value as i128 * (NANO / 1000), family: Family::Decimal }
    }

    /// A number of bytes, printed with binary suffixes.
    #[must_use]
    pub const fn bytes(value: u64) -> Self {
        Self { nanos: value as i128 * NANO, family: Family::Binary }
    }

    /// The value in billionths.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.nanos
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is a whole number.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.nanos % NANO == 0
    }

    /// Rounded up to thousandths, as amounts of resources are on create (VAL-5).
    #[must_use]
    pub const fn round_up_to_milli(self) -> Self {
        Self { nanos: div_up(self.nanos, NANO / 1000) * (NANO / 1000), family: self.family }
    }

    /// As thousandths of a core, rounded up; negative amounts count as 0.
    #[must_use]
    pub fn to_milli_cpu(self) -> MilliCpu {
        MilliCpu(u64::try_from(div_up(self.nanos, NANO / 1000).max(0)).unwrap_or(u64::MAX))
    }

    /// As bytes, rounded up; negative amounts count as 0.
    #[must_use]
    pub fn to_bytes(self) -> ByteSize {
        ByteSize(u64::try_from(div_up(self.nanos, NANO).max(0)).unwrap_or(u64::MAX))
    }

    /// `self / divisor`, rounded up (ENV-18); `None` when the divisor is zero.
    #[must_use]
    pub fn divide_up(self, divisor: Self) -> Option<i128> {
        (divisor.nanos != 0).then(|| div_up(self.nanos, divisor.nanos))
    }
}

/// Division that rounds away from zero for positive results; `divisor` is positive.
const fn div_up(value: i128, divisor: i128) -> i128 {
    let quotient = value / divisor;
    if value % divisor != 0 && value > 0 { quotient + 1 } else { quotient }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let number_end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(QuantityError);
        }
        let (family, scale) = Scale::parse(suffix)?;
        let nanos = scale.apply(whole, fraction);
        Ok(Self { nanos: if negative { -nanos } else { nanos }, family })
    }
}

/// What a suffix multiplies by.
enum Scale {
    PowerOfTen(i32),
    PowerOfTwo(u32),
}

impl Scale {
    fn parse(suffix: &str) -> Result<(Family, Self), QuantityError> {
        let decimal = |power| Ok((Family::Decimal, Self::PowerOfTen(power)));
        let binary = |power| Ok((Family::Binary, Self::PowerOfTwo(power)));
        match suffix {
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "" => decimal(0),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(10),
            "Mi" => binary(20),
            "Gi" => binary(30),
            "Ti" => binary(40),
            "Pi" => binary(50),
            "Ei" => binary(60),
            _ => {
                let exponent = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError)?;
                let power: i32 = exponent.parse().map_err(|_| QuantityError)?;
                Ok((Family::Exponent, Self::PowerOfTen(power)))
            }
        }
    }

    /// The value in billionths, rounded up, cut to the largest quantity.
    fn apply(&self, whole: &str, fraction: &str) -> i128 {
        // Digits as one integer `mantissa` × 10^-(fraction digits). Thirty digits are more than any quantity holds;
        // what comes after only decides whether to round up.
        let digits: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).skip_while(|&digit| digit == b'0').collect();
        let dropped_zeros = whole.len() + fraction.len() - digits.len();
        let kept = digits.len().min(30);
        let mantissa = digits[..kept].iter().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let rest = digits[kept..].iter().any(|&digit| digit != b'0');
        let point =
            i64::try_from(whole.len()).unwrap_or(i64::MAX) - i64::try_from(dropped_zeros + kept).unwrap_or(0);
        if mantissa == 0 {
            return 0;
        }
        let (power, factor) = match *self {
            Self::PowerOfTen(power) => (i64::from(power), 1),
            Self::PowerOfTwo(power) => (0, 1i128 << power),
        };
        let power = point + power + 9;
        let value = if power >= 0 {
            checked_pow10(power)
                .and_then(|ten| mantissa.checked_mul(ten))
                .and_then(|value| value.checked_mul(factor))
        } else {
            let Some(ten) = checked_pow10(-power) else { return 1 };
            match mantissa.checked_mul(factor) {
                Some(scaled) => Some(div_up(scaled, ten)),
                // Too wide for one product: the lost remainder is far below a billionth of the result.
                None => div_up(mantissa, ten).checked_mul(factor),
            }
        };
        value.map_or(MAX_NANOS, |value| (value + i128::from(rest && power < 0)).min(MAX_NANOS))
    }
}

fn checked_pow10(power: i64) -> Option<i128> {
    u32::try_from(power).ok().and_then(|power| 10i128.checked_pow(power))
}

/// The canonical text: no fraction, the largest suffix of the family that keeps the value exact (RES-5).
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Below 1024 binary suffixes make no difference, but would round fractions away.
        let small = self.nanos.abs() < 1024 * NANO;
        match self.family {
            Family::Binary if !small => {
                let mut value = div_up(self.nanos, NANO);
                let mut suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter();
                let mut suffix = suffixes.next().unwrap_or(&"");
                while value % 1024 == 0 {
                    let Some(next) = suffixes.next() else { break };
                    suffix = next;
                    value /= 1024;
                }
                write!(f, "{value}{suffix}")
            }
            Family::Binary | Family::Decimal => {
                let (value, power) = self.thousands();
                let suffix = match power {
                    -9 => "n",
                    -6 => "u",
                    -3 => "m",
                    0 => "",
                    3 => "k",
                    6 => "M",
                    9 => "G",
                    12 => "T",
                    15 => "P",
                    _ => "E",
                };
                write!(f, "{value}{suffix}")
            }
            Family::Exponent => {
                let (value, power) = self.thousands();
                if power == 0 { write!(f, "{value}") } else { write!(f, "{value}e{power}") }
            }
        }
    }
}

impl Quantity {
    /// Mantissa and power of ten, the power a multiple of three between -9 and 18.
    fn thousands(self) -> (i128, i32) {
        if self.nanos == 0 {
            return (0, 0);
        }
        let (mut value, mut power) = (self.nanos, -9);
        while value % 1000 == 0 && power < 18 {
            value /= 1000;
            power += 3;
        }
        (value, power)
    }
}

impl From<Quantity> for k8s_openapi::apimachinery::pkg::api::resource::Quantity {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.to_string())
    }
}

impl TryFrom<&k8s_openapi::apimachinery::pkg::api::resource::Quantity> for Quantity {
    type Error = QuantityError;

    fn try_from(
        quantity: &k8s_openapi::apimachinery::pkg::api::resource::Quantity,
    ) -> Result<Self, QuantityError> {
        quantity.0.parse()
    }
}

#[cfg(test)]
mod tests;
