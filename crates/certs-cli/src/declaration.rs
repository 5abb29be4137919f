//! The TOML file that declares where certificates are active, and the PEM files that it refers to.

use std::fs;
use std::path::{Path, PathBuf};

use certs_plan::goal::{Contents, Declaration};
use certs_plan::{CallerIdentity, Inventory, Plan, PlanInput, Refusal};

use crate::candidate;
use crate::contents;
use crate::error::{Error, code};
use crate::job::Job;
use crate::session::Session;
use crate::terminal::print_status;
use crate::x509::Facts;

/// The default file.
pub(crate) const DEFAULT_FILE: &str = "certs.toml";

/// A declaration, with the certificates in the files that it refers to.
pub(crate) struct DeclarationFile {
    path: PathBuf,
    declaration: Declaration,
    contents: Contents,
}

impl DeclarationFile {
    /// Reads the file, and the certificates in the files that it refers to by relative paths. Sends nothing.
    ///
    /// # Errors
    ///
    /// A usage error with the line of the mistake.
    pub(crate) fn read(path: &Path, session: &Session) -> Result<Self, Error> {
        let text =
            fs::read_to_string(path).map_err(|error| Error::invalid(path.display(), &error))?;
        let declaration: Declaration = text
            .trim_start_matches('\u{feff}')
            .parse()
            .map_err(|refusal| in_file(path, refusal))?;
        let mut read = Contents::new();
        for (line, name) in declaration.pem_files() {
            let file = path.parent().unwrap_or(Path::new("")).join(name);
            let (pem, facts) = candidate::read_facts(&file, session)
                .map_err(|error| error.while_doing(format!("{}: line {line}", path.display())))?;
            read.files.insert(name.to_owned(), candidate::new_certificate(pem, &facts));
        }
        Ok(Self { path: path.to_owned(), declaration, contents: read })
    }

    /// Reads the contents of the uploaded certificates that the file may refer to.
    ///
    /// # Errors
    ///
    /// Any error of the requests.
    pub(crate) async fn recognize(
        &mut self,
        session: &Session,
        inventory: &Inventory,
    ) -> Result<(), Error> {
        let needed = self.declaration.needed_contents(inventory, &self.contents.files);
        for (id, pem) in contents::read(session, &needed).await? {
            let facts = Facts::of(&pem)
                .map_err(|error| Error::invalid(format!("the content of {id}"), &error))?;
            self.contents.fingerprints.insert(id, facts.fingerprint);
        }
        Ok(())
    }

    /// The job that makes the organization match the declaration.
    ///
    /// # Errors
    ///
    /// A usage error with the line of the mistake, and the refusals of the plan.
    pub(crate) async fn job<'a>(
        &self,
        session: &'a Session,
        inventory: Inventory,
    ) -> Result<Job<'a>, Error> {
        let plan = |now: PlanInput<'_>| self.declaration.plan(now, &self.contents);
        // Mistakes in the file are reported with its name.
        let none = CallerIdentity::none();
        plan(PlanInput::new(&inventory, &none, session.timestamp()))
            .map_err(|refusal| in_file(&self.path, refusal))?;
        Job::new(session, inventory, plan).await
    }
}

/// Reports the certificates that the file does not mention, which stay as they are.
pub(crate) fn print_unmanaged(plan: &Plan) {
    for id in &plan.unmanaged {
        print_status(&format!("{id} is not in the file: not changed"));
    }
}

fn in_file(path: &Path, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Declaration { .. } => {
            Error::usage(format!("{}: {refusal}", path.display())).with_code(code::USAGE)
        }
        refusal => refusal.into(),
    }
}
