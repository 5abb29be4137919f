//! The figures: read from the harness or a file, compared, printed.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::shell::Outcome;

/// The cost of each benchmark for each client.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, Cost>>);

/// The cost of one call or one page.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    instructions: u64,
    allocations: u64,
}

/// The maximum instructions of a benchmark, as a multiple of the client by hand.
///
/// Both are counted in the same run: another compiler, processor or C library changes both.
const BUDGETS: [(&str, f64); 2] = [("deactivate", 1.08), ("page", 1.08)];

const OURS: &str = "certs_hyper";
const BY_HAND: &str = "by_hand";

impl Figures {
    /// Reads the output of the harness: a JSON object on each line.
    pub(super) fn from_gungraun(text: &str) -> Outcome<Self> {
        let mut figures = Self::default();
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let (name, client, cost) = benchmark(line)
                .ok_or_else(|| format!("unexpected output of the harness: {line:.200}"))?;
            figures.0.entry(name).or_default().insert(client, cost);
        }
        Ok(figures)
    }

    pub(super) fn from_json(text: &str) -> Outcome<Self> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        read(&value).ok_or_else(|| "the baseline has another format".into())
    }

    pub(super) fn to_json(&self) -> String {
        let clients = |costs: &BTreeMap<String, Cost>| -> Value {
            let cost = |(client, cost): (&String, &Cost)| {
                let Cost { instructions, allocations } = cost;
                (client.clone(), json!({"instructions": instructions, "allocations": allocations}))
            };
            costs.iter().map(cost).collect()
        };
        let whole: Value =
            self.0.iter().map(|(name, costs)| (name.clone(), clients(costs))).collect();
        format!("{whole:#}\n")
    }

    /// The benchmarks over their budget, or with more allocations than in the baseline.
    pub(super) fn problems(&self, baseline: &Self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, budget) in BUDGETS {
            let (Some(ours), Some(by_hand)) = (self.cost(name, OURS), self.cost(name, BY_HAND))
            else {
                problems.push(format!("bench: {name} was not counted"));
                continue;
            };
            let ratio = ours.ratio(by_hand);
            if ratio > budget {
                problems.push(format!(
                    "bench: {name} takes {ratio:.3} × the instructions by hand; the budget is {budget}"
                ));
            }
            let before = baseline.cost(name, OURS).map_or(0, |cost| cost.allocations);
            if ours.allocations > before {
                let now = ours.allocations;
                problems.push(format!(
                    "bench: {name} takes {now} allocations, {before} in the baseline; if it must, \
                     renew the baseline in the same commit: cargo xtask bench --save"
                ));
            }
        }
        problems
    }

    fn cost(&self, name: &str, client: &str) -> Option<Cost> {
        self.0.get(name)?.get(client).copied()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| | client | instructions | × by hand | allocations |\n|---|---|---|---|---|")?;
        for (name, costs) in &self.0 {
            let mut costs: Vec<_> = costs.iter().collect();
            costs.sort_by_key(|(_, cost)| cost.instructions);
            let by_hand = self.cost(name, BY_HAND);
            for (client, cost) in costs {
                let Cost { instructions, allocations } = cost;
                let ratio = by_hand.map_or(f64::NAN, |by_hand| cost.ratio(by_hand));
                let client = client.replace('_', "-");
                write!(f, "\n| {name} | {client} | {instructions} | {ratio:.3} | {allocations} |")?;
            }
        }
        Ok(())
    }
}

impl Cost {
    fn ratio(self, other: Self) -> f64 {
        self.instructions as f64 / other.instructions as f64
    }
}

/// One benchmark of the harness. `page_50` counts fifty pages.
fn benchmark(line: &str) -> Option<(String, String, Cost)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let (name, times) = value["function_name"].as_str()?.rsplit_once('_')?;
    let times: u64 = times.parse().ok()?;
    let metric = |tool: &str, metric: &str| {
        let profiles = value["profiles"].as_array()?;
        let profile = profiles.iter().find(|profile| profile["tool"] == tool)?;
        profile["data"]["total"]["metrics"][metric]["values"]["new"].as_u64()
    };
    let instructions = metric("Callgrind", "Ir")? / times;
    let allocations = metric("DHAT", "TotalBlocks")? / times;
    Some((name.into(), value["id"].as_str()?.into(), Cost { instructions, allocations }))
}

fn read(value: &Value) -> Option<Figures> {
    let mut figures = Figures::default();
    for (name, clients) in value.as_object()? {
        let costs = figures.0.entry(name.clone()).or_default();
        for (client, cost) in clients.as_object()? {
            let instructions = cost["instructions"].as_u64()?;
            let allocations = cost["allocations"].as_u64()?;
            costs.insert(client.clone(), Cost { instructions, allocations });
        }
    }
    Some(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(deactivate: u64, page: u64, allocations: u64) -> Figures {
        let clients = |ours| {
            let cost = |instructions, allocations| Cost { instructions, allocations };
            let costs = [(OURS, cost(ours, allocations)), (BY_HAND, cost(1000, 9))];
            costs.map(|(client, cost)| (client.to_string(), cost)).into()
        };
        Figures([("deactivate".into(), clients(deactivate)), ("page".into(), clients(page))].into())
    }

    #[test]
    fn accepts_costs_within_the_budgets() {
        assert_eq!(figures(1080, 1080, 5).problems(&figures(1, 1, 5)), [""; 0]);
    }

    #[test]
    fn reports_more_instructions_than_the_budget() {
        assert_eq!(
            figures(1081, 1081, 5).problems(&figures(1, 1, 5)),
            [
                "bench: deactivate takes 1.081 × the instructions by hand; the budget is 1.08",
                "bench: page takes 1.081 × the instructions by hand; the budget is 1.08"
            ]
        );
    }

    #[test]
    fn reports_one_more_allocation_than_the_baseline() {
        let problems = figures(900, 900, 6).problems(&figures(900, 900, 5));
        assert_eq!(problems.len(), 2);
        assert!(
            problems[0].starts_with("bench: deactivate takes 6 allocations, 5 in the baseline")
        );
    }

    #[test]
    fn reports_a_benchmark_that_was_not_counted() {
        assert_eq!(Figures::default().problems(&figures(1, 1, 1)).len(), BUDGETS.len());
    }

    #[test]
    fn reads_the_baseline_that_it_wrote() {
        let written = figures(800, 900, 5);
        assert_eq!(Figures::from_json(&written.to_json()).unwrap(), written);
    }
}
