//! An operation of the application's own whose success is a 204.

use certs_core::operation::{Effect, Endpoint, Operation, RequestBuilder};
use certs_core::{Client, Error};
use certs_testing::{Scripted, ScriptedResponse, block_on};
use http::StatusCode;

use crate::support::api;

static REMOVE_USER: Endpoint =
    Endpoint::delete("delete-project-user", "/organization/projects/{project_id}/users/{user_id}");

#[derive(Debug)]
struct RemoveUser<'a> {
    project: &'a str,
    user: &'a str,
}

impl Operation for RemoveUser<'_> {
    type Output = ();
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        RequestBuilder::new(&REMOVE_USER).segment(self.project).segment(self.user)
    }
}

#[test]
fn a_response_without_a_body_is_a_success_for_an_operation_without_output() -> Result<(), Error> {
    let transport = Scripted::new([
        ScriptedResponse::new(StatusCode::NO_CONTENT, ""),
        ScriptedResponse::new(StatusCode::NOT_FOUND, r#"{"error":{"message":"No such user"}}"#),
    ]);
    let client = Client::new(api("https://api.example/v1"), transport.clone());
    let remove = RemoveUser { project: "proj_a", user: "user_b" };
    block_on(client.call(&remove))?;
    let path = "/v1/organization/projects/proj_a/users/user_b";
    assert_eq!(transport.requests()[0].uri().path(), path);
    let error = block_on(client.call(&remove)).unwrap_err();
    assert!(error.to_string().contains("No such user"), "{error}");
    Ok(())
}
