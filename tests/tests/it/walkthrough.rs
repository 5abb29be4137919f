//! The time of the commands of the walkthrough at seven requests a minute, by a test clock.
//!
//! Compares the rows of the table in `WALKTHROUGH.md`; with `CERTS_WRITE_SCREENS=1` it writes them instead. The
//! command's own test of the walkthrough checks that its commands make these numbers of requests.

mod killable;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use certs_core::operations::{Get, List, PageSize, Scope};
use certs_core::pacer::SharedPacer;
use certs_core::{AdminKey, Api, BaseUrl, Client, Retry};
use certs_emulator::pki::Authority;
use certs_emulator::{Emulator, Endpoint, Snapshot};
use certs_plan::execute::{Execution, Outcome, Report, find_copies};
use certs_plan::goal::{Replacement, Retire, Rotation, begin_rotation};
use certs_plan::survey::Survey;
use certs_plan::{
    CallerIdentity, Fingerprint, Inventory, NewCertificate, Plan, PlanInput, Validity, driver,
};
use certs_testing::EmulatorTransport;
use certs_types::{CertificateId, Timestamp};
use serde_json::json;

use self::killable::Killable;

const KEY: &str = "sk-admin-test";
const PROJECTS: usize = 200;
const PROJECTS_WITH_OLD: usize = 137;

#[test]
fn the_walkthrough_takes_the_minutes_that_it_states() {
    let [old_file, new_file] = [-1, 0].map(Root::new);
    let old = old();
    let mut walkthrough = Walkthrough::new(&old_file);
    let administrator = walkthrough.administrator();
    let a = &administrator;

    walkthrough.row("`certs where`", a.read_everything());
    walkthrough.row("`certs deactivate`", async {
        let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
        a.client.all(list).await.unwrap();
        a.read_content(&old).await;
    });
    let kills = [
        (Endpoint::ListProjectCertificates, 200),
        (Endpoint::UploadCertificate, 1),
        (Endpoint::ActivateProjectCertificates, 57),
    ];
    for (endpoint, nth) in kills {
        walkthrough.kill_at(endpoint, nth);
        let killed = "`certs rotate begin`, killed";
        assert!(walkthrough.row(killed, a.begin(&old, new_file.certificate())).is_none());
    }
    let new =
        walkthrough.row("`certs rotate begin`", a.begin(&old, new_file.certificate())).unwrap();
    let rotation = Rotation::new(old.clone(), new.clone()).unwrap();
    walkthrough.row("`certs rotate status`", async {
        let inventory = a.read_everything().await;
        assert!(rotation.status(&inventory).is_caught_up());
        a.read_content(&old).await;
        a.read_content(&new).await;
    });
    walkthrough.row("`certs verify`", async {
        a.read_everything().await;
        a.read_content(&new).await;
    });
    walkthrough.row("`certs rotate finish`", async {
        let inventory = a.read_everything().await;
        a.read_content(&new).await;
        a.read_content(&new).await;
        a.carry_out(inventory, |now| rotation.finish(now, false).unwrap()).await;
    });
    walkthrough.row("`certs retire`", async {
        let inventory = a.read_everything().await;
        a.read_content(&old).await;
        let retire = Retire::new([old.clone()]).with_delete();
        a.carry_out(inventory, |now| retire.plan(now).unwrap()).await;
    });
    walkthrough.compare_rows();
}

/// A certificate authority in a file.
struct Root {
    pem: String,
    validity: Validity,
}

impl Root {
    /// An authority that is valid from this year on, counted from now, for three years.
    fn new(year: i64) -> Self {
        const YEAR: i64 = 365 * 24 * 60 * 60;
        let [from, until] = [year, year + 3]
            .map(|year| Timestamp::try_from(1_767_225_600 - 3600 + year * YEAR).unwrap());
        let time = |at: Timestamp| {
            SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_secs()).unwrap())
        };
        let authority = Authority::with_validity("Root", time(from), time(until)).unwrap();
        Self { pem: authority.certificate(), validity: Validity::new(from, until) }
    }

    fn certificate(&self) -> NewCertificate {
        // Certificates are compared by content, so any unique fingerprint will do.
        let fingerprint = Fingerprint::new([27; 32]);
        let new = NewCertificate::new(self.pem.parse().unwrap(), fingerprint, self.validity);
        new.with_name("Root 2027")
    }
}

fn old() -> CertificateId {
    "cert_old".parse().unwrap()
}

/// Two hundred projects, and a certificate that is active in the organization and in 137 of them.
fn organization(old_file: &Root) -> Snapshot {
    let id = |number: usize| format!("proj_{number:03}");
    let project = |number: usize| {
        json!({"sequence": number, "object": "organization.project", "id": id(number),
            "created_at": 1_600_000_000, "status": "active"})
    };
    let certificate = json!({"sequence": 1000, "id": old(), "name": "Root 2019", "created_at": 1_600_000_000,
        "certificate": old_file.pem, "active": true,
        "active_in": (1..=PROJECTS_WITH_OLD).map(id).collect::<Vec<_>>()});
    let state = json!({"version": 1, "last_sequence": 1000, "audit": [], "certificates": [certificate],
        "projects": (1..=PROJECTS).map(project).collect::<Vec<_>>()});
    serde_json::from_value(state).unwrap()
}

/// Runs one command after the other, and keeps the row of each.
struct Walkthrough {
    transport: Killable,
    rows: String,
}

impl Walkthrough {
    fn new(old_file: &Root) -> Self {
        let emulator = Emulator::builder().admin_key(KEY).admin_rate_limit(7);
        let emulator = emulator.journal_limit(10_000).state(organization(old_file));
        let transport = Killable::new(EmulatorTransport::new(emulator));
        Self { transport, rows: String::new() }
    }

    fn administrator(&self) -> Administrator {
        let api = Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).unwrap());
        let mut retry = Retry::default();
        retry.deadline = Duration::from_secs(600);
        let client = Client::new(api, self.transport.clone());
        Administrator { client: client.with_pacer(SharedPacer::auto()).with_retry(retry) }
    }

    /// The next command is killed at this request, which is carried out.
    fn kill_at(&self, endpoint: Endpoint, nth: usize) {
        self.transport.kill_at(endpoint, nth);
    }

    /// Runs a command, and adds its row. `None` if it is killed.
    fn row<T>(&mut self, label: &str, command: impl Future<Output = T>) -> Option<T> {
        let emulator = self.transport.emulator();
        emulator.emulator().clear_journal();
        let started = emulator.clock().elapsed();
        let output = self.transport.run(command);
        let journal = emulator.emulator().journal();
        let refused = journal.iter().filter(|entry| entry.status == Some(429)).count();
        let requests = journal.len() - refused;
        let minutes = (emulator.clock().elapsed() - started).as_secs_f64() / 60.0;
        self.rows += &format!("| {label} | {requests} | {minutes:.0} | {refused} |\n");
        output
    }

    fn compare_rows(&self) {
        const HEAD: &str = "|---|---|---|---|\n";
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/certs-cli/WALKTHROUGH.md");
        let document = fs::read_to_string(&file).unwrap();
        let (before, table) = document.split_once(HEAD).unwrap();
        let end = table.find("\n\n").map_or(table.len(), |end| end + 1);
        let made = format!("{before}{HEAD}{}{}", self.rows, &table[end..]);
        if env::var_os("CERTS_WRITE_SCREENS").is_some() {
            fs::write(&file, made).unwrap();
        } else {
            assert_eq!(document, made);
        }
    }
}

/// Does what the commands do, through the libraries that they use.
struct Administrator {
    client: Client<Killable>,
}

impl Administrator {
    fn now(&self) -> Timestamp {
        self.client.transport().emulator().clock().timestamp()
    }

    async fn read_everything(&self) -> Inventory {
        let mut survey = Survey::of_everything(Inventory::new());
        driver::run(&self.client, &mut survey, || self.now(), |_| {}).await.unwrap();
        survey.into_inventory()
    }

    async fn read_content(&self, id: &CertificateId) {
        self.client.call(Get::new(id.clone()).with_content()).await.unwrap();
    }

    /// `certs rotate begin`; returns the id of the new certificate.
    async fn begin(&self, old: &CertificateId, new: NewCertificate) -> CertificateId {
        let inventory = self.read_everything().await;
        let copies = find_copies(&self.client, &inventory, &new).await.unwrap();
        let replacement = Replacement::new(new.clone(), &copies, old, &inventory);
        let plan = |now: PlanInput<'_>| begin_rotation(now, old, &replacement).unwrap();
        let changes = plan(self.situation(&inventory)).changes;
        if changes.iter().any(|change| change.scope() == Some(&Scope::Organization)) {
            // The command finds out whether this certificate issued the administrator's client certificate.
            self.read_content(old).await;
        }
        let report = self.carry_out(inventory, plan).await;
        let uploaded = report.uploaded.get(&new.fingerprint);
        uploaded.or(copies.first()).unwrap().clone()
    }

    fn situation<'a>(&self, inventory: &'a Inventory) -> PlanInput<'a> {
        static NO_IDENTITY: LazyLock<CallerIdentity> = LazyLock::new(CallerIdentity::none);
        PlanInput::new(inventory, &NO_IDENTITY, self.now())
    }

    async fn carry_out(
        &self,
        inventory: Inventory,
        goal: impl FnOnce(PlanInput<'_>) -> Plan,
    ) -> Report {
        let plan = goal(self.situation(&inventory));
        let mut execution = Execution::new(&self.client, plan.changes, inventory);
        execution.run(|| self.now(), |_| ControlFlow::Continue(())).await;
        assert_eq!(execution.report().outcome(), Outcome::Done, "{:?}", execution.report());
        execution.into_report()
    }
}
