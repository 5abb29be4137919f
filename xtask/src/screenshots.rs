//! `cargo xtask screenshots`: the page of `certs where` in a real browser, at common widths.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::shell::{self, Outcome, cargo};

/// Takes a screenshot of each page at each size, for review.
pub(crate) fn run() -> Outcome {
    let browser = browser()?;
    shell::run(&mut cargo(["build", "--package=certs-cli", "--bin=certs"]))?;
    let target = shell::target_directory()?;
    let certs = target.join("debug/certs");
    let pictures = target.join("screenshots");
    fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    for (page, faults) in [("complete", None), ("incomplete", Some(UNREADABLE))] {
        let file = pictures.join(format!("{page}.html"));
        let html = page_of(&certs, &pictures, faults)?;
        fs::write(&file, html).map_err(|error| format!("{}: {error}", file.display()))?;
        for view in &VIEWS {
            let picture = pictures.join(format!("{page}-{}.png", view.name));
            take(browser, &file, &picture, view)?;
            println!("{}", picture.display());
        }
    }
    Ok(())
}

/// A window size, and a light or dark color scheme.
struct View {
    name: &'static str,
    window: &'static str,
    is_dark: bool,
}

const VIEWS: [View; 4] = [
    View { name: "wide", window: "1280,1500", is_dark: false },
    View { name: "wide-dark", window: "1280,1500", is_dark: true },
    View { name: "phone", window: "390,2400", is_dark: false },
    View { name: "phone-dark", window: "390,2400", is_dark: true },
];

/// The list of the third project fails, so that the page is incomplete.
const UNREADABLE: &str = r#"[{"endpoint":"listProjectCertificates","when":{"nth":3},"action":{"respond":{"status":501,"body":null}}}]"#;

/// The time of the emulator, for which the dates in the fixture are chosen.
const CLOCK: &str = "2026-11-26T08:00:00Z";

fn browser() -> Outcome<&'static str> {
    let known = ["chromium", "chromium-browser", "google-chrome"];
    let found = known.into_iter().find(|name| shell::succeeds(Command::new(name).arg("--version")));
    found.ok_or_else(|| format!("no browser: install one of {}", known.join(", ")))
}

/// The page that the command prints for the fixture.
fn page_of(certs: &Path, directory: &Path, faults: Option<&str>) -> Outcome<String> {
    let seed = shell::root().join("xtask/src/screenshots/organization.json");
    let mut emulator = Command::new(certs);
    emulator.args(["emulator", "--quiet", "--admin-key=KEY", "--clock", CLOCK]);
    emulator.arg("--seed").arg(seed);
    if let Some(faults) = faults {
        let file = directory.join("faults.json");
        fs::write(&file, faults).map_err(|error| format!("{}: {error}", file.display()))?;
        emulator.arg("--faults").arg(file);
    }
    let mut server = Server::start(&mut emulator)?;
    let mut page = Command::new(certs);
    page.args(["where", "--output=html", "--max-retries=0"]).env("OPENAI_ADMIN_KEY", "KEY");
    page.env("OPENAI_BASE_URL", server.base_url()?).env("HOME", directory);
    // An incomplete page is printed too, and fails.
    shell::output(&mut page).map(|(_, html)| html)
}

/// A running emulator, killed when it is dropped.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Outcome<Self> {
        let child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn();
        child.map(Self).map_err(|error| format!("{}: {error}", shell::line(command)))
    }

    /// The URL that it prints first.
    fn base_url(&mut self) -> Outcome<String> {
        let stdout = self.0.stdout.as_mut().ok_or("the emulator has no output")?;
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(|error| format!("the emulator: {error}"))?;
        let url = line.split_whitespace().find(|word| word.starts_with("http"));
        url.map(str::to_owned).ok_or_else(|| format!("unexpected output of the emulator: {line}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn take(browser: &str, page: &Path, picture: &Path, view: &View) -> Outcome {
    let profile = env::temp_dir().join(format!("certs-screenshots-{}", std::process::id()));
    let mut command = Command::new(browser);
    command.args(["--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]);
    command.args(["--no-sandbox", "--disable-background-networking"]);
    command.args(["--disable-component-update", "--disable-sync"]);
    if view.is_dark {
        command.args(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]);
    }
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("--window-size={}", view.window));
    command.arg(format!("--screenshot={}", picture.display()));
    command.arg(format!("file://{}", page.display()));
    let taken = shell::run(command.stderr(Stdio::null()));
    // Each run has a profile of its own.
    let _ = fs::remove_dir_all(&profile);
    taken
}
