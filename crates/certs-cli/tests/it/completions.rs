//! Completions in a real shell, with the ids and names of the last list.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{KEY, Organization, Run, certs};

/// A home directory, removed after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The completions of bash for this line.
fn in_bash(line: &str, home: &Path, base_url: &str) -> Vec<String> {
    let words = line.split('|').map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    let words: Vec<_> = words.collect();
    let last = words.last().cloned().unwrap_or_default();
    let program = Path::new(env!("CARGO_BIN_EXE_certs")).parent().unwrap();
    let script = format!(
        "set -e; PATH={}:$PATH; source <(certs completions bash)
         COMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9
         _clap_complete_certs certs {last} ''
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        program.display(),
        words.join(" "),
        words.len() - 1,
    );
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-c", &script]).stdin(Stdio::null()).env_clear();
    bash.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home);
    bash.env("OPENAI_ADMIN_KEY", KEY).env("OPENAI_BASE_URL", base_url);
    let run = Run::of(&mut bash);
    assert_eq!((run.exit, run.err.as_str()), (0, ""), "{run:?}");
    run.out.lines().map(str::to_owned).collect()
}

/// Lists certificates with a home directory, which then contains their ids and names.
fn list(organization: &Organization, home: &Path, arguments: &[&str]) {
    let run = Run::of(organization.certs(arguments.iter().copied()).env("HOME", home));
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn commands_and_flags_are_completed() {
    let home = Folder::new("completions-commands");
    let complete = |line: &str| in_bash(line, home.path(), "http://127.0.0.1:1/v1");
    assert_eq!(complete("certs|deac"), ["deactivate"]);
    assert_eq!(complete("certs|list|--exp"), ["--expired", "--expires-within"]);
    assert_eq!(complete("certs|list|--sort|"), ["name", "expires", "created"]);
    assert!(!complete("certs|").contains(&"man".into()), "a command for packages only");
}

#[test]
fn ids_and_names_of_the_last_list_are_completed_without_a_request() {
    let organization = Organization::new();
    let home = Folder::new("completions-names");
    let [root, spare] = ["Root 2027", "Spare"].map(|name| organization.upload(name));
    let complete = |line: &str| in_bash(line, home.path(), &organization.base_url());
    assert!(!complete("certs|get|").contains(&root), "nothing was listed yet");
    list(&organization, home.path(), &["list"]);
    list(&organization, home.path(), &["projects", "--output", "ids"]);

    organization.emulator.clear_journal();
    let mut ids = complete("certs|get|cert_");
    ids.sort();
    let mut expected = [root.clone(), spare];
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(complete("certs|deactivate|Ro"), ["Root\\ 2027"]);
    assert_eq!(complete("certs|deactivate|Root\\ 2"), ["Root\\ 2027"]);
    assert_eq!(complete("certs|list|--project|proj_"), ["proj_a", "proj_b"]);
    assert_eq!(organization.emulator.journal().len(), 0, "completing sends nothing");

    let elsewhere = in_bash("certs|get|cert_", home.path(), "http://127.0.0.1:1/v1");
    assert!(!elsewhere.contains(&root), "another server has other certificates");
}

#[test]
fn a_name_is_never_run_as_a_command() {
    let organization = Organization::new();
    let home = Folder::new("completions-injection");
    organization.upload("$(touch x) `y`;*");
    list(&organization, home.path(), &["list", "--output", "jsonl"]);
    let complete = |line: &str| in_bash(line, home.path(), &organization.base_url());
    assert_eq!(complete("certs|get|$"), ["\\$\\(touch\\ x\\)\\ \\`y\\`\\;\\*"]);
}

#[cfg(unix)]
#[test]
fn the_cache_is_private_and_can_be_switched_off() {
    use std::os::unix::fs::PermissionsExt;
    let organization = Organization::new();
    let home = Folder::new("completions-private");
    organization.upload("Root");
    let config = home.path().join(".config/certs");
    fs::create_dir_all(&config).unwrap();
    let set = |setting: &str| {
        let profile = format!("[profile.default]\n{setting}\n");
        fs::write(config.join("config.toml"), profile).unwrap();
    };
    let directory = home.path().join(".cache/certs");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files = || -> Vec<_> {
        let entries = fs::read_dir(&directory).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };

    set("");
    list(&organization, home.path(), &["list"]);
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(files().iter().map(|file| mode(file)).collect::<Vec<_>>(), [0o600]);
    assert!(!fs::read_to_string(&files()[0]).unwrap().contains(KEY));

    set("completion_cache = false");
    list(&organization, home.path(), &["list"]);
    assert!(files().is_empty(), "nothing is kept, and what was there is removed");
}

#[test]
fn each_shell_has_a_script_and_each_command_a_page() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let run = Run::of(certs().args(["completions", shell]));
        assert!(run.exit == 0 && run.out.contains("CERTS_COMPLETE"), "{run:?}");
    }
    let pages = Folder::new("man");
    let run = Run::of(certs().arg("man").arg("--out").arg(pages.path()));
    assert_eq!((run.exit, run.out, run.err), (0, String::new(), String::new()));
    for name in ["certs.1", "certs-list.1", "certs-deactivate.1", "certs-where.1"] {
        let page = fs::read_to_string(pages.path().join(name)).unwrap();
        assert!(page.contains("\n.SH SYNOPSIS\n"), "{name}: {page}");
    }
}
