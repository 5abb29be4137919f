//! Confirms a change on the terminal.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write, stderr, stdin};

use certs_plan::CertificateRef;
use certs_plan::plan::ConfirmationText;
use clap::Args;

use crate::environment;
use crate::error::{Error, code};
use crate::session::Session;
use crate::terminal::{sanitize, sanitize_line, wrap};

/// The flag that replaces the confirmation.
#[derive(Args, Clone)]
#[command(next_help_heading = "Safety")]
pub(crate) struct ConfirmArgs {
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// The question before a change.
pub(crate) struct Question {
    /// What is about to happen, with the certificates, the scopes and the notices, shown above the question.
    pub(crate) text: String,
    pub(crate) expects: Expected,
}

/// The input that confirms a change.
pub(crate) enum Expected {
    /// `y`: for additions, and for the removal of one certificate in one project.
    Yes,
    /// This text, typed: a certificate's name or id, or how many there are.
    Typed(String),
}

impl Expected {
    /// The text that confirms: a certificate's name, its id where it has no name that can be typed, or how
    /// many there are.
    pub(crate) fn typed<'a>(
        confirmation: &ConfirmationText,
        name: impl FnOnce(&CertificateRef) -> Option<&'a str>,
    ) -> Self {
        let can_be_typed = |name: &&str| !name.is_empty() && sanitize_line(name).trim() == *name;
        Self::Typed(match confirmation {
            ConfirmationText::Certificate(only) => match name(only).filter(can_be_typed) {
                Some(name) => name.to_owned(),
                None => only.to_string(),
            },
            ConfirmationText::Count(count) => count.to_string(),
        })
    }
}

impl ConfirmArgs {
    /// Refuses at once without a terminal, unless `--yes` was given.
    ///
    /// # Errors
    ///
    /// Exit 2 with the code `needs_consent`, naming `--yes`.
    pub(crate) fn require(&self) -> Result<(), Error> {
        if self.yes || Terminal::open().is_some() {
            return Ok(());
        }
        let why = if is_continuous_integration() {
            "confirmation is off because the variable CI is set"
        } else {
            "there is no terminal to confirm it on"
        };
        let message = format!("this changes something, and {why}: give --yes");
        Err(Error::usage(message).with_code(code::NEEDS_CONSENT))
    }
}

/// Shows what is about to happen and waits for the expected input.
///
/// # Errors
///
/// Exit 2 with the code `needs_consent` when the input is another one, or there is no terminal.
pub(crate) async fn confirm(
    session: &Session,
    args: &ConfirmArgs,
    question: &Question,
) -> Result<(), Error> {
    if args.yes {
        return Ok(());
    }
    args.require()?;
    let Some(mut terminal) = Terminal::open() else { return Ok(()) };
    let target = session.target();
    let prompt = match &question.expects {
        Expected::Yes => "Continue? [y/N] ".into(),
        Expected::Typed(text) => format!("To continue, type {} : ", sanitize_line(text)),
    };
    let text: String = format!("{}\n{target}", question.text.trim_end())
        .lines()
        .map(|line| wrap(&sanitize(line), session.output.columns) + "\n")
        .collect();
    terminal.write(&format!("{text}\n{}", wrap(&prompt, session.output.columns)));
    // Read on a separate thread, so that a signal is handled meanwhile.
    let input = tokio::task::spawn_blocking(move || {
        let input = terminal.read_line();
        if !input.ends_with('\n') {
            terminal.write("\n");
        }
        input
    });
    let input = tokio::select! {
        input = input => input.unwrap_or_default(),
        _ = session.stop().requested() => String::new(),
    };
    let input = input.trim();
    let agrees = match &question.expects {
        Expected::Yes => matches!(input.to_ascii_lowercase().as_str(), "y" | "yes"),
        Expected::Typed(text) => input == text,
    };
    if agrees { Ok(()) } else { Err(Error::usage("not confirmed").with_code(code::NEEDS_CONSENT)) }
}

fn is_continuous_integration() -> bool {
    environment::is_set("CI")
}

/// The controlling terminal, whatever stdin and stderr are.
struct Terminal {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
}

impl Terminal {
    /// Opens the terminal of this session; `None` in continuous integration, even if it has a terminal.
    fn open() -> Option<Self> {
        if is_continuous_integration() {
            return None;
        }
        let both = File::options().read(true).write(true).open("/dev/tty");
        if let Some((input, output)) = both.ok().and_then(|tty| Some((tty.try_clone().ok()?, tty)))
        {
            return Some(Self { input: Box::new(BufReader::new(input)), output: Box::new(output) });
        }
        let interactive = stdin().is_terminal() && stderr().is_terminal();
        interactive
            .then(|| Self { input: Box::new(BufReader::new(stdin())), output: Box::new(stderr()) })
    }

    fn write(&mut self, text: &str) {
        // If the question cannot be shown, it is not confirmed either.
        let _ = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
    }

    fn read_line(&mut self) -> String {
        const MAX_LEN: u64 = 64 * 1024;
        let mut input = Vec::new();
        let _ = self.input.as_mut().take(MAX_LEN).read_until(b'\n', &mut input);
        String::from_utf8_lossy(&input).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(certificates: &[&str], name: Option<&str>) -> String {
        let ids = certificates.iter().map(|id| CertificateRef::Id(id.parse().unwrap()));
        match Expected::typed(&ConfirmationText::of(ids), |_| name) {
            Expected::Typed(text) => text,
            Expected::Yes => "y".into(),
        }
    }

    #[test]
    fn the_typed_text_is_the_name_or_the_id_or_the_count() {
        assert_eq!(typed(&["cert_a"], Some("Root")), "Root");
        for name in [None, Some(""), Some(" "), Some("a\u{202e}b")] {
            assert_eq!(typed(&["cert_a"], name), "cert_a");
        }
        assert_eq!(typed(&["cert_a", "cert_b"], Some("Root")), "2");
    }
}
