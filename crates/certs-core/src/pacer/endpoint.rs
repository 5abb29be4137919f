//! The budget of one endpoint.

use std::time::Duration;

use super::limit::Limit;
use super::recent::{MINUTE, Recent, WINDOW};
use super::signal::{Admission, Signal, Stated};
use super::state::{Clocks, Contribution, EndpointState};

/// How long a request waits before it tries again, if that depends on the response to another request.
const POLL: Duration = Duration::from_millis(20);

/// The first wait after a refusal if nothing is known about the limit. It doubles with each further refusal.
const FIRST_BACKOFF: Duration = Duration::from_secs(2);

/// The maximum wait after a refusal without a server delay.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// The budget of one endpoint: how many requests it allows a minute, and how many were used.
#[derive(Debug)]
pub(super) struct EndpointPace {
    limit: Limit,
    /// The requests of this process that count.
    own: Recent,
    /// The requests of all processes that count.
    all: Recent,
    /// Requests before this time no longer count against the limit.
    counts_since: Duration,
    /// When the limit was learned. After that, one request is sent earlier than the last minute allows, to find out
    /// whether the server refills its budget gradually.
    early_since: Option<Duration>,
    in_flight: u32,
    /// When the next request may start while requests are spread evenly.
    next_start: Duration,
    /// Until when requests are spread evenly, because the budget was used up.
    spread_until: Duration,
    blocked_until: Duration,
    /// When the last request was refused, and how many were refused since the last accepted one.
    refused_at: Duration,
    refusals: u32,
    /// Whether a refusal showed that the limit which the server states is wrong.
    stated_is_wrong: bool,
}

impl EndpointPace {
    pub(super) fn new(limit: Limit) -> Self {
        Self {
            limit,
            own: Recent::default(),
            all: Recent::default(),
            counts_since: Duration::ZERO,
            early_since: None,
            in_flight: 0,
            next_start: Duration::ZERO,
            spread_until: Duration::ZERO,
            blocked_until: Duration::ZERO,
            refused_at: Duration::ZERO,
            refusals: 0,
            stated_is_wrong: false,
        }
    }

    pub(super) fn try_reserve(
        &mut self,
        blocked_until: Duration,
        now: Duration,
    ) -> Result<(), Duration> {
        let start = self.earliest_start(now).max(self.blocked_until).max(blocked_until);
        if start > now {
            return Err(start - now);
        }
        if self.in_flight >= self.limit.max_in_flight() {
            return Err(POLL);
        }
        self.in_flight = self.in_flight.saturating_add(1);
        self.next_start = now.max(self.next_start).saturating_add(self.interval());
        Ok(())
    }

    pub(super) fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.next_start = self.next_start.saturating_sub(self.interval());
    }

    pub(super) fn finish(&mut self, signal: Signal, started: Duration, now: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.end_early_attempt(signal.admission, started);
        match signal.admission {
            Admission::Accepted => {
                self.count(now);
                self.refusals = 0;
                let saturated = self.is_saturated(now);
                self.limit.accepted(saturated, now);
            }
            // The server may have counted it.
            Admission::Unknown => self.count(now),
            Admission::Refused => self.refused(signal.server_delay, started, now),
        }
        if let Some(stated) = signal.stated {
            self.adopt_stated(stated, now);
        }
    }

    /// Takes over the state of other processes.
    pub(super) fn import(&mut self, state: &EndpointState, own: &str, clocks: Clocks) {
        self.all = self.own.with(state.requests_of_others(own, clocks));
        self.blocked_until = self.blocked_until.max(state.blocked_until(clocks));
        if let Some((per_minute, at)) = state.learned(clocks) {
            self.limit.import(per_minute, at);
        }
    }

    /// The state for other processes.
    pub(super) fn contribution(&self, now: Duration) -> Contribution {
        let mut requests = self.own.requests(now);
        if self.in_flight > 0 {
            requests.push((now, self.in_flight));
        }
        let learned = self.limit.export();
        Contribution { learned, blocked_until: self.blocked_until, requests }
    }

    /// Moves all recorded times back.
    pub(super) fn move_back(&mut self, by: Duration) {
        self.own.move_back(by);
        self.all.move_back(by);
        self.limit.move_back(by);
        for time in [
            &mut self.counts_since,
            &mut self.next_start,
            &mut self.spread_until,
            &mut self.blocked_until,
            &mut self.refused_at,
        ] {
            *time = time.saturating_sub(by);
        }
        self.early_since = self.early_since.map(|since| since.saturating_sub(by));
    }

    fn refused(&mut self, server_delay: Option<Duration>, started: Duration, now: Duration) {
        if self.limit.is_fixed() {
            self.count(now);
        }
        if started < self.refused_at {
            // It was in flight when an earlier refusal was processed.
            return;
        }
        self.refused_at = now;
        let accepted = self.all.count(MINUTE, now);
        self.stated_is_wrong |= self.limit.is_stated_above(accepted);
        let was_unknown = self.limit.per_minute().is_none();
        self.limit.refused(accepted, now);
        if was_unknown && self.limit.per_minute().is_some() {
            self.early_since = Some(now);
        }
        if server_delay.is_none() || self.refusals > 0 {
            self.back_off(now);
        }
        self.refusals = self.refusals.saturating_add(1);
    }

    /// Ends the early attempt if this request was it. If it was accepted, the server refills its budget gradually,
    /// so earlier requests no longer count against the limit.
    fn end_early_attempt(&mut self, admission: Admission, started: Duration) {
        if let Some(since) = self.early_since.take_if(|since| *since <= started)
            && admission == Admission::Accepted
        {
            self.counts_since = since;
        }
    }

    /// Blocks the endpoint for the time of one request, and twice that for each refusal that follows.
    fn back_off(&mut self, now: Duration) {
        let first = match (self.limit.per_minute(), self.early_since) {
            (None, _) => FIRST_BACKOFF,
            // The server's clock may count in whole seconds.
            (Some(_), Some(_)) => self.interval().saturating_add(Duration::from_secs(1)),
            (Some(_), None) => self.interval(),
        };
        let doubled = 1u32.checked_shl(self.refusals).unwrap_or(u32::MAX);
        let wait = first.saturating_mul(doubled).min(MAX_BACKOFF);
        self.blocked_until = self.blocked_until.max(now.saturating_add(wait));
    }

    /// Adopts the limit that the server states, unless it refused a request below that limit.
    fn adopt_stated(&mut self, stated: Stated, now: Duration) {
        if self.stated_is_wrong || self.limit.is_fixed() {
            return;
        }
        self.limit = Limit::Stated(stated.per_minute);
        if stated.none_left {
            self.blocked_until = self.blocked_until.max(now.saturating_add(self.interval()));
        }
    }

    fn count(&mut self, now: Duration) {
        self.own.add(now);
        self.all.add(now);
    }

    /// When the budget allows the next request. Once it is used up, requests are spread evenly.
    fn earliest_start(&mut self, now: Duration) -> Duration {
        let Some(per_minute) = self.limit.per_minute() else { return now };
        let Some(others) = per_minute.checked_sub(self.in_flight.saturating_add(1)) else {
            return now.saturating_add(POLL);
        };
        if self.early_since.is_some() && self.in_flight == 0 {
            self.spread_until = now.saturating_add(WINDOW);
            self.next_start = now;
            return now;
        }
        let mut start = self.all.at_most(others, self.counts_since, now);
        if self.spread_until > now {
            start = start.max(self.next_start.min(now.saturating_add(self.interval())));
        }
        if start > now {
            self.spread_until = start.saturating_add(WINDOW);
            self.next_start = start;
        }
        start
    }

    /// Whether the limit, and not the caller, bounded the requests of the last minute.
    fn is_saturated(&self, now: Duration) -> bool {
        let used = self.all.count(MINUTE, now).saturating_add(1);
        let limit = self.limit.per_minute();
        self.spread_until > now && limit.is_some_and(|limit| used >= limit - limit / 10)
    }

    /// The time between requests that are spread evenly.
    fn interval(&self) -> Duration {
        self.limit.per_minute().map_or(Duration::ZERO, |per_minute| WINDOW / per_minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn refusal(server_delay: Option<Duration>) -> Signal {
        Signal { admission: Admission::Refused, server_delay, stated: None }
    }

    #[test]
    fn a_request_that_was_in_flight_at_a_refusal_is_no_second_one() {
        let refusals = |started| {
            let mut pace = EndpointPace::new(Limit::unknown());
            pace.finish(refusal(None), SECOND, 2 * SECOND);
            pace.finish(refusal(None), started, 3 * SECOND);
            pace.refusals
        };
        assert_eq!(refusals(SECOND), 1);
        assert_eq!(refusals(2 * SECOND), 2);
    }

    #[test]
    fn a_delay_of_the_server_is_trusted_once() {
        let mut pace = EndpointPace::new(Limit::unknown());
        pace.finish(refusal(Some(SECOND)), SECOND, 2 * SECOND);
        assert_eq!(pace.blocked_until, Duration::ZERO);
        pace.finish(refusal(Some(SECOND)), 3 * SECOND, 4 * SECOND);
        assert_eq!(pace.blocked_until, 8 * SECOND);
    }

    #[test]
    fn an_idle_endpoint_contributes_no_requests() {
        let mut pace = EndpointPace::new(Limit::fixed(60));
        assert_eq!(pace.contribution(SECOND).requests, []);
        pace.try_reserve(Duration::ZERO, SECOND).unwrap();
        assert_eq!(pace.contribution(SECOND).requests, [(SECOND, 1)]);
    }

    #[test]
    fn requests_are_spread_only_from_the_first_wait_on_and_for_one_window() {
        let mut pace = EndpointPace::new(Limit::fixed(1));
        pace.try_reserve(Duration::ZERO, SECOND).unwrap();
        assert_eq!(pace.spread_until, Duration::ZERO, "nothing has waited");
        pace.release();
        pace.count(SECOND);
        assert_eq!(pace.earliest_start(SECOND), SECOND + WINDOW);
        let end = pace.spread_until;
        assert_eq!(end, SECOND + WINDOW + WINDOW);
        pace.count(end);
        assert!(pace.is_saturated(end - Duration::from_nanos(1)));
        assert!(!pace.is_saturated(end));

        let mut pace = EndpointPace::new(Limit::fixed(60));
        (pace.spread_until, pace.next_start) = (5 * SECOND, 6 * SECOND);
        assert_eq!(pace.earliest_start(5 * SECOND), 5 * SECOND);
    }
}
