//! Arguments of a command that are described to clap only when they are needed.

use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The arguments of a command. Those of all commands together would take most of the time that a start takes.
pub(crate) struct Deferred<T>(pub(crate) T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| describe(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| describe(command, T::augment_args_for_update))
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// Adds arguments before those that all commands have, so that help shows them first.
fn describe(command: Command, augment: fn(Command) -> Command) -> Command {
    let of_all: Vec<_> =
        command.get_arguments().map(|argument| argument.get_id().clone()).collect();
    // clap puts an argument that is modified behind the others.
    of_all
        .into_iter()
        .fold(augment(command), |command, id| command.mut_arg(id, |argument| argument))
}
