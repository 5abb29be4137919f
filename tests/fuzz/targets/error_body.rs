//! Any error body: writing and reading it again gives the same.
#![no_main]

use certs_types::ErrorBody;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(body) = serde_json::from_str::<ErrorBody>(text) {
        let written = serde_json::to_string(&body).expect("can be written");
        assert_eq!(serde_json::from_str::<ErrorBody>(&written).expect("can be read"), body);
    }
});
