//! The cases of the exam, and the table that all else is made from.

mod answers;
mod cancellation;
mod clock;
mod emulator;
mod failures;
mod requests;
mod tls;

use crate::Candidate;

/// Makes of one table the list of cases, the way to one by its name, and the macro that makes tests.
macro_rules! cases {
    ($d:tt $($group:ident { $($case:ident)+ })+) => {
        /// Every group and its cases.
        pub const CASES: &[(&str, &[&str])] = &[$((stringify!($group), &[$(stringify!($case)),+])),+];

        /// Sits one case.
        ///
        /// # Panics
        ///
        /// When the candidate fails it, or there is no such case.
        pub fn sit<C: Candidate>(group: &str, case: &str, candidate: &C) {
            match (group, case) {
                $($((stringify!($group), stringify!($case)) => $group::$case(candidate),)+)+
                _ => panic!("the exam has no case {group}::{case}"),
            }
        }

        /// Makes each case of some groups a test of its own, in a module of the given name.
        ///
        /// `exam!(name: candidate, [group, …])`, where the candidate is an expression of a type that is
        /// a [`Candidate`]. The [crate's front page](crate) has an example and the groups.
        #[macro_export]
        macro_rules! exam {
            ($d name:ident: $d candidate:expr, [$d($d group:ident),+ $d(,)?]) => {
                mod $d name {
                    #[allow(unused_imports)]
                    use super::*;
                    $d($crate::exam!(@$d group $d candidate);)+
                }
            };
            $((@$group $d candidate:expr) => {
                mod $group {
                    #[allow(unused_imports)]
                    use super::*;
                    $(#[test] fn $case() {
                        $crate::sit(stringify!($group), stringify!($case), &$d candidate);
                    })+
                }
            };)+
        }
    };
}

cases! { $
    clock {
        a_pause_keeps_to_its_range
        the_clock_never_runs_backwards
    }
    requests {
        method_and_target_arrive_byte_for_byte
        every_header_arrives_as_it_is
        a_body_arrives_byte_for_byte
        a_request_without_a_body_stays_without
        nothing_is_added
    }
    answers {
        status_headers_and_body_come_back_byte_for_byte
        a_body_comes_in_any_framing
        an_answer_without_a_body_is_whole
        interim_answers_are_skipped
        every_refusal_is_an_answer
        a_redirect_is_an_answer
        an_answer_as_large_as_the_bound_is_taken
        a_hundred_sends_at_once_get_each_its_own_answer
    }
    failures {
        a_refused_connection_is_connect
        silence_is_timeout
        an_answer_that_drips_is_timeout
        a_close_instead_of_an_answer_is_interrupted
        a_cut_body_is_interrupted
        what_is_no_http_is_interrupted
        an_oversized_answer_is_too_large
        a_broken_answer_keeps_its_head
        one_send_is_one_request
        a_connection_closed_while_idle_is_no_doubt
        no_error_shows_the_key
    }
    cancellation {
        a_future_that_is_never_polled_sends_nothing
        a_dropped_send_hangs_up
        a_dropped_send_disturbs_no_other
    }
    tls {
        a_trusted_server_is_spoken_to
        an_untrusted_server_reads_nothing
        a_server_by_another_name_reads_nothing
        an_end_without_a_farewell_is_interrupted
    }
    emulator {
        a_certificate_lives_its_life
        a_list_is_read_to_its_end
        a_refusal_is_told_in_the_words_of_the_server
        a_lost_answer_is_asked_for_again
        an_upload_whose_answer_was_lost_is_not_repeated
        a_late_answer_is_timeout
        a_cut_answer_is_interrupted
        a_redirect_is_refused
        the_delay_that_a_server_asks_for_is_kept
        many_calls_at_once_all_arrive
    }
}
