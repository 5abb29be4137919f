//! The figures: read from the harness or a file, compared, printed.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::shell::Outcome;

/// What is done, and what it costs each client.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, Cost>>);

/// The cost of doing a thing once.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    instructions: u64,
    allocations: u64,
}

const OURS: &str = "ours";
const BY_HAND: &str = "by_hand";

/// How much more it may cost before somebody must say so in a commit.
const TOLERANCE: f64 = 1.02;

impl Figures {
    /// Reads the harness's output: a JSON object a line, each for one thing done many times.
    pub(super) fn from_gungraun(text: &str) -> Outcome<Self> {
        let mut figures = Self::default();
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let (what, client, cost) = benchmark(line)
                .ok_or_else(|| format!("the harness wrote something else: {line:.200}"))?;
            figures.0.entry(what).or_default().insert(client, cost);
        }
        Ok(figures)
    }

    pub(super) fn from_json(text: &str) -> Outcome<Self> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        read(&value).ok_or_else(|| "the baseline is of another shape".into())
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
            self.0.iter().map(|(what, costs)| (what.clone(), clients(costs))).collect();
        format!("{whole:#}\n")
    }

    /// What has become worse since the baseline.
    ///
    /// Instructions are compared as multiples of what the client by hand took in the same run: another
    /// compiler, processor or C library moves both, a change of ours moves one.
    pub(super) fn against(&self, baseline: &Self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (what, costs) in &self.0 {
            let before = baseline.0.get(what);
            let (Some((now, hand)), Some((before, hand_before))) =
                (both(costs), before.and_then(both))
            else {
                complaints.push(format!("bench: {what} is not in the baseline"));
                continue;
            };
            let (ratio, ratio_before) = (now.ratio(hand), before.ratio(hand_before));
            if ratio > ratio_before * TOLERANCE {
                complaints.push(format!(
                    "bench: {what} takes {ratio:.3} × the instructions by hand, was {ratio_before:.3}"
                ));
            }
            if now.allocations > before.allocations {
                let (now, before) = (now.allocations, before.allocations);
                complaints.push(format!("bench: {what} takes {now} allocations, was {before}"));
            }
        }
        complaints
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<12}{:<10}{:>14}{:>13}{:>11}",
            "", "", "instructions", "allocations", "× by hand"
        )?;
        for (what, costs) in &self.0 {
            let mut costs: Vec<_> = costs.iter().collect();
            costs.sort_by_key(|(_, cost)| cost.instructions);
            let hand = costs.iter().find(|(client, _)| *client == BY_HAND).map(|(_, cost)| **cost);
            for (client, cost) in costs {
                let Cost { instructions, allocations } = cost;
                write!(f, "\n{what:<12}{client:<10}{instructions:>14}{allocations:>13}")?;
                if let Some(hand) = hand {
                    write!(f, "{:>11.3}", cost.ratio(hand))?;
                }
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

fn both(costs: &BTreeMap<String, Cost>) -> Option<(Cost, Cost)> {
    Some((*costs.get(OURS)?, *costs.get(BY_HAND)?))
}

/// One benchmark of the harness: `what_500` stands for doing it 500 times.
fn benchmark(line: &str) -> Option<(String, String, Cost)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let (what, times) = value["function_name"].as_str()?.rsplit_once('_')?;
    let times: u64 = times.parse().ok()?;
    let metric = |tool: &str, metric: &str| {
        let profiles = value["profiles"].as_array()?;
        let profile = profiles.iter().find(|profile| profile["tool"] == tool)?;
        profile["data"]["total"]["metrics"][metric]["values"]["new"].as_u64()
    };
    let instructions = metric("Callgrind", "Ir")? / times;
    let allocations = metric("DHAT", "TotalBlocks")? / times;
    Some((what.into(), value["id"].as_str()?.into(), Cost { instructions, allocations }))
}

fn read(value: &Value) -> Option<Figures> {
    let mut figures = Figures::default();
    for (what, clients) in value.as_object()? {
        let costs = figures.0.entry(what.clone()).or_default();
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

    fn figures(ours: u64, by_hand: u64, allocations: u64) -> Figures {
        let cost = |instructions, allocations| Cost { instructions, allocations };
        let costs = [(OURS, cost(ours, allocations)), (BY_HAND, cost(by_hand, 9))];
        let costs = costs.map(|(client, cost)| (client.to_string(), cost));
        Figures([("call".to_string(), costs.into())].into())
    }

    #[test]
    fn two_percent_more_than_by_hand_is_a_complaint_and_less_is_none() {
        let before = figures(800, 1000, 5);
        assert_eq!(figures(815, 1000, 5).against(&before), [""; 0]);
        assert_eq!(figures(700, 1000, 4).against(&before), [""; 0]);
        assert_eq!(
            figures(817, 1000, 5).against(&before),
            ["bench: call takes 0.817 × the instructions by hand, was 0.800"]
        );
    }

    #[test]
    fn what_moves_both_clients_is_no_complaint() {
        assert_eq!(figures(880, 1100, 5).against(&figures(800, 1000, 5)), [""; 0]);
    }

    #[test]
    fn one_more_allocation_is_a_complaint() {
        assert_eq!(
            figures(800, 1000, 6).against(&figures(800, 1000, 5)),
            ["bench: call takes 6 allocations, was 5"]
        );
    }

    #[test]
    fn what_was_never_measured_is_a_complaint() {
        let complaints = figures(800, 1000, 5).against(&Figures::default());
        assert_eq!(complaints, ["bench: call is not in the baseline"]);
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let before = figures(800, 1000, 5);
        assert_eq!(Figures::from_json(&before.to_json()).unwrap(), before);
    }
}
