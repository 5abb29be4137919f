//! The commands that undo a change, printed so that they can be pasted.

use std::path::Path;

use certs_plan::execute::Report;
use certs_types::CertificateId;

use crate::session::Session;
use crate::settings::{KeySource, Source};
use crate::terminal::write_stderr;

/// Prints a line `undo: certs …` for each command that undoes a change, in a safe order. With `yes` the commands
/// have `--yes` too.
pub(crate) fn print_report(session: &Session, report: &Report, yes: bool) {
    for step in report.undo() {
        let mut arguments = vec![if step.activates { "activate" } else { "deactivate" }];
        arguments.extend(step.certificates.iter().map(CertificateId::as_str));
        for project in &step.projects {
            arguments.extend(["--project", project.as_str()]);
        }
        arguments.extend(yes.then_some("--yes"));
        write_stderr(&format!("undo: {}\n", command(session, &arguments)));
    }
}

fn command(session: &Session, arguments: &[&str]) -> String {
    let mut words: Vec<String> = vec!["certs".into()];
    words.extend(arguments.iter().map(|&argument| argument.to_owned()));
    let settings = &session.settings;
    if let Some((profile, _)) = settings.profile.as_ref().filter(|_| settings.profile_is_flag) {
        words.extend(["--profile".into(), profile.clone()]);
    }
    let mut flag = |source: &Source, value: String| {
        if let Source::Flag(flag) = source {
            words.extend([(*flag).to_owned(), value]);
        }
    };
    let path = |path: &Path| path.to_string_lossy().into_owned();
    flag(&settings.base_url.source, settings.base_url.value.to_string());
    let files = [&settings.ca_file, &settings.client_cert, &settings.client_key];
    for file in files.into_iter().flatten() {
        flag(&file.source, path(&file.value));
    }
    if let KeySource::File(file) = &settings.key {
        flag(&file.source, path(&file.value));
    }
    let quoted = words.iter().map(|word| quote(word));
    quoted.collect::<Vec<_>>().join(" ")
}

/// Quotes a word for a shell.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(quote("cert_a"), "cert_a");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quote(""), "''");
    }
}
