//! The commands, one a module where it takes more than a call.

mod delete;
mod demo;
mod emulator;
mod rename;
mod toggle;
mod upload;

use certs_core::operations::{Get, ListProjects, PageSize, Scope};

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::session::Session;

/// Carries out a command. Its input is judged before there is a client, and so before anything is sent.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { command, settings } = arguments;
    let session = || Session::new(&settings);
    match command {
        Command::List { scope } => list(&session()?, scope.into()).await,
        Command::Get { id, content } => {
            let get = Get::new(id);
            get_one(&session()?, if content { get.with_content() } else { get }).await
        }
        Command::Upload { file, name, consent } => {
            let upload = upload::read(&file, name, &settings)?;
            upload::run(&session()?, &file, upload, &consent).await
        }
        Command::Rename { id, name, consent } => rename::run(&session()?, id, name, &consent).await,
        Command::Activate(arguments) => {
            toggle::Toggle::new(toggle::Direction::Activate, arguments)?.run(&session()?).await
        }
        Command::Deactivate(arguments) => {
            toggle::Toggle::new(toggle::Direction::Deactivate, arguments)?.run(&session()?).await
        }
        Command::Delete { id, consent } => {
            delete::check(&consent)?;
            delete::run(&session()?, id, &consent).await
        }
        Command::Projects { include_archived } => projects(&session()?, include_archived).await,
        Command::Emulator(arguments) => emulator::run(*arguments).await,
        Command::Demo => demo::run(settings.verbose).await,
    }
}

async fn list(session: &Session, scope: Scope) -> Result<(), Failure> {
    session.format.certificates(&session.list(scope).await?)
}

async fn get_one(session: &Session, get: Get) -> Result<(), Failure> {
    session.format.certificate(&session.client.call(get).await?.value)
}

async fn projects(session: &Session, include_archived: bool) -> Result<(), Failure> {
    let list = ListProjects::new().with_page_size(PageSize::MAX);
    let list = if include_archived { list.with_archived() } else { list };
    session.format.projects(&session.client.all(list).await?)
}
