//! The cases, and the table from which the list, the lookup by name and the macro are made.

mod cancellation;
mod clock;
mod emulator;
mod failures;
mod requests;
mod responses;
mod tls;

use crate::subject::Subject;
use crate::time_limit::{CASE_TIME_LIMIT, run_within};

/// Makes each case of the named groups a test, in the module `NAME`.
///
/// ```text
/// conformance_suite!(NAME: SUBJECT, [GROUP, …]);
/// conformance_suite!(NAME: SUBJECT, [GROUP, …], except [CASE, …]);
/// ```
///
/// `SUBJECT` is an expression of a type that implements [`Subject`](crate::Subject); it is evaluated once
/// for each case. The [front page](crate) has an example, the groups, and how to leave out a case.
#[macro_export]
macro_rules! conformance_suite {
    ($name:ident: $subject:expr, [$($group:ident),+ $(,)?] $(,)?) => {
        $crate::conformance_suite!($name: $subject, [$($group),+], except []);
    };
    ($name:ident: $subject:expr, [$($group:ident),+ $(,)?], except $except:tt $(,)?) => {
        $crate::__conformance_case!(known $except);
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $($crate::__conformance_group!($group $subject, $except);)+
        }
    };
}

macro_rules! cases {
    ($d:tt $($group:ident { $($case:ident)+ })+) => {
        /// Every group with its cases. The name of a case is unique among all groups.
        pub const CASES: &[(&str, &[&str])] = &[$((stringify!($group), &[$(stringify!($case)),+])),+];

        /// Runs one case, named by its group and its own name.
        ///
        /// # Panics
        ///
        /// When the transport fails the case, when the case takes longer than
        /// [`CASE_TIME_LIMIT`](crate::CASE_TIME_LIMIT), or when there is no such case.
        pub fn run_case<S: Subject>(group: &str, case: &str, subject: S) {
            match (group, case) {
                $($((stringify!($group), stringify!($case)) => {
                    run_within(CASE_TIME_LIMIT, move || $group::$case(&subject));
                })+)+
                _ => panic!("there is no case {group}::{case}"),
            }
        }

        /// Expands to a module of tests for a group, without the cases in the brackets.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __conformance_group {
            $(($group $d subject:expr, $d except:tt) => {
                mod $group {
                    #[allow(unused_imports)]
                    use super::*;
                    $($crate::__conformance_case!($case $d except
                        #[test]
                        fn $case() {
                            $crate::run_case(stringify!($group), stringify!($case), $d subject);
                        }
                    );)+
                }
            };)+
        }

        /// Expands to the test of a case, or to nothing if the brackets name the case.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __conformance_case {
            $($(
                (known $case) => {};
                ($case [$case $d($d rest:tt)*] $d test:item) => {};
            )+)+
            (known [$d($d case:ident),* $d(,)?]) => {
                $d($crate::__conformance_case!(known $d case);)*
            };
            (known $d unknown:ident) => {
                compile_error!(concat!("there is no case `", stringify!($d unknown), "`"));
            };
            ($d case:ident [] $d test:item) => { $d test };
            ($d case:ident [$d other:ident $d(, $d($d rest:tt)*)?] $d test:item) => {
                $crate::__conformance_case!($d case [$d($d($d rest)*)?] $d test);
            };
        }
    };
}

cases! { $
    clock {
        sleeps_within_the_delay
        clock_never_runs_backwards
    }
    requests {
        sends_method_and_target_unchanged
        sends_headers_unchanged
        sends_body_unchanged
        sends_no_body_where_there_is_none
        adds_no_headers
    }
    responses {
        returns_status_headers_and_body_unchanged
        accepts_every_body_framing
        accepts_responses_without_a_body
        skips_interim_responses
        returns_error_statuses_as_responses
        does_not_follow_redirects
        accepts_a_response_of_exactly_the_maximum_size
        matches_concurrent_responses_to_their_requests
    }
    failures {
        refused_connection_is_connect
        silent_server_is_timeout
        slow_response_is_timeout
        closed_connection_is_interrupted
        truncated_body_is_interrupted
        malformed_response_is_interrupted
        oversized_response_is_too_large
        incomplete_response_keeps_status_and_request_id
        never_resends_a_request
        idle_close_does_not_look_like_a_lost_request
        non_idempotent_requests_use_a_fresh_connection
        errors_never_show_the_key
    }
    cancellation {
        unpolled_future_sends_nothing
        dropped_send_closes_its_connection
        dropped_send_does_not_affect_others
    }
    tls {
        accepts_a_trusted_server
        sends_nothing_to_an_untrusted_server
        sends_nothing_to_a_server_of_another_name
        missing_close_notify_is_interrupted
    }
    emulator {
        manages_a_certificate_from_upload_to_delete
        reads_a_list_to_its_end
        reports_the_error_of_the_server
        retries_a_toggle_after_a_lost_response
        does_not_repeat_an_upload_after_a_lost_response
        late_response_is_timeout
        truncated_response_is_interrupted
        reports_a_redirect_as_an_error
        waits_as_long_as_the_server_requests
        carries_out_concurrent_calls
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn case_names_are_unique_among_all_groups() {
        let names: Vec<_> = CASES.iter().flat_map(|(_, cases)| *cases).collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }
}
