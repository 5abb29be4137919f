//! Projects in every format.

use certs_types::Project;

use super::certificates::Data;
use super::{Cell, Format, Output, Table, day, display_name, tsv_field};
use crate::error::Error;
use crate::json;
use crate::terminal::{print_status, sanitize, style};

impl Output {
    /// Prints projects.
    pub(crate) fn projects(&self, projects: &[Project]) -> Result<(), Error> {
        match self.format {
            Format::Json => self.json(&Data { data: projects }),
            Format::Jsonl | Format::Tsv | Format::Ids => self.project_rows(projects),
            _ if projects.is_empty() => {
                print_status("no projects");
                Ok(())
            }
            _ => self.table(&table(projects)),
        }
    }

    /// Prints one line per item, for the formats that can be printed page by page.
    pub(crate) fn project_rows(&self, projects: &[Project]) -> Result<(), Error> {
        let mut rows = String::new();
        for project in projects {
            match self.format {
                Format::Ids => rows += &(sanitize(project.id.as_str()) + "\n"),
                Format::Tsv => rows += &tsv_row(project),
                _ => rows += &json::line(project).unwrap_or_default(),
            }
        }
        self.print(&rows)
    }
}

fn table(projects: &[Project]) -> Table {
    let mut table = Table::new(["ID", "NAME", "STATUS", "CREATED"]).with_flexible_column(1);
    for project in projects {
        table.row([
            Cell::styled(project.id.as_str(), style::ID),
            display_name(project.name.as_deref()).into(),
            status(project).into(),
            day(project.created_at).into(),
        ]);
    }
    table
}

/// Id, name and status, separated by tabs.
fn tsv_row(project: &Project) -> String {
    let name = tsv_field(project.name.as_deref().unwrap_or_default());
    format!("{}\t{name}\t{}\n", tsv_field(project.id.as_str()), tsv_field(&status(project)))
}

fn status(project: &Project) -> String {
    match (project.is_archived(), &project.status) {
        (true, _) => "archived".into(),
        (false, Some(status)) => status.as_str().into(),
        (false, None) => "-".into(),
    }
}
