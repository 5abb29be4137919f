//! The formats in which results are printed.

use clap::ValueEnum;

/// How results are printed.
// The variants have no docs, because clap would then print each setting on three lines of help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Jsonl,
    Tsv,
    Ids,
    Html,
    Nagios,
}

impl Format {
    /// The formats of commands that show certificates or projects.
    pub(crate) const LISTS: &[Self] = &[Self::Table, Self::Json, Self::Jsonl, Self::Tsv, Self::Ids];
    /// The formats of a report about the organization.
    pub(crate) const REPORTS: &[Self] = &[Self::Table, Self::Json, Self::Tsv, Self::Html];
    /// The formats of a monitoring plugin.
    pub(crate) const MONITORING: &[Self] = &[Self::Nagios, Self::Json];
    /// The formats of other commands.
    pub(crate) const PLAIN: &[Self] = &[Self::Table, Self::Json];
    /// The only format of commands that print text.
    pub(crate) const TEXT: &[Self] = &[Self::Table];

    /// Whether errors are printed as JSON too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Tsv => "tsv",
            Self::Ids => "ids",
            Self::Html => "html",
            Self::Nagios => "nagios",
        }
    }

    /// The names of formats, listed in a sentence.
    pub(crate) fn names(formats: &[Self]) -> String {
        let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
    }
}
