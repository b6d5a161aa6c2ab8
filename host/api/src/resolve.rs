//! Wire types to the model. Give it objects that have their defaults and are valid; what the model has no place for
//! is an error that names the field, never a guess.

mod container;
mod objects;
mod pod;
mod references;
mod volume;

pub use self::objects::{config_map, namespace, node, secret, service_account};
pub use self::pod::pod;

/// A wire object that can't become a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// A field that validation demands is missing.
    #[error("{path}: Required value")]
    Missing {
        /// Field path.
        path: String,
    },
    /// A field has a value that validation refuses.
    #[error("{path}: Invalid value: \"{value}\"")]
    Invalid {
        /// Field path.
        path: String,
        /// The value.
        value: String,
    },
    /// A field that the model has no place for.
    #[error("not supported yet: {path}")]
    Unsupported {
        /// Field path.
        path: String,
    },
}

impl ResolveError {
    fn missing(path: impl Into<String>) -> Self {
        Self::Missing { path: path.into() }
    }

    fn invalid(path: impl Into<String>, value: impl ToString) -> Self {
        Self::Invalid { path: path.into(), value: value.to_string() }
    }

    fn unsupported(path: impl Into<String>) -> Self {
        Self::Unsupported { path: path.into() }
    }
}

/// Empty and absent texts are the same on the wire.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn number<To, From>(value: From, path: &str) -> Result<To, ResolveError>
where
    To: TryFrom<From>,
    From: Copy + ToString,
{
    To::try_from(value).map_err(|_| ResolveError::invalid(path, value.to_string()))
}

#[cfg(test)]
mod tests;
