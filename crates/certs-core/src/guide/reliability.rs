//! What you can rely on, and the test that holds it.
//!
//! The tests stand in `tests/tests/it` of the workspace, those of the exam in `certs-conformance`, which
//! every transport of the workspace sits, and those of the command beside it. A chore of the project
//! checks that each named here is there.
//!
//! # A call ends, and tells the truth
//!
//! | promise | held by |
//! |---|---|
//! | Whatever the server answers, a call makes at most `attempts` requests and asks for no wait beyond its deadline | `calls::a_toggle_ends_in_bounds_and_tells_the_truth` |
//! | It ends in its time and with bounded memory against servers that are silent, drip, never end or speak another protocol | `faults::every_misbehaviour_ends_in_an_honest_error` |
//! | No header of the server stretches the deadline | `faults::the_deadline_holds_whatever_the_server_asks_for` |
//! | `may_have_acted` is true exactly when some attempt can have been carried out | `calls::a_rename_ends_in_bounds_and_tells_the_truth` |
//! | A read has never acted | `answers::a_read_has_never_acted`, `calls::a_list_ends_in_bounds_and_never_has_acted` |
//! | An upload is never repeated when an answer was lost | `calls::an_upload_is_never_repeated_after_a_lost_answer`, `conformance::emulator::does_not_repeat_an_upload_after_a_lost_response` |
//! | A delete that finds nothing after a lost answer counts as done, and only then | `calls::a_delete_that_finds_nothing_after_a_lost_answer_was_done` |
//! | The server is waited for when it asks, up to the bound | `calls::the_server_is_waited_for_but_not_for_hours`, `conformance::emulator::waits_as_long_as_the_server_requests` |
//! | A refusal keeps status, request id and reason, whatever its body | `answers::a_refusal_keeps_status_request_id_and_reason_whatever_its_body` |
//! | A success that cannot be read is not called a failure to act | `answers::a_success_that_cannot_be_read_may_have_acted` |
//! | A toggle names what its answer does not confirm | `answers::a_toggle_knows_what_its_answer_does_not_confirm` |
//!
//! # The wire
//!
//! | promise | held by |
//! |---|---|
//! | One send is one request, also on a connection that breaks in use | `conformance::failures::never_resends_a_request` |
//! | Nothing is sent where the connection failed, and that is told | `conformance::failures::refused_connection_is_connect`, `faults::a_refused_connection_sends_nothing` |
//! | A connection whose end was noticed while idle is no doubt | `conformance::failures::idle_close_does_not_look_like_a_lost_request` |
//! | An upload goes over a new connection, so that the end of an old one cannot put it in doubt | `faults::an_upload_goes_over_a_new_connection`, `blocking::an_upload_goes_over_a_new_connection` |
//! | The whole answer comes within the time, or a timeout does | `conformance::failures::silent_server_is_timeout`, `conformance::failures::slow_response_is_timeout` |
//! | A cut answer is never taken for a whole one | `conformance::failures::truncated_body_is_interrupted`, `conformance::tls::missing_close_notify_is_interrupted` |
//! | An answer is bounded while it is read | `conformance::failures::oversized_response_is_too_large` |
//! | Status and request id are kept when the body breaks | `conformance::failures::incomplete_response_keeps_status_and_request_id` |
//! | A dropped future sends nothing more and leaves no connection behind | `conformance::cancellation::dropped_send_closes_its_connection`, `conformance::cancellation::unpolled_future_sends_nothing` |
//!
//! # Nobody is let in
//!
//! | promise | held by |
//! |---|---|
//! | An id stays one segment of the path, whatever is in it | `requests::any_id_stays_one_segment`, `conformance::requests::sends_method_and_target_unchanged` |
//! | The admin key shows in no error, also when the server echoes it | `calls::a_toggle_ends_in_bounds_and_tells_the_truth`, `conformance::failures::errors_never_show_the_key` |
//! | A redirect takes neither key nor certificate to another host | `faults::a_redirect_takes_neither_key_nor_certificate_to_another_host`, `conformance::responses::does_not_follow_redirects` |
//! | A server that cannot prove who it is gets to read nothing | `conformance::tls::sends_nothing_to_an_untrusted_server`, `conformance::tls::sends_nothing_to_a_server_of_another_name` |
//! | A private key and a proxy's password are never shown | `tls::a_broken_identity_is_refused_in_one_sentence_without_repeating_it`, `tls::a_proxy_is_an_http_url_and_its_password_is_never_shown` |
//!
//! # Lists, batches and rates
//!
//! | promise | held by |
//! |---|---|
//! | Paging sees each item once and in order | `lists::paging_sees_each_item_once_and_in_order` |
//! | A list that gives no way on is an error with what was read, never a silent end | `lists::a_list_that_gives_no_way_on_is_an_error_with_what_was_read` |
//! | Paging through a cycle ends | `lists::paging_through_a_cycle_ends` |
//! | Batches lose nothing | `lists::batches_lose_nothing` |
//! | A series stops at the first failure and can be resumed | `lists::a_series_stops_at_the_first_failure_and_can_be_resumed` |
//! | No minute has more requests than the pacer allows | `pacing::no_minute_has_more_requests_than_allowed` |
//! | A delay that the server asks of one call holds all that share the pacer, also those that wait already | `pacing::a_server_delay_holds_the_calls_that_wait_already` |
//! | A 429 that says nothing is waited out where the deadline allows | `pacing::a_paced_client_waits_for_a_place_after_a_refusal_that_does_not_say_how_long` |
//!
//! # The API's own changes
//!
//! | promise | held by |
//! |---|---|
//! | New fields change nothing | `wire::new_fields_anywhere_change_nothing` |
//! | Unknown objects, codes, types and statuses are kept as they came | `fixtures::an_unknown_object_is_kept_as_it_came`, `fixtures::an_unknown_type_and_code_are_kept_as_they_came` |
//! | Any 2xx is a success | `calls::any_success_is_a_success` |
//!
//! # The emulator
//!
//! | promise | held by |
//! |---|---|
//! | Nobody sees half a toggle, however many callers there are | `rivals::sixty_four_rivals_never_show_half_a_toggle` |
//! | Every history of toggles has an order | `rivals::every_history_of_toggles_has_an_order` |
//!
//! # The command
//!
//! | promise | held by |
//! |---|---|
//! | Bad input is refused in one sentence, before anything is sent | `certs::input::ids_that_cannot_be_right_are_never_sent`, `certs::input::what_is_no_certificate_is_never_sent` |
//! | Whatever the server does, the exit code says what is known | `certs::misbehaviour::a_deactivation_ends_honestly_whatever_the_server_does` |
//! | A toggle is done only where the answer or the list shows it | `certs::misbehaviour::what_the_answer_leaves_out_is_read_from_the_list` |
//! | An upload whose answer was lost is looked for, and told from an earlier one | `certs::misbehaviour::uploads::one_whose_answer_is_lost_is_found`, `certs::misbehaviour::uploads::an_earlier_one_of_the_same_certificate_is_not_mistaken_for_it` |
//! | It is not called missing while the server may still get to it | `certs::misbehaviour::uploads::one_that_the_server_may_still_get_to_is_not_said_to_be_missing` |
//! | A delete or a rename is done only where the answer names what was asked for | `certs::misbehaviour::an_answer_about_something_else_confirms_no_delete_and_no_rename` |
//! | What was changed is told also where its result cannot be printed | `certs::output::a_change_whose_result_cannot_be_printed_is_told_with_its_ids` |
//! | Interrupted, it says whether the change may have been made | `certs::terminal::an_interrupted_change_may_have_been_made`, `certs::interruptions::refusals_changed_nothing` |
//! | On a terminal a change waits for a yes, also behind a pipe | `certs::terminal::every_change_asks_unless_told_not_to`, `certs::terminal::behind_a_pipe_the_terminal_is_asked` |
//! | Neither the key nor a certificate is printed where it does not belong | `certs::secrets::the_key_is_never_printed_even_when_the_server_echoes_it`, `certs::secrets::verbose_tells_requests_without_their_content` |
//! | What the server says cannot steer the terminal | `certs::secrets::what_the_server_says_cannot_steer_the_terminal` |
