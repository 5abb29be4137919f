//! Any text as a timestamp: an accepted one is in range, and writing and reading it again gives the same.
#![no_main]

use certs_types::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(time) = serde_json::from_str::<Timestamp>(text) {
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time));
        let written = serde_json::to_string(&time).expect("can be written");
        assert_eq!(serde_json::from_str::<Timestamp>(&written).expect("can be read"), time);
    }
});
