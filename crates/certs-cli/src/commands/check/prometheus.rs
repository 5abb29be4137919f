//! Metrics of what was read, in the Prometheus text format for the textfile collector.

use std::fmt::{self, Display, Write as _};

use certs_core::operations::Scope;
use certs_plan::Inventory;
use certs_types::Timestamp;

/// The metrics of a complete reading.
pub(super) fn metrics(inventory: &Inventory, now: Timestamp) -> String {
    let mut text = String::new();
    let ends = inventory.certificates().filter_map(|certificate| {
        let name = certificate.name.as_deref().unwrap_or_default();
        let labels = [("id", certificate.id.as_str()), ("name", name)].map(Label::of);
        Some((labels.join(","), certificate.validity.expires_at?.as_secs()))
    });
    family(
        &mut text,
        "openai_certificate_not_after_timestamp_seconds",
        "When a certificate expires.",
        ends,
    );
    let scopes: Vec<_> = inventory.scopes().collect();
    let active = scopes.iter().flat_map(|scope| {
        let ids = inventory.active_in(scope).unwrap_or_default().into_iter();
        ids.map(|id| {
            let labels = [("id", id.as_str()), ("scope", label(scope))].map(Label::of);
            (labels.join(","), 1)
        })
    });
    family(
        &mut text,
        "openai_certificate_active",
        "1 for a certificate that is active in a scope by its own activation.",
        active,
    );
    let counts = scopes.iter().filter_map(|scope| {
        let valid = valid_count(inventory, scope, now)?;
        Some((Label::of(("scope", label(scope))), valid))
    });
    family(
        &mut text,
        "openai_mtls_active_certificates",
        "How many valid certificates are active in a scope by its own activation.",
        counts,
    );
    family(
        &mut text,
        "openai_certs_check_success_timestamp_seconds",
        "When all of this was last read completely.",
        [(String::new(), now.as_secs())],
    );
    text
}

/// How many valid certificates are active in a scope itself; `None` where it was not read.
fn valid_count(inventory: &Inventory, scope: &Scope, now: Timestamp) -> Option<i64> {
    let active = inventory.active_in(scope)?;
    let certificates = active.into_iter().filter_map(|id| inventory.certificate(id));
    let count = certificates.filter(|certificate| certificate.validity.is_valid(now)).count();
    i64::try_from(count).ok()
}

fn label(scope: &Scope) -> &str {
    match scope {
        Scope::Project(id) => id.as_str(),
        _ => "organization",
    }
}

/// A metric with its samples: labels and value.
fn family(
    text: &mut String,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, i64)>,
) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = if labels.is_empty() {
            writeln!(text, "{name} {value}")
        } else {
            writeln!(text, "{name}{{{labels}}} {value}")
        };
    }
}

/// A label with its value, which may be any text.
struct Label<'a> {
    name: &'static str,
    value: &'a str,
}

impl<'a> Label<'a> {
    fn of((name, value): (&'static str, &'a str)) -> String {
        Self { name, value }.to_string()
    }
}

impl Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=\"", self.name)?;
        for c in self.value.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                c => f.write_char(c)?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use certs_types::{Certificate, Object};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::try_from(seconds).unwrap()
    }

    #[test]
    fn metrics_have_the_documented_names_and_labels() {
        let mut certificate =
            Certificate::new(Object::ORGANIZATION_CERTIFICATE, "cert_a".parse().unwrap(), at(1));
        certificate.name = Some("a \"b\" \\ c\nd {x=\"1\"} é".into());
        certificate.active = Some(true);
        certificate.certificate_details.valid_at = Some(at(1));
        certificate.certificate_details.expires_at = Some(at(100));
        let mut inventory = Inventory::new();
        inventory.observe(&Scope::Organization, [certificate.clone()], at(10)).unwrap();
        certificate.active = Some(false);
        inventory.observe(&"proj_a".parse().unwrap(), [certificate], at(10)).unwrap();
        let samples = |now| {
            let text = metrics(&inventory, at(now));
            let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
            samples.join("\n")
        };
        assert_eq!(
            samples(50),
            r#"openai_certificate_not_after_timestamp_seconds{id="cert_a",name="a \"b\" \\ c\nd {x=\"1\"} é"} 100
openai_certificate_active{id="cert_a",scope="organization"} 1
openai_mtls_active_certificates{scope="organization"} 1
openai_mtls_active_certificates{scope="proj_a"} 0
openai_certs_check_success_timestamp_seconds 50"#
        );
        assert!(samples(101).contains("openai_mtls_active_certificates{scope=\"organization\"} 0"));
    }
}
