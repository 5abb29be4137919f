//! The pacer against servers with known limits. The guide shows these figures.

use std::fmt::Write;
use std::time::Duration;

use super::limiters::{MODELS, Model};
use super::simulation::{Minute, Simulation};

const LIMITS: [u32; 5] = [3, 7, 10, 60, 600];

/// The tables that the guide shows.
const SHOWN: &str = include_str!("../../../src/guide/pacing.md");

/// One cell of a table.
struct Figures {
    /// The share of what the server allows that was accepted, in percent.
    used: f64,
    /// The share of all requests that was refused, in percent, and how many that were.
    refused: f64,
    refusals: u32,
}

impl Figures {
    /// Counts what is used from minute `from` on, and what is refused from minute `refused_from` on.
    fn of(minutes: &[Minute], limit: u32, from: usize, refused_from: usize) -> Self {
        let accepted =
            |from: usize| minutes[from..].iter().map(|minute| minute.accepted).sum::<u32>();
        let refusals = minutes[refused_from..].iter().map(|minute| minute.refused).sum::<u32>();
        let allowed = limit * u32::try_from(minutes.len() - from).unwrap();
        Self {
            used: percent(accepted(from), allowed),
            refused: percent(refusals, accepted(refused_from) + refusals),
            refusals,
        }
    }

    fn worse(self, other: Self) -> Self {
        Self {
            used: self.used.min(other.used),
            refused: self.refused.max(other.refused),
            refusals: self.refusals.max(other.refusals),
        }
    }
}

fn percent(part: u32, whole: u32) -> f64 {
    f64::from(part) * 100.0 / f64::from(whole)
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn length(limit: u32, count: u64) -> Duration {
    // A minute with many requests takes long to simulate, and shows as much as several minutes with few.
    minutes(if limit >= 600 { count / 2 } else { count })
}

#[test]
fn one_process_uses_what_the_server_allows_and_is_hardly_refused() {
    assert_shown(&table("one process", |model, limit| one(model, limit, false)));
}

#[test]
fn one_process_does_the_same_with_retry_after() {
    assert_shown(&table("`retry-after` is sent", |model, limit| one(model, limit, true)));
}

fn one(model: Model, limit: u32, sends_retry_after: bool) -> String {
    let starts = [0, 29, 59].map(Duration::from_secs);
    let figures = starts.map(|start| {
        let mut simulation = Simulation::new(model, limit, &[start]);
        simulation.sends_retry_after = sends_retry_after;
        simulation.run_until(length(limit, 60));
        Figures::of(&simulation.minutes, limit, 2, 0)
    });
    let worst = figures.into_iter().reduce(Figures::worse).unwrap();
    assert!(worst.used >= 95.0, "{model:?} {limit}: {:.1} %", worst.used);
    assert!(
        worst.refused <= 5.0 || worst.refusals <= 3,
        "{model:?} {limit}: {:.1} %",
        worst.refused
    );
    cell(&worst)
}

#[test]
fn two_processes_without_a_store_use_what_the_server_allows() {
    assert_shown(&table("two processes, nothing shared", |model, limit| two(model, limit, false)));
}

#[test]
fn two_processes_that_share_a_store_use_what_the_server_allows() {
    assert_shown(&table("two processes, one store", |model, limit| two(model, limit, true)));
}

fn two(model: Model, limit: u32, share: bool) -> String {
    let mut simulation = Simulation::new(model, limit, &[0, 95].map(Duration::from_secs));
    if share {
        simulation.share();
    }
    simulation.run_until(length(limit, 30));
    // The second one started in the second minute, and has three minutes to adapt.
    let figures = Figures::of(&simulation.minutes, limit, 5, 5);
    assert!(figures.used >= 80.0, "{model:?} {limit}: {:.1} %", figures.used);
    cell(&figures)
}

#[test]
fn a_lowered_limit_is_adopted_within_three_minutes() {
    let table = table("limit halved", |model, limit| {
        let (figures, adapted) = change(model, limit, (limit / 2).max(1));
        assert!(figures.used >= 80.0, "{model:?} {limit}: {:.1} %", figures.used);
        assert!(adapted <= 3, "{model:?} {limit}: {adapted} minutes");
        format!("{adapted} min, then {}", cell(&figures))
    });
    assert_shown(&table);
}

#[test]
fn a_raised_limit_is_found() {
    let table = table("limit doubled", |model, limit| {
        let (figures, adapted) = change(model, limit, limit * 2);
        // The limit is raised after 40 accepted requests, and it takes two minutes until that has lasted.
        let most = if limit < 60 { usize::try_from(40 / limit).unwrap() + 4 } else { 3 };
        assert!(adapted <= most, "{model:?} {limit}: {adapted} minutes");
        assert!(limit < 60 || figures.used >= 80.0, "{model:?} {limit}: {:.1} %", figures.used);
        format!("{adapted} min, then {}", cell(&figures))
    });
    assert_shown(&table);
}

/// The figures from three minutes after the change on, and how many minutes it took until the new limit was used.
fn change(model: Model, limit: u32, to: u32) -> (Figures, usize) {
    const BEFORE: usize = 10;
    let mut simulation = Simulation::new(model, limit, &[Duration::ZERO]);
    simulation.run_until(minutes(10));
    simulation.set_limit(to);
    simulation.run_until(minutes(10) + length(limit, 24));
    let after = &simulation.minutes[BEFORE..];
    let adapted = after.windows(2).position(|pair| {
        let (accepted, refused) = pair
            .iter()
            .fold((0, 0), |sum, minute| (sum.0 + minute.accepted, sum.1 + minute.refused));
        accepted * 10 >= to * 2 * 8
            && (refused <= 1 || percent(refused, accepted + refused) <= 20.0)
    });
    (Figures::of(after, to, adapted.unwrap_or(3).max(3), 3), adapted.unwrap_or(usize::MAX))
}

fn table(name: &str, mut figures: impl FnMut(Model, u32) -> String) -> String {
    let mut table = format!("| {name} |");
    for (model, _) in MODELS {
        write!(table, " {model} |").unwrap();
    }
    table.push_str("\n|---|---|---|---|\n");
    for limit in LIMITS {
        write!(table, "| {limit} a minute |").unwrap();
        for (_, model) in MODELS {
            write!(table, " {} |", figures(model, limit)).unwrap();
        }
        table.push('\n');
    }
    table
}

fn cell(figures: &Figures) -> String {
    format!("{:.0} %, {:.1} % refused", figures.used, figures.refused)
}

#[track_caller]
fn assert_shown(table: &str) {
    assert!(SHOWN.contains(table), "src/guide/pacing.md does not show these figures:\n{table}");
}
