//! Environment variables. A variable that is set but cannot be used is an error.

use std::env::var_os;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::Error;

/// The text of a variable; an empty one counts as unset.
///
/// # Errors
///
/// A usage error with the name of the variable when its value is not UTF-8.
pub(crate) fn text(name: &str) -> Result<Option<String>, Error> {
    let Some(value) = var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    let value = value.into_string();
    value.map(Some).map_err(|_| Error::usage(format!("{name} is set, but not valid UTF-8")))
}

/// The value of a variable.
///
/// # Errors
///
/// A usage error with the name of the variable, but without its value, when the value cannot be parsed.
pub(crate) fn parsed<T>(name: &str) -> Result<Option<T>, Error>
where
    T: FromStr<Err: StdError + 'static>,
{
    let parse = |text: String| text.parse().map_err(|error| Error::invalid(name, &error));
    text(name)?.map(parse).transpose()
}

/// The path in a variable, which need not be UTF-8.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether a variable is set and not empty, whatever it holds.
pub(crate) fn is_set(name: &str) -> bool {
    var_os(name).is_some_and(|value| !value.is_empty())
}
