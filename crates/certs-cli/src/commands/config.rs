//! `certs config`

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::error::Error;
use crate::format::Format;
use crate::output::{Cell, Output, Table};
use crate::settings::Settings;

/// Show the settings in use, and where each comes from
#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Show each setting, its value and where it comes from, without secrets
    #[command(after_help = HELP)]
    Show,
}

const HELP: &str = "\
Examples:
  certs config show
  certs config show --profile production --output json

A flag overrides an environment variable, which overrides the profile in config.toml, which overrides the default:

  [profile.production]
  base_url = \"https://mtls.api.openai.com/v1\"
  admin_key_command = [\"op\", \"read\", \"op://vault/openai/admin-key\"]   # or admin_key_file
  client_cert = \"client.pem\"       # relative to config.toml
  client_key = \"client.key\"
  protected = true                 # ask for a typed name even before additions

Also: ca_file, pace, timeout, max_retries, output, completion_cache. The profile `default` is used if none is named.";

/// One setting as JSON.
#[derive(Serialize)]
struct Row {
    setting: &'static str,
    value: Option<String>,
    source: String,
}

pub(crate) fn run(args: &ConfigArgs, settings: &Settings, output: &Output) -> Result<(), Error> {
    let ConfigCommand::Show = args.command;
    let rows: Vec<Row> = settings
        .describe()
        .into_iter()
        .map(|(setting, value, source)| Row { setting, value, source })
        .collect();
    if output.format == Format::Json {
        return output.json(&serde_json::json!({ "data": rows }));
    }
    let mut table = Table::new(["SETTING", "VALUE", "SOURCE"]).with_flexible_column(1);
    for Row { setting, value, source } in rows {
        table.row([setting.into(), Cell::from(value.unwrap_or_else(|| "-".into())), source.into()]);
    }
    output.table(&table)
}
